"""The security reviewer's page claims nothing that no test holds."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text(encoding="utf-8")
CLAIMS = [
    row.split(" | ")
    for row in re.findall(r"^\| (?!claim|---)(.*) \|$", PAGE.partition("## Platforms")[0], re.MULTILINE)
]


def _tests(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_the_page_has_claims() -> None:
    assert len(CLAIMS) > 20
    assert {len(columns) for columns in CLAIMS} == {3}


@pytest.mark.parametrize("columns", CLAIMS, ids=lambda columns: str(columns[0])[:60])
def test_each_claim_names_tests_that_are_there(columns: list[str]) -> None:
    named = re.findall(r"`([a-z_/]+\.py)(?:::(test_\w+))?`", columns[2])
    assert named
    for file, test in named:
        assert not test or test in _tests(TESTS / file)
