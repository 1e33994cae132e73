"""Spans: runs of code without LangChain, nested through context variables."""

import sys
import uuid
from collections.abc import Mapping, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import TYPE_CHECKING, Any

from lctrack._error import error_fields

if TYPE_CHECKING:
    from typing_extensions import Self

    from lctrack._recorder import Recorder

__all__ = ["Span", "active_span"]

_active: ContextVar["Span | None"] = ContextVar("lctrack_span", default=None)


class Span:
    """A run that is open between entering and leaving `with` (or `async with`); made by `Recorder.span`.

    An exception that leaves the block ends the span with an error and goes on its way.

    Attributes:
        run_id: Id of the run, a UUID as text.
    """

    def __init__(
        self,
        recorder: "Recorder",
        name: str,
        *,
        kind: str,
        inputs: Any,
        tags: Sequence[str] | None,
        metadata: Mapping[str, Any] | None,
        model: str | None,
    ) -> None:
        self.run_id = str(uuid.uuid4())
        self._recorder = recorder
        self._name = name
        self._start = {"kind": kind, "inputs": inputs, "model": model}
        self._tags = tags
        self._metadata = metadata
        self._parent: str | None = None
        self._outputs: Any = None
        self._usage: dict[str, Any] | None = None
        self._langchain_parent: str | None = None
        self._token: Token[Span | None] | None = None

    def set_outputs(self, outputs: Any) -> None:
        """Say what came out: any object, written when the span ends."""
        self._outputs = outputs

    def set_usage(
        self,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        total_tokens: int | None = None,
        cached_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Say how many tokens a model call took."""
        usage = {"input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": total_tokens}
        usage |= {"cached_tokens": cached_tokens, "reasoning_tokens": reasoning_tokens}
        self._usage = {key: value for key, value in usage.items() if value is not None}

    def score(self, key: str, value: float | bool | str, *, comment: str | None = None) -> None:
        """Record feedback on this span, during it or later."""
        self._recorder.score(key, value, run_id=self.run_id, comment=comment)

    def __enter__(self) -> "Self":
        self._langchain_parent = _langchain_parent()
        self._parent = parent_of_new_run(self._recorder, self._langchain_parent)
        self._token = _active.set(self)
        self._recorder.emit(
            "span_start",
            self._start,
            run_id=self.run_id,
            parent_run_id=self._parent,
            name=self._name,
            tags=self._tags,
            metadata=self._metadata,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            _active.reset(self._token)
            self._token = None
        fields: dict[str, Any] = {"outputs": self._outputs, "usage": self._usage}
        if error is not None:
            fields["error"] = error_fields(error)
        event = "span_end" if error is None else "span_error"
        self._recorder.emit(event, fields, run_id=self.run_id, parent_run_id=self._parent)

    async def __aenter__(self) -> "Self":
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


def active_span(recorder: "Recorder") -> Span | None:
    """Give the innermost span of a recorder that is entered in this context."""
    span = _active.get()
    return span if span is not None and span._recorder is recorder else None  # noqa: SLF001  # same module


def parent_of_new_run(recorder: "Recorder", langchain_parent: str | None) -> str | None:
    """Say which run contains one that begins now.

    Args:
        recorder: The recorder that records it.
        langchain_parent: The run that LangChain says contains it.

    Returns:
        The active span where it was entered within that very LangChain run (or, both at the top, outside of any),
        and the LangChain run where that began within the span.
    """
    span = active_span(recorder)
    if span is not None and span._langchain_parent == langchain_parent:  # noqa: SLF001  # same module
        return span.run_id
    return langchain_parent


def _langchain_parent() -> str | None:
    """Give the LangChain run this code is called from, without importing LangChain."""
    module = sys.modules.get("langchain_core.runnables.config")
    variable = getattr(module, "var_child_runnable_config", None)
    config = variable.get() if variable is not None else None
    parent = getattr((config or {}).get("callbacks"), "parent_run_id", None)
    return str(parent) if parent is not None else None
