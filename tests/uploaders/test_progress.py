import io

import pytest

from lctrack_uploaders import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every session one that took long enough to be shown."""
    monkeypatch.setattr("lctrack_analysis.progress._PATIENCE", 0)
    monkeypatch.setattr("lctrack_analysis.progress._PAUSE", 0)


@pytest.mark.usefixtures("slow")
def test_the_bar_is_shown_on_a_terminal_and_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("NO_COLOR", "1")

    with progress.Bar(2) as bar:
        bar.advance()
        shown = terminal.getvalue()
    left = terminal.getvalue().removeprefix(shown)

    assert shown == f"\rdelivering {'#' * 15}{'-' * 15} 1 of 2"
    assert left.strip("\r ") == ""
    assert left.count("\r") == 2


@pytest.mark.usefixtures("slow")
def test_nothing_is_shown_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = io.StringIO()
    monkeypatch.setattr("sys.stderr", quiet)

    with progress.Bar(2) as bar:
        bar.advance()

    assert quiet.getvalue() == ""
