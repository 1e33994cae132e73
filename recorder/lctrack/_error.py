"""How an exception is written into the log."""

import traceback

from lctrack._careful import safe_str

__all__ = ["error_fields"]


def error_fields(error: BaseException) -> dict[str, str]:
    """Describe an exception.

    Args:
        error: Any exception, also one whose `__str__` raises.

    Returns:
        `type` (qualified unless built in), `message`, and `traceback` with its causes.
    """
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        text = "".join(traceback.format_exception(kind, error, error.__traceback__))
    except Exception:  # noqa: BLE001  # formatting runs code of the application's exception classes
        text = ""
    return {"type": name, "message": safe_str(error), "traceback": text}
