"""Puts into docs/notebooks.md what its Python examples print now: python scripts/python_examples.py."""

import ast
import contextlib
import io
import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = "docs/notebooks.md"


def filled(text: str) -> str:
    """Run the examples of a page in order, in one namespace, and put what they print below them."""
    names: dict[str, object] = {}

    def run(example: re.Match[str]) -> str:
        shown = []
        for statement in re.findall(r"^>>> (.*)$", example.group(1), flags=re.MULTILINE):
            shown.append(f">>> {statement}")
            shown += _printed(statement, names).rstrip().splitlines()
        return "```pycon\n" + "\n".join(line.rstrip() for line in shown) + "\n```"

    return re.sub(r"```pycon\n(.*?)```", run, text, flags=re.DOTALL)


def _printed(statement: str, names: dict[str, object]) -> str:
    """Run a statement as the interpreter does it, which shows what an expression gives."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for node in ast.parse(statement).body:
            code = compile(ast.Interactive([node]), "<example>", "single")
            try:
                exec(code, names)  # noqa: S102  # the page's own examples
            except Exception as error:  # noqa: BLE001  # shown as the last line of a traceback
                print(f"{type(error).__module__}.{type(error).__name__}: {error}")
    return printed.getvalue()


if __name__ == "__main__":
    os.chdir(ROOT)
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    (ROOT / PAGE).write_text(filled(page), encoding="utf-8")
