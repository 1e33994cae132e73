"""What is kept of logs gives the same tables as the logs themselves, whatever happens to them in between."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis import AnalysisError, Logs, NoLogsError, QueryError, load
from lctrack_analysis.ingest import piece, pool, reading
from tests.analysis.careful import carefully, same, staged
from tests.analysis.writing import ai, as_bytes, chain, chat, event, human, numbered, segment_start, write


@pytest.fixture(autouse=True)
def keeps_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even small logs be kept."""
    monkeypatch.setattr(reading, "LEAST_KEPT", 1)
    monkeypatch.setattr("lctrack_analysis.snapshots._LEAST_EVENTS", 1)


def lines(run_id: str) -> bytes:
    blob = event("blob", 0, digest=run_id, value=human(f"hello {run_id}"))
    start = event("chain_start", 0, run_id=run_id, inputs={"$blob": run_id})
    return b"".join(map(as_bytes, [blob, start, event("chain_end", 1, run_id=run_id)]))


def parts(directory: Path) -> set[Path]:
    return {file.parent for file in directory.rglob("part.json")}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "tear", "truncate", "replace", "add", "delete", "copy", "junk", "touch", "forget"]),
        st.integers(0, 3),
        st.integers(1, 60),
    ),
    min_size=1,
    max_size=5,
)


def change(folder: Path, step: str, which: int, amount: int) -> None:  # noqa: C901  # a list of things that happen
    """Do to the logs what may happen to them."""
    files = sorted(folder.glob("*.jsonl"))
    file = files[which % len(files)] if files else folder / "0.jsonl"
    content = file.read_bytes() if file.exists() else b""
    if step == "append":
        with file.open("ab") as stream:
            stream.write(lines(f"a{amount}"))
    elif step == "tear":
        with file.open("ab") as stream:
            stream.write(lines(f"t{amount}")[:amount])
    elif step == "truncate":
        file.write_bytes(content[: -min(amount, len(content))])
    elif step == "replace":
        other = folder / "other"
        other.write_bytes(as_bytes(segment_start(f"r{amount}")) + lines(f"r{amount}"))
        other.replace(file)
    elif step == "add":
        (folder / f"{len(files)}-{amount}.jsonl").write_bytes(
            as_bytes(segment_start(f"n{amount}")) + lines(f"n{amount}")
        )
    elif step == "delete" and len(files) > 1:
        file.unlink()
    elif step == "copy" and files:
        shutil.copy(file, folder / f"copy{amount}.jsonl")
    elif step == "junk":
        with file.open("ab") as stream:
            stream.write(b"\xff junk\n")
    elif step == "touch" and files:
        file.touch()
    elif step == "forget":
        shutil.rmtree(folder / ".lctrack", ignore_errors=True)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_cached_equals_fresh_whatever_happens_to_the_logs(steps: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0.jsonl").write_bytes(as_bytes(segment_start("zero")) + lines("z"))
        load(folder).close()
        for step, which, amount in steps:
            change(folder, step, which, amount)
            try:
                logs = load(folder)
            except NoLogsError:
                assert carefully(folder)["events"] == []
                continue
            same(carefully(folder), staged(logs))
            fresh = load(folder, cache=False)
            for table in ("runs", "traces", "sessions", "generations"):
                assert fresh.table(table).equals(logs.table(table)), table
            logs.close()
            fresh.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "logs" / "0.jsonl", as_bytes(segment_start("zero")), lines("z"))
    return tmp_path / "logs"


def test_logs_that_did_not_change_are_not_read_again(folder: Path) -> None:
    load(folder).close()
    before = parts(folder)
    assert len(before) == 1
    load(folder).close()
    assert before == parts(folder)


def test_of_logs_that_have_grown_only_what_is_new_is_read(folder: Path) -> None:
    load(folder).close()
    size = (folder / "0.jsonl").stat().st_size
    with (folder / "0.jsonl").open("ab") as stream:
        stream.write(lines("later"))
    logs = load(folder)
    starts = [read.start for part in logs._staged.parts for read in part.pieces]
    assert [0, size] == starts
    assert sorted(logs.runs["run_id"]) == ["later", "z"]


def test_a_replaced_segment_leaves_nothing_behind(folder: Path) -> None:
    load(folder).close()
    change(folder, "replace", 0, 7)
    logs = load(folder)
    assert logs.runs["run_id"].to_list() == ["r7"]
    logs.close()
    load(folder).close()
    assert len(parts(folder)) == 1


def test_a_line_that_was_half_written_is_read_when_it_is_complete(folder: Path) -> None:
    whole = as_bytes(event("chain_start", 5, run_id="late"))
    for half, expected in ((whole[:20], ["z"]), (whole[20:], ["z", "late"])):
        with (folder / "0.jsonl").open("ab") as stream:
            stream.write(half)
        logs = load(folder)
        assert expected == logs.runs["run_id"].to_list()
        assert logs.problems.height == 2 - len(expected)


def test_the_cache_is_readable_by_its_owner_only(folder: Path) -> None:
    old = os.umask(0o022)
    try:
        load(folder).close()
    finally:
        os.umask(old)
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (folder / ".lctrack").rglob("*")}
    assert modes == {True: 0o700, False: 0o600}


def test_a_cache_that_is_deleted_or_damaged_does_no_harm(folder: Path) -> None:
    load(folder).close()
    [part] = parts(folder)
    (part / "part.json").write_text("{")
    assert load(folder).runs["run_id"].to_list() == ["z"]
    shutil.rmtree(folder / ".lctrack")
    assert load(folder).runs["run_id"].to_list() == ["z"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_cache_that_is_deleted_while_it_is_written_is_done_without(
    when: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places: list[Path] = []

    def read_and_delete(pieces: Any, directory: Path) -> None:
        places.append(directory.parent)
        if when == "before" and len(places) == 1:
            shutil.rmtree(folder / ".lctrack")
        piece.read_pieces(pieces, directory)
        if when == "after" and len(places) == 1:
            shutil.rmtree(folder / ".lctrack")

    monkeypatch.setattr(pool, "read_pieces", read_and_delete)
    logs = load(folder)
    assert logs.runs["run_id"].to_list() == ["z"]
    assert [folder / ".lctrack" in place.parents for place in places] == [True, False]


@pytest.mark.parametrize(
    "ask",
    [
        lambda logs: logs.runs,
        lambda logs: logs.sql("SELECT inputs FROM runs"),
        lambda logs: logs.script("SELECT 1; SELECT text FROM generations"),
        lambda logs: logs.pour("SELECT inputs FROM runs", lambda _: None),
    ],
    ids=["a table", "a query", "a script", "portions"],
)
def test_who_asks_when_the_cache_was_deleted_is_told_to_ask_again(ask: Callable[[Logs], Any], folder: Path) -> None:
    load(folder).close()
    with load(folder) as logs:
        shutil.rmtree(folder / ".lctrack")
        with pytest.raises(QueryError, match=r"^what was read of the logs was deleted meanwhile: run this again$"):
            ask(logs)
        with pytest.raises(QueryError, match="syntax error"), load(folder) as others:
            others.sql("SELEC")


def test_a_worker_that_cannot_write_says_so_and_goes_on(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    asked = [
        {"pieces": [[str(folder / "0.jsonl"), 1]], "directory": str(tmp_path / place)} for place in ("nowhere", "there")
    ]
    done = subprocess.run(
        [sys.executable, "-m", "lctrack_analysis.ingest.worker"],
        input="".join(f"{json.dumps(each)}\n" for each in asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [{"unwritten": "No such file or directory"}, {}]
    with pytest.raises(AnalysisError, match=r"what was read cannot be written down: No such file or directory$"):
        pool._check(done.stdout.splitlines()[0])


def test_no_part_goes_away_while_another_analysis_uses_it(folder: Path) -> None:
    first = load(folder)
    change(folder, "replace", 0, 7)
    second = load(folder)
    assert second.runs["run_id"].to_list() == ["r7"]
    assert first.runs["run_id"].to_list() == ["z"]


def test_without_a_cache_nothing_is_written_beside_the_logs(folder: Path) -> None:
    load(folder, cache=False).close()
    assert [path.name for path in folder.iterdir()] == ["0.jsonl"]


def test_a_cache_may_be_elsewhere(folder: Path, tmp_path: Path) -> None:
    load(folder, cache=tmp_path / "elsewhere").close()
    assert len(parts(tmp_path / "elsewhere")) == 1
    assert [path.name for path in folder.iterdir()] == ["0.jsonl"]


def test_few_bytes_are_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LEAST_KEPT", 4_000_000)
    load(folder).close()
    assert [path.name for path in folder.iterdir()] == ["0.jsonl"]


def test_a_memory_limit_that_is_none_is_wrong_usage(folder: Path) -> None:
    from lctrack_analysis import UsageError

    with pytest.raises(UsageError, match="no amount of memory"):
        load(folder, memory_limit="much")


def test_few_texts_of_known_logs_are_measured_without_pandas_which_takes_longer_to_import(folder: Path) -> None:
    pytest.importorskip("pandas")
    write(folder / "chat.jsonl", *numbered([segment_start(), *chat("c", [human("hello")], ai("A text of a model."))]))
    load(folder).close()
    code = "import sys, lctrack_analysis as l; print(l.load(sys.argv[1]).generations.height, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "1 False\n"


def test_chains_of_many_small_pieces_are_read_in_order(folder: Path) -> None:
    runs: list[Any] = ["z"]
    for number in range(5):
        with (folder / "0.jsonl").open("ab") as stream:
            stream.write(b"".join(map(as_bytes, numbered(chain(f"r{number}", number + 10, number + 11)))))
        runs.append(f"r{number}")
        assert runs == load(folder).runs["run_id"].to_list()
