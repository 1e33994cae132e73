"""How an exception is written into the log."""

import traceback
from functools import cached_property

from lctrack._careful import safe_str

__all__ = ["Failure", "error_fields"]


class Failure(dict[str, str]):
    """An exception as the log has it.

    Args:
        error: The exception.
    """

    def __init__(self, error: BaseException) -> None:
        kind = type(error)
        try:
            text = "".join(traceback.format_exception(kind, error, error.__traceback__))
        except Exception:  # noqa: BLE001  # formatting runs code of the application's exception classes
            text = ""
        super().__init__(type=_name(kind), message=safe_str(error), traceback=text)
        self._error = error

    @cached_property
    def bare(self) -> str:
        """The traceback with the names of files, functions and classes only: neither messages nor lines of code."""
        parts: list[str] = []
        error: BaseException | None = self._error
        met: set[int] = set()
        while error is not None and id(error) not in met:
            met.add(id(error))
            frames = traceback.extract_tb(error.__traceback__)
            lines = [f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n' for frame in frames]
            parts.append("".join(["Traceback (most recent call last):\n", *lines, f"{_name(type(error))}\n"]))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n".join(reversed(parts))


def _name(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def error_fields(error: BaseException) -> Failure:
    """Describe an exception.

    Args:
        error: Any exception, also one whose `__str__` raises.

    Returns:
        `type` (qualified unless built in), `message`, and `traceback` with its causes.
    """
    return Failure(error)
