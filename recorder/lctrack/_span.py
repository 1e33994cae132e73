"""Spans: runs of code without LangChain, nested through context variables."""

import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from lctrack._error import error_fields

if TYPE_CHECKING:
    from typing_extensions import Self

    from lctrack._recorder import Recorder

__all__ = ["Span", "active_span", "parent_of_new_run"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

_active: ContextVar["Span | None"] = ContextVar("lctrack_span", default=None)


class Span:
    """A run that is open between entering and leaving `with` (or `async with`); made by `Recorder.span`.

    An exception that leaves the block ends the span with an error and goes on its way. As a decorator of a function,
    generator or method, asynchronous or not, it stands for a new run for each call, with its arguments as inputs and
    what it returns or yields as outputs.

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
        if not isinstance(name, str):
            raise TypeError(f"a span has a name, as in recorder.span('look up'), not {name!r}")
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
        self._outer: Span | None = None
        self._within: Span | None = None
        self._outside: Span | None = None
        self._ended = False

    def __call__(self, function: _Function) -> _Function:
        """Decorate a function, so that each call of it is a run.

        Args:
            function: A function, generator function or method, asynchronous or not.

        Returns:
            The decorated function, with the same name, docstring and signature.

        Raises:
            TypeError: It is no function.
        """
        from lctrack._traced import traced  # noqa: PLC0415  # who decorates nothing does not load it

        decorated: _Function = traced(self, function)
        return decorated

    def renewed(self, inputs: Any) -> "Span":
        """Give a span like this one, with an id of its own, and with these inputs where it has none itself."""
        own = self._start["inputs"]
        start = {**self._start, "inputs": inputs if own is None else own}
        return Span(self._recorder, self._name, tags=self._tags, metadata=self._metadata, **start)

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
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
    ) -> None:
        """Say how many tokens a model call took."""
        usage = {"input_tokens": input_tokens, "output_tokens": output_tokens, "total_tokens": total_tokens}
        usage |= {"cached_tokens": cached_tokens, "cache_write_tokens": cache_write_tokens}
        usage["reasoning_tokens"] = reasoning_tokens
        self._usage = {key: value for key, value in usage.items() if value is not None}

    def score(self, key: str, value: float | bool | str, *, comment: str | None = None) -> None:
        """Record feedback on this span, during it or later."""
        self._recorder.score(key, value, run_id=self.run_id, comment=comment)

    def __enter__(self) -> "Self":
        self._langchain_parent = _langchain_parent()
        self._parent = parent_of_new_run(self._recorder, self._langchain_parent)
        self._outer = self._outside = _active.get()
        _active.set(self)
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
        self._ended = True
        if _active.get() is self:
            _active.set(self._enclosing())
        fields: dict[str, Any] = {"outputs": self._outputs, "usage": self._usage}
        if error is not None:
            fields["error"] = error_fields(error)
        event = "span_end" if error is None else "span_error"
        self._recorder.emit(event, fields, run_id=self.run_id, parent_run_id=self._parent)

    def pause(self) -> None:
        """Leave the span for a while, as a generator does when it yields."""
        self._within = _active.get()
        _active.set(self._outside)

    def resume(self) -> None:
        """Come back into the span, from wherever the generator is asked for more."""
        self._outside = _active.get()
        _active.set(self._within)

    def _enclosing(self) -> "Span | None":
        """Give the nearest span around this one that has not ended.

        A span within a generator may be left after the span around it, and in another context than it was entered
        in, so resetting the context variable by its token would bring back the wrong one, or raise.
        """
        span = self._outer
        while span is not None and span._ended:  # noqa: SLF001  # same class
            span = span._outer  # noqa: SLF001  # same class
        return span

    async def __aenter__(self) -> "Self":
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)


def active_span(recorder: "Recorder") -> Span | None:
    """Give the innermost span of a recorder that is entered in this context."""
    span = _active.get()
    while span is not None and span._recorder is not recorder:  # noqa: SLF001  # same module
        span = span._outer  # noqa: SLF001  # same module
    return span


def parent_of_new_run(recorder: "Recorder", langchain_parent: str | None) -> str | None:
    """Say which run contains one that begins now.

    Args:
        recorder: The recorder that records it.
        langchain_parent: The run that LangChain says contains it.

    Returns:
        The LangChain run, where that began within the active span; the active span, where it was entered within that
        LangChain run, or LangChain says nothing, or names a run that is not recorded.
    """
    span = active_span(recorder)
    if span is None:
        return langchain_parent
    if langchain_parent is None or span._langchain_parent == langchain_parent:  # noqa: SLF001  # same module
        return span.run_id
    return langchain_parent if recorder.knows(langchain_parent) else span.run_id


def _langchain_parent() -> str | None:
    """Give the LangChain run this code is called from, without importing LangChain."""
    module = sys.modules.get("langchain_core.runnables.config")
    variable = getattr(module, "var_child_runnable_config", None)
    config = variable.get() if variable is not None else None
    parent = getattr((config or {}).get("callbacks"), "parent_run_id", None)
    return str(parent) if parent is not None else None
