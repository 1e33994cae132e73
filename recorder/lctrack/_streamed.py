"""What has been streamed of answers that are still coming.

When a stream breaks, LangChain tells what had come by then only where the application itself reads the stream; within
an agent or by the streaming protocol it does not. So the pieces are held until the run ends, as LangChain does.
"""

from typing import Any

__all__ = ["Streamed"]


class Streamed:
    """The texts of open runs, by the run's id. Each run is streamed by one thread or task at a time."""

    def __init__(self) -> None:
        # Pieces that came as tokens, and as events of the streaming protocol: perhaps the same pieces twice.
        self._pieces: dict[str, tuple[list[str], list[str]]] = {}

    def token(self, run_id: str, token: Any) -> None:
        """Hold a token: a text, or a list of content blocks, of which the texts count."""
        if isinstance(token, str):
            self._of(run_id)[0].append(token)
        elif isinstance(token, list):
            texts = [block.get("text") for block in token if isinstance(block, dict)]
            self._of(run_id)[0].extend(text for text in texts if isinstance(text, str))

    def delta(self, run_id: str, event: Any) -> None:
        """Hold the text that an event of the streaming protocol brings, if it brings one."""
        delta = event.get("delta")
        text = delta.get("text") if isinstance(delta, dict) else None
        if isinstance(text, str):
            self._of(run_id)[1].append(text)

    def taken(self, run_id: str) -> str:
        """Give the text of a run that ends, and hold it no more."""
        tokens, deltas = self._pieces.pop(run_id, ((), ()))
        return "".join(tokens or deltas)

    def forget(self, run_id: str) -> None:
        """Hold the text of a run no more."""
        self._pieces.pop(run_id, None)

    def _of(self, run_id: str) -> tuple[list[str], list[str]]:
        pieces = self._pieces.get(run_id)
        if pieces is None:
            pieces = self._pieces[run_id] = ([], [])
        return pieces
