"""The part of the callback handler that users call: sessions, as trackers' own handlers have them, and spans."""

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lctrack._options import Options
from lctrack._recorder import Recorder

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from lctrack._migrating import FlushLabels, HandlerOptions, TrackerRun
    from lctrack._span import Span

__all__ = ["Tracker"]


class Tracker:
    """Holds a recorder, and flushes its sessions; `LogCallbackHandler` documents the arguments."""

    raise_error: bool

    def __init__(
        self,
        log_dir: "str | os.PathLike[str] | TrackerRun | Mapping[str, Any] | None" = None,
        **options: "Unpack[HandlerOptions]",
    ) -> None:
        own: dict[str, Any] = {**options}
        if own.keys() <= Options.__annotations__.keys() and isinstance(log_dir, str | os.PathLike | None):
            directory = log_dir
        else:  # who uses no other tracker's arguments does not load what knows them
            from lctrack._migrating import of_a_handler  # noqa: PLC0415  # as told above

            directory, own = of_a_handler(log_dir, own)
        self._params = own.get("params")
        self.raise_error = own.get("raise_error", False)
        self.recorder = Recorder(directory, **own)

    @property
    def session_id(self) -> str:
        """Id of the session that the next root run belongs to."""
        return self.recorder.session_id

    def flush_tracker(
        self,
        langchain_asset: Any = None,
        *,
        name: str | None = None,
        reset: bool = True,
        finish: bool = False,
        **labels: "Unpack[FlushLabels]",
    ) -> None:
        """End the session and begin the next.

        Args:
            langchain_asset: The chain, model or agent to record with the session that ends; or the path of the
                source file that defines it.
            name: What the session that ends is called.
            reset: Begin a new session; otherwise only the asset is recorded.
            finish: Close the file too; a later event begins a new one.
            **labels: Labels that the sessions from the next one on have instead: `project`, `group`, `tags`, …, also
                by the names that other trackers give them.

        Raises:
            TypeError: There is no such label; nothing has happened then.
        """
        own: dict[str, Any] = {}
        if labels:
            from lctrack._migrating import of_a_flush  # noqa: PLC0415  # likewise

            own = of_a_flush(labels, self._params)
        if langchain_asset is not None:
            self._record_asset(langchain_asset)
        if reset or finish:
            self._params = own.get("params") or self._params
            self.recorder.flush(name, **own)
        if finish:
            self.recorder.close()

    def _record_asset(self, langchain_asset: Any) -> None:
        try:
            from lctrack._asset import describe_asset  # noqa: PLC0415  # who records no asset does not load it

            asset = describe_asset(langchain_asset)
            self.recorder.write("asset", {**asset._asdict(), "name": None}, name=asset.name)
        except Exception as error:  # noqa: BLE001  # the application must not notice
            self.recorder.failed(error)

    def span(
        self,
        name: str,
        *,
        kind: str = "chain",
        inputs: Any = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        model: str | None = None,
    ) -> "Span":
        """Make a span for code without LangChain, or decorate a function with one; see `Recorder.span`."""
        return self.recorder.span(name, kind=kind, inputs=inputs, tags=tags, metadata=metadata, model=model)

    def active_span(self) -> "Span | None":
        """Give the innermost span that the calling code is within; see `Recorder.active_span`."""
        return self.recorder.active_span()

    def score(
        self, key: str, value: float | bool | str, *, run_id: object | None = None, comment: str | None = None
    ) -> None:
        """Record feedback on a run of LangChain or a span; see `Recorder.score`."""
        self.recorder.score(key, value, run_id=run_id, comment=comment)

    def stats(self) -> dict[str, int]:
        """Count what was recorded: `events`, `bytes`, `dropped`, `segments`, `open_runs`."""
        return self.recorder.stats()

    def close(self) -> None:
        """End the session and close the file; a later event begins new ones."""
        self.recorder.close()

    def finish(self) -> None:
        """Do as `close` does, which W&B's tracer calls so."""
        self.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __copy__(self) -> "Self":
        return self

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> "Self":
        # A copied model or configuration records into the same file, as with LangChain's own tracers.
        return self
