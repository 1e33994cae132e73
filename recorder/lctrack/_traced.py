"""Spans as decorators: each call of a function becomes a run.

Its arguments are recorded by their names, as they are when it is called, and what it returns. Of a generator, the
span lasts from the first value that is asked for to the last; what the consumer does in between is not within it.
The decorated function is of the same kind as the function, and has its name, its docstring and its signature.
"""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lctrack._span import Span

__all__ = ["traced"]

_MOST_YIELDED = 10_000

_Function = Callable[..., Any]
_Bind = Callable[[tuple[Any, ...], dict[str, Any]], Any]


def traced(span: "Span", function: Any) -> Any:
    """Decorate a function.

    Args:
        span: Says what each call is called, and of what kind it is; it is not entered itself.
        function: A function of any kind; a static or class method may be decorated before or after this.

    Returns:
        The decorated function.

    Raises:
        TypeError: It is no function.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(traced(span, function.__func__))
    if not callable(function) or isinstance(function, type):
        raise TypeError(f"a span decorates a function, as in @recorder.span('look up'), not {function!r}")
    bind = _binder(function)
    if inspect.isasyncgenfunction(function):
        return _async_generator(span, function, bind)
    if inspect.isgeneratorfunction(function):
        return _generator(span, function, bind)
    if inspect.iscoroutinefunction(function):
        return _coroutine(span, function, bind)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with span.renewed(bind(args, kwargs)) as run:
            result = function(*args, **kwargs)
            run.set_outputs(result)
            return result

    return call


def _coroutine(span: "Span", function: _Function, bind: _Bind) -> _Function:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with span.renewed(bind(args, kwargs)) as run:
            result = await function(*args, **kwargs)
            run.set_outputs(result)
            return result

    return call


def _generator(span: "Span", function: _Function, bind: _Bind) -> _Function:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        yielded = _Yielded()
        with span.renewed(bind(args, kwargs)) as run:
            run.pause()
            run.set_outputs(yielded.shown)
            generator = function(*args, **kwargs)
            step: Callable[[], Any] = functools.partial(next, generator)
            while True:
                run.resume()
                try:
                    value = step()
                except StopIteration as stop:
                    return stop.value
                finally:
                    run.pause()
                yielded.add(value)
                try:
                    sent = yield value
                except GeneratorExit:  # the consumer has enough, which is no error
                    run.resume()
                    try:
                        generator.close()
                    finally:
                        run.pause()
                    return None
                except BaseException as error:  # noqa: BLE001  # thrown in by the consumer, for the function to handle
                    step = functools.partial(generator.throw, error)
                else:
                    step = functools.partial(generator.send, sent)

    return call


def _async_generator(span: "Span", function: _Function, bind: _Bind) -> _Function:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        yielded = _Yielded()
        with span.renewed(bind(args, kwargs)) as run:
            run.pause()
            run.set_outputs(yielded.shown)
            generator = function(*args, **kwargs)
            step: Callable[[], Any] = generator.__anext__
            while True:
                run.resume()
                try:
                    value = await step()
                except StopAsyncIteration:
                    return
                finally:
                    run.pause()
                yielded.add(value)
                try:
                    sent = yield value
                except GeneratorExit:
                    run.resume()
                    try:
                        await generator.aclose()
                    finally:
                        run.pause()
                    return
                except BaseException as error:  # noqa: BLE001  # likewise
                    step = functools.partial(generator.athrow, error)
                else:
                    step = functools.partial(generator.asend, sent)

    return call


class _Yielded:
    """What a generator yielded: the first 10,000 values, and if there were more, how many."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self._count = 0

    def add(self, value: Any) -> None:
        self._count += 1
        if self._count <= _MOST_YIELDED:
            self.shown.append(value)
        elif self._count == _MOST_YIELDED + 1:
            self.shown.append(f"… ({self._count} values)")
        else:
            self.shown[-1] = f"… ({self._count} values)"


def _binder(function: _Function) -> _Bind:
    """Make what gives the arguments of a call by their names, without the object that a method is of."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C have none
        return _unnamed
    first = next(iter(signature.parameters), None)

    def bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mapping[str, Any]:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # which the function is about to raise itself
            return _unnamed(args, kwargs)
        bound.apply_defaults()
        if first in ("self", "cls"):
            del bound.arguments[first]
        return bound.arguments

    return bind


def _unnamed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mapping[str, Any]:
    return {"args": args, "kwargs": kwargs}
