"""A bar on standard error while sessions are delivered, where somebody is watching."""

from lctrack_analysis.progress import Progress

__all__ = ["Bar"]


class Bar(Progress):
    """Shows how many sessions are done; nothing where standard error is no terminal. The bar is gone in the end."""

    def __init__(self, total: int) -> None:
        super().__init__("delivering")
        self._total = total
        self._done = 0

    def advance(self) -> None:
        """Count a session."""
        self._done += 1
        self.show(self._done, self._total)

    def _told(self, done: int, total: int) -> str:
        return f"{done} of {total}"
