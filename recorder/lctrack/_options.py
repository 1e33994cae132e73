"""The options of a recorder: one list, for `Recorder`, `LogCallbackHandler` and `autolog`.

Each group of options is a class that checks them: `Labels`, `Privacy`, `Sampling`, `Storage`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from lctrack._redact import Redactor

__all__ = ["Options", "refuse_unknown"]


class Options(TypedDict, total=False):
    """What a recorder may be told, by keyword; `Recorder` documents each, `docs/recording.md` shows them at work."""

    project: str | None
    name: str | None
    group: str | None
    entity: str | None
    job_type: str | None
    tags: Sequence[str] | Mapping[str, str] | None
    notes: str | None
    params: Mapping[str, Any] | None
    stream: Literal["timing", "tokens", "off"]
    mask_secrets: bool
    redact: "Redactor | Sequence[Redactor] | None"
    record_inputs: bool
    record_outputs: bool
    sample: float
    sample_errors: bool
    fsync: Literal["never", "rotate", "interval", "always"]
    fsync_interval: float
    rotate_bytes: int | None
    rotate_seconds: float | None
    format: Literal["jsonl", "parquet"]
    close_on_sigterm: bool
    raise_error: bool


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any] = Options.__annotations__) -> None:
    """Refuse what is no option.

    Args:
        given: What was given.
        known: What there is.

    Raises:
        TypeError: Something given is not known; names it, the nearest there is, and what else there is.
    """
    unknown = sorted(given.keys() - known.keys())
    if unknown:
        from difflib import get_close_matches  # noqa: PLC0415  # loaded only for somebody who mistypes

        named = []
        for name in unknown:
            nearest = get_close_matches(name, known, n=1)
            named.append(f"{name!r} (do you mean {nearest[0]!r}?)" if nearest else repr(name))
        raise TypeError(f"unknown option {', '.join(named)}: choose from {', '.join(sorted(known))}")
