"""Puts into README.md what its console examples print now: python scripts/readme_examples.py."""

import re
import subprocess
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def _filled(example: re.Match[str]) -> str:
    command = example.group(1)
    result = subprocess.run(["sh", "-c", command], cwd=README.parent, capture_output=True, text=True, check=True)  # noqa: S603, S607  # the README's own commands
    printed = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    return f"```console\n$ {command}\n{printed}\n```"


if __name__ == "__main__":
    text = README.read_text(encoding="utf-8")
    README.write_text(re.sub(r"```console\n\$ ([^\n]*)\n.*?```", _filled, text, flags=re.DOTALL), encoding="utf-8")
