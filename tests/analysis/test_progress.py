"""Whoever watches sees how far the reading of large logs is; nobody else does."""

import io

import pytest

from lctrack_analysis import progress
from lctrack_analysis.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0)


def shown(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.stderr", stream)
    with Progress() as bar:
        bar.show(50_000_000, 100_000_000)
    return stream.getvalue()


@pytest.mark.usefixtures("impatient")
def test_a_bar_is_shown_on_a_terminal_and_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(Terminal(), monkeypatch)
    assert "50 of 100 MB" in text
    assert "\x1b[36m" in text
    assert text.rpartition("\r")[0].endswith(" ")
    assert text.endswith("\r")


@pytest.mark.usefixtures("impatient")
def test_no_colour_is_used_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in shown(Terminal(), monkeypatch)


@pytest.mark.usefixtures("impatient")
def test_nothing_is_shown_where_standard_error_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(io.StringIO(), monkeypatch) == ""


def test_nothing_is_shown_in_the_first_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(Terminal(), monkeypatch) == ""
