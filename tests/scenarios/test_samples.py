"""The recordings that are kept in `sample_logs/`."""

import importlib.metadata
import json
import tempfile
from pathlib import Path

import pytest

from sample_logs.make import HERE, HOST, TORN, make
from sample_logs.scenarios import SCENARIOS
from tests.scenarios.canonical import canonical
from tests.scenarios.recordings import read

FILES = sorted(HERE.glob("*/*.jsonl"))
SOUND = [file for file in FILES if file.parent.name != TORN]
KEYS = [scenario.key for scenario in SCENARIOS]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    make(folder)
    return folder


def test_there_is_a_folder_for_each_scenario_and_one_that_is_torn() -> None:
    assert {*KEYS, TORN} == {file.parent.name for file in FILES}


@pytest.mark.parametrize("key", KEYS)
def test_a_sample_is_what_make_makes_today_but_for_ids_and_times(key: str, fresh: Path) -> None:
    _skip_unless_made_with_this_langchain(HERE / key)
    assert canonical(fresh / key) == canonical(HERE / key)


def test_the_torn_sample_is_what_make_makes_today_but_for_ids_and_times(fresh: Path, tmp_path: Path) -> None:
    _skip_unless_made_with_this_langchain(HERE / TORN)
    for name, folder in (("fresh", fresh), ("kept", HERE)):
        [file] = (folder / TORN).glob("*.jsonl")
        (tmp_path / name).mkdir()
        (tmp_path / name / file.name).write_text(file.read_text(encoding="utf-8").rpartition("\n")[0], encoding="utf-8")
    assert canonical(tmp_path / "fresh") == canonical(tmp_path / "kept")


def test_the_readme_tells_what_is_in_every_folder() -> None:
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    assert [folder for folder in (*KEYS, TORN) if f"| `{folder}` |" not in readme] == []


def test_every_line_of_every_sample_is_a_json_object_except_the_last_of_the_torn_one() -> None:
    for file in FILES:
        *lines, rest = file.read_bytes().split(b"\n")
        assert [dict] * len(lines) == [type(json.loads(line)) for line in lines], file
        assert list(range(len(lines))) == [json.loads(line)["seq"] for line in lines], file
        if file.parent.name == TORN:
            with pytest.raises(ValueError, match="Unterminated string"):
                json.loads(rest)
        else:
            assert rest == b"", file


def test_nothing_was_lost_while_a_sample_was_recorded() -> None:
    for file in SOUND:
        assert not [event for event in read(file) if event["event"] == "dropped" or "lossy" in event], file


def test_the_samples_stay_below_one_and_a_half_megabytes_together() -> None:
    assert sum(file.stat().st_size for file in FILES) < 1_500_000


@pytest.mark.parametrize("file", [pytest.param(file, id=file.parent.name) for file in FILES])
def test_a_sample_tells_no_host_and_no_path_of_the_machine_it_was_made_on(file: Path) -> None:
    content = file.read_text(encoding="utf-8")
    assert json.loads(content.partition("\n")[0])["host"] == HOST
    for place in (HERE.parent, Path.home(), tempfile.gettempdir()):
        assert str(place) not in content
    for root in ("home", "root", "Users", "usr", "opt", "tmp", "var", "mnt", "srv", "private", "site-packages"):
        assert f'"/{root}' not in content
        assert f"C:\\\\{root}" not in content
    for frame in content.split('File \\"')[1:]:
        assert frame.startswith(("sample_logs/", "site-packages/", "python/"))


def _skip_unless_made_with_this_langchain(folder: Path) -> None:
    """Skip where LangChain is of another release: it may send other events, or tell of them differently."""
    first = json.loads(min(folder.glob("*.jsonl")).read_text(encoding="utf-8").partition("\n")[0])
    installed = importlib.metadata.version("langchain-core")
    if first["langchain_core"].split(".")[:2] != installed.split(".")[:2]:
        pytest.skip(f"the samples are of langchain-core {first['langchain_core']}, this is {installed}")
