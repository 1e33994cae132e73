"""A file gets its name when it is whole, and takes it from nobody."""

from pathlib import Path

import pytest

from lctrack._publish import new_file
from tests.command.logs import listing


@pytest.mark.parametrize("links", [True, False], ids=["with hard links", "without"])
def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    if not links:
        monkeypatch.setattr("os.link", _refuse)
    target = tmp_path / "x.zip"
    with pytest.raises(FileExistsError):
        _write_while_another_does(target)
    assert (listing(tmp_path), target.read_bytes()) == (["x.zip"], b"theirs")


def test_a_file_may_be_replaced_where_that_is_asked(tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    target.write_bytes(b"theirs")
    with new_file(target, replace=True) as stream:
        stream.write(b"mine")
        assert target.read_bytes() == b"theirs"
    assert (listing(tmp_path), target.read_bytes()) == (["x.zip"], b"mine")


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_file(tmp_path / "x.zip"):
        raise ZeroDivisionError
    assert listing(tmp_path) == []


def _write_while_another_does(target: Path) -> None:
    with new_file(target) as stream:
        stream.write(b"mine")
        target.write_bytes(b"theirs")


def _refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")
