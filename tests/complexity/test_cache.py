"""What was measured is not measured again, and no file in the cache can do harm."""

import os
import stat
import threading
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from lctrack_analysis.complexity import Meter, cache
from lctrack_analysis.complexity.engine import Engine
from lctrack_analysis.state import cache_directory
from tests.complexity.texts import assembled

TEXTS = assembled(50, seed=11)


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lists the texts that the engine is given."""
    seen: list[str] = []
    original = Engine.measure

    def measure(self: Engine, texts: Sequence[str]) -> pl.DataFrame:
        seen.extend(texts)
        return original(self, texts)

    monkeypatch.setattr(Engine, "measure", measure)
    return seen


def run(directory: Path | None, texts: Sequence[str] = TEXTS, code: str = "en_US") -> pl.DataFrame:
    with Meter(code, cache=directory) as meter:
        return meter.measure(texts)


def test_a_second_run_measures_only_what_is_new(tmp_path: Path, measured: list[str]) -> None:
    first = run(tmp_path)
    measured.clear()
    second = run(tmp_path, [*TEXTS, "A new text."])
    assert measured == ["A new text."]
    assert second.head(len(TEXTS)).equals(first)


def test_each_distinct_text_is_measured_once(measured: list[str]) -> None:
    found = run(None, ["one two", "three", "one two", "three"])
    assert sorted(measured) == ["one two", "three"]
    assert found["words"].to_list() == [2, 1, 2, 1]


def test_cached_equals_fresh_to_the_last_bit(tmp_path: Path) -> None:
    run(tmp_path)
    assert run(tmp_path).equals(run(None))


def test_languages_are_kept_apart(tmp_path: Path) -> None:
    assert not run(tmp_path, code="en_US").equals(run(tmp_path, code="de_DE"))


@pytest.mark.parametrize("changed", ["textstat_version", "version", "ENGINE_VERSION"])
def test_another_version_does_not_use_it(
    changed: str, tmp_path: Path, measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    measured.clear()
    original = getattr(cache, changed)
    monkeypatch.setattr(cache, changed, (lambda *_: "0.7.13 ") if callable(original) else original + 1)
    cache.fingerprint.cache_clear()
    run(tmp_path)
    cache.fingerprint.cache_clear()
    assert sorted(measured) == sorted(set(TEXTS))


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / ".lctrack" / "complexity"
    before = os.umask(0)
    try:
        run(directory)
    finally:
        os.umask(before)
    [file] = directory.iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (directory.parent, directory, file)] == [0o700, 0o700, 0o600]


@pytest.mark.parametrize("damage", [b"", b"ARROW1", b"nonsense" * 100, None])
def test_a_damaged_file_counts_as_absent(damage: bytes | None, tmp_path: Path) -> None:
    fresh = run(tmp_path)
    [file] = tmp_path.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert run(tmp_path).equals(fresh)


def test_a_file_with_other_columns_counts_as_absent(tmp_path: Path) -> None:
    fresh = run(tmp_path)
    [file] = tmp_path.iterdir()
    pl.read_ipc(file.read_bytes()).with_columns(pl.col("words").cast(pl.String)).write_ipc(file)
    assert run(tmp_path).equals(fresh)


def test_many_files_become_one(tmp_path: Path) -> None:
    for n in range(cache._MOST_FILES + 1):
        run(tmp_path, [f"text number {n}"])
    assert len(list(tmp_path.iterdir())) == 1
    kept = cache.Cache(tmp_path, cache.fingerprint("en_US"))
    digests = pl.Series([cache.digest(f"text number {n}") for n in range(cache._MOST_FILES + 1)])
    assert kept.read(digests).height == cache._MOST_FILES + 1


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, ["old"])
    [old] = tmp_path.iterdir()
    os.utime(old, (0, 0))
    monkeypatch.setattr(cache, "_MOST_BYTES", old.stat().st_size * 3 // 2)
    run(tmp_path, ["new"])
    assert old not in list(tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 1


def test_analyses_may_run_side_by_side(tmp_path: Path) -> None:
    expected = run(None)
    found: list[bool] = []

    def often() -> None:
        frames = (run(tmp_path, [*TEXTS, f"{threading.get_ident()} {n}"]) for n in range(12))
        found.extend(frame.head(len(TEXTS)).equals(expected) for frame in frames)

    threads = [threading.Thread(target=often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 36
    assert [file.name for file in tmp_path.iterdir() if file.suffix != ".arrow"] == []


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no directory")
    assert run(tmp_path / "file" / "cache").equals(run(None))


def test_logs_that_cannot_be_written_have_their_cache_in_the_users_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert cache_directory([tmp_path]) == tmp_path / "cache" / "lctrack"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory([tmp_path]) == tmp_path / ".cache" / "lctrack"
