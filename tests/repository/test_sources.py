"""House rules that a machine can see."""

import ast
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"lctrack": "recorder", "lctrack_analysis": "analysis", "lctrack_uploaders": "uploaders"}


def _sources(package: str) -> list[Path]:
    return sorted((ROOT / PACKAGES[package] / package).rglob("*.py"))


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _imported(package: str, prefix: str) -> set[str]:
    found = {name for path in _sources(package) for name in _imports(path)}
    return {name for name in found if name == prefix or name.startswith(f"{prefix}.")}


def test_the_recorder_imports_neither_of_the_others() -> None:
    assert _imported("lctrack", "lctrack_analysis") | _imported("lctrack", "lctrack_uploaders") == set()


def test_the_analysis_imports_only_the_names_of_the_format() -> None:
    assert _imported("lctrack_analysis", "lctrack") == {"lctrack.format"}
    assert _imported("lctrack_analysis", "lctrack_uploaders") == set()


def test_the_uploaders_read_tables_and_never_log_files() -> None:
    assert _imported("lctrack_uploaders", "lctrack") == set()
    assert _imported("lctrack_uploaders", "lctrack_analysis.read") == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_public_names_are_sorted_documented_and_there(package: str) -> None:
    module = importlib.import_module(package)
    public = [name for name in module.__all__ if name != "__version__"]
    assert sorted(module.__all__) == list(module.__all__)
    assert [name for name in public if not (getattr(module, name).__doc__ or "").strip()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_of_a_package_is_listed(package: str) -> None:
    tree = ast.parse((ROOT / PACKAGES[package] / package / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package)
        for alias in node.names
    }
    assert imported - set(importlib.import_module(package).__all__) == set()


def test_the_three_distributions_share_one_version_which_the_changelog_has() -> None:
    versions = {importlib.import_module(package).__version__ for package in PACKAGES}
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert newest is not None
    assert versions == {newest.group(1)}


def test_every_distribution_carries_the_licence_and_its_type_marker() -> None:
    licence = (ROOT / "LICENSE").read_bytes()
    for package, folder in PACKAGES.items():
        assert (ROOT / folder / "LICENSE").read_bytes() == licence
        assert (ROOT / folder / package / "py.typed").is_file()


def test_files_hold_one_idea() -> None:
    long = [path.name for path in _tracked() if path.suffix == ".py" and len(path.read_text().splitlines()) > 400]
    assert long == []


def test_names_say_what_a_file_holds() -> None:
    vague = {"util", "utils", "helper", "helpers", "common", "misc"}
    assert [path for path in _tracked() if path.stem in vague or path.parent.name in vague] == []


def test_no_file_names_a_package_index_or_this_machine() -> None:
    hosts = re.compile("(extra-)?index" + r"-url|registry *= *\"?http|\"resolved\": *\"http")
    # Short ones, such as that of a container's root, stand in any text.
    own_paths = [f"{path}/" for path in (ROOT.parent, Path.home()) if len(str(path)) > 2]
    guilty = []
    for path in _tracked():
        if path == Path(__file__) or path.suffix in {".png", ".parquet"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if hosts.search(text) or any(path in text for path in own_paths):
            guilty.append(path.name)
    assert guilty == []


def test_every_ignored_finding_has_its_reason() -> None:
    bare = re.compile(r"# noqa(: [A-Z0-9, ]+)?$|# type: ignore(\[[a-z-]+\])?$", re.MULTILINE)
    guilty = [path.name for path in _tracked() if path.suffix == ".py" and bare.search(path.read_text())]
    assert guilty == []
