"""How far a report is, over all that is written for it, on the bar that whoever waits is shown."""

from lctrack_analysis.progress import Progress

__all__ = ["SHARES", "Stages"]

SHARES = {"overview": 20, "traces": 60, "index": 5, "tables": 15}
"""The parts of a report in the order in which they are written, and how many percent of the time each takes."""


class Stages:
    """Shows how much of a report is written.

    Args:
        progress: The bar; it counts percent.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._before = self._share = 0

    def begin(self, part: str) -> None:
        """Tell that a part of `SHARES` begins, and the one before is done."""
        self._before += self._share
        self._share = SHARES[part]
        self.show(0, 1)

    def show(self, done: int, total: int) -> None:
        """Tell how much of the part is done, of how much."""
        part = min(done / total, 1) if total else 1
        self._progress.show(int(self._before + self._share * part), 100)
