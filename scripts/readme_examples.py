"""Puts into the pages with console examples what these print now: python scripts/readme_examples.py."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/questions.md", "docs/sql.md")


def _filled(example: re.Match[str]) -> str:
    command = example.group(1)
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603, S607  # the pages' own commands
    printed = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    return f"```console\n$ {command}\n{printed}\n```"


if __name__ == "__main__":
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        filled = re.sub(r"```console\n\$ ([^\n]*)\n.*?```", _filled, text, flags=re.DOTALL)
        (ROOT / page).write_text(filled, encoding="utf-8")
