"""The options of a recorder: one list, for `Recorder`, `LogCallbackHandler` and `autolog`.

Each group of options is a class that checks them: `Labels`, `Privacy`, `Sampling`, `Storage`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

__all__ = ["Options", "refuse_unknown"]


class Options(TypedDict, total=False):
    """What a recorder may be told, by keyword; `Recorder` documents each, `docs/recording.md` shows them at work."""

    project: str | None
    name: str | None
    group: str | None
    entity: str | None
    job_type: str | None
    tags: Sequence[str] | None
    notes: str | None
    params: Mapping[str, Any] | None
    stream: Literal["timing", "tokens", "off"]
    mask_secrets: bool
    redact: "str | Callable[[str], str] | Sequence[str | Callable[[str], str]] | None"
    record_inputs: bool
    record_outputs: bool
    sample: float
    sample_errors: bool
    fsync: Literal["never", "rotate", "interval", "always"]
    fsync_interval: float
    rotate_bytes: int | None
    rotate_seconds: float | None
    format: Literal["jsonl", "parquet"]
    raise_error: bool


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any] = Options.__annotations__) -> None:
    """Refuse what is no option.

    Args:
        given: What was given.
        known: What there is.

    Raises:
        TypeError: Something given is not known; names it, and what there is.
    """
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        raise TypeError(f"unknown option {', '.join(map(repr, unknown))}: choose from {', '.join(sorted(known))}")
