"""What the package offers is listed, sorted and there."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import lctrack
from lctrack import format as log_format

PACKAGE = Path(lctrack.__file__).parent
MODULES = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem not in ("__init__", "__main__")], ids=str)
def test_what_a_private_module_lists_is_there(path: Path) -> None:
    module = importlib.import_module(".".join(("lctrack", *path.with_suffix("").parts)))
    assert module.__all__
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_the_package_lists_what_it_offers() -> None:
    assert sorted(lctrack.__all__) == lctrack.__all__
    assert lctrack.__all__ == ["LogCallbackHandler", "Recorder", "Span", "__version__", "autolog"]
    for name in lctrack.__all__:
        assert getattr(lctrack, name)


@pytest.mark.parametrize("name", ["LogCallbackHandler", "autolog"])
def test_without_langchain_a_handler_says_what_to_install(name: str) -> None:
    program = "import sys; sys.modules['langchain_core'] = None; import lctrack; lctrack." + name
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.stderr.endswith("which is not installed: pip install langchain-core\n")


def test_the_names_of_the_format_are_all_listed() -> None:
    assert sorted(name for name in vars(log_format) if name.isupper()) == log_format.__all__


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_modules_use_of_each_other_what_is_listed(path: Path) -> None:
    for node in ast.walk(ast.parse((PACKAGE / path).read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lctrack._"):
            module = importlib.import_module(str(node.module))
            assert {alias.name for alias in node.names} <= set(module.__all__)


def test_every_event_has_one_kind() -> None:
    assert len(set(log_format.EVENTS)) == len(log_format.EVENTS)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'lctrack' has no attribute 'Handler'"):
        lctrack.Handler  # noqa: B018  # the access is the point
