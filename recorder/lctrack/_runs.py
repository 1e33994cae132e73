"""The runs a recorder knows: which trace and which session the things that happen in them belong to."""

from collections.abc import Callable
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

from lctrack._session import Session

if TYPE_CHECKING:
    from lctrack._held import Trace

__all__ = ["Run", "Runs"]

_MOST_ENDED = 1_000


class Run:
    """What is remembered of a run.

    Attributes:
        first_token_ts: When the first piece of a streamed answer came, in Unix nanoseconds.
        tokens: How many pieces came as tokens.
        deltas: How many came as events of the streaming protocol, which may be the same pieces again.
        trace: Its trace, where sampling did not choose that.
        ids: The ids of its events, as JSON without braces.
    """

    __slots__ = ("deltas", "first_token_ts", "ids", "parent_run_id", "session", "tokens", "trace", "trace_id")

    def __init__(self, run_id: str, trace_id: str | None, parent_run_id: str | None, session: Session) -> None:
        of_trace = f'"trace_id":{encode_basestring(trace_id)},' if trace_id is not None else ""
        of_parent = f',"parent_run_id":{encode_basestring(parent_run_id)}' if parent_run_id is not None else ""
        self.ids = f'"session_id":"{session.id}",{of_trace}"run_id":{encode_basestring(run_id)}{of_parent}'
        self.trace_id = trace_id
        self.parent_run_id = parent_run_id
        self.session = session
        self.trace: Trace | None = None
        self.first_token_ts: int | None = None
        self.tokens = 0
        self.deltas = 0


class Runs:
    """The runs that are open, and at least the last 1,000 that ended.

    Those are kept for what comes late: feedback, and children in tasks and threads that outlive their parent.
    Needs no lock: each step that another thread could see is a single operation of a dictionary.

    Args:
        trace_of: Gives what sampling knows of a trace, by its id.
    """

    def __init__(self, trace_of: "Callable[[str], Trace | None] | None" = None) -> None:
        self._trace_of = trace_of
        self._open: dict[str, Run] = {}
        # Two generations, because removing the oldest of one would be more than a single operation.
        self._ended: dict[str, Run] = {}
        self._ended_before: dict[str, Run] = {}

    def __len__(self) -> int:
        """Count the open runs."""
        return len(self._open)

    def start(self, run_id: str, parent_run_id: str | None, session: Session) -> Run:
        """Open a run.

        Args:
            run_id: Its id.
            parent_run_id: The run that contains it.
            session: The session it belongs to, unless the run that contains it says otherwise.

        Returns:
            The run. Where the one that contains it is not known, being recorded elsewhere or not at all, that one's
            id is the best trace id there is.
        """
        parent = self.find(parent_run_id) if parent_run_id is not None else None
        if parent is not None:
            run = Run(run_id, parent.trace_id, parent_run_id, parent.session)
            run.trace = parent.trace
        else:
            run = Run(run_id, parent_run_id or run_id, parent_run_id, session)
            run.trace = self._trace_of(parent_run_id or run_id) if self._trace_of else None
        self._open[run_id] = run
        return run

    def end(self, run_id: str) -> Run | None:
        """Close a run; gives None for one that was never opened."""
        run = self._open.pop(run_id, None)
        if run is None:
            return self.find(run_id)
        if len(self._ended) >= _MOST_ENDED:
            self._ended_before, self._ended = self._ended, {}
        self._ended[run_id] = run
        return run

    def open(self, run_id: str) -> Run | None:
        """Give a run that has not ended."""
        return self._open.get(run_id)

    def find(self, run_id: str) -> Run | None:
        """Give a run that is open, or ended not long ago."""
        return self._open.get(run_id) or self._ended.get(run_id) or self._ended_before.get(run_id)
