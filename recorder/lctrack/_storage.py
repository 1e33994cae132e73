"""How log files are kept: when they are synced to the disk, when a new one is begun, and how they end."""

import dataclasses
from typing import Literal

__all__ = ["Storage"]

_FSYNC = ("never", "rotate", "interval", "always")
_FORMATS = ("jsonl", "parquet")


@dataclasses.dataclass(frozen=True)
class Storage:
    """Options of storage; `Recorder` documents them.

    Raises:
        ValueError: A value is not one of those there are.
        ImportError: Sealing is asked for, and pyarrow is not installed.
    """

    fsync: Literal["never", "rotate", "interval", "always"] = "never"
    fsync_interval: float = 1.0
    rotate_bytes: int | None = 256 * 1024 * 1024
    rotate_seconds: float | None = None
    format: Literal["jsonl", "parquet"] = "jsonl"
    close_on_sigterm: bool = True

    def __post_init__(self) -> None:
        if self.fsync not in _FSYNC:
            raise ValueError(f"fsync is one of {', '.join(_FSYNC)}, not {self.fsync!r}")
        if self.format not in _FORMATS:
            raise ValueError(f"format is one of {', '.join(_FORMATS)}, not {self.format!r}")
        for name in ("fsync_interval", "rotate_bytes", "rotate_seconds"):
            value = getattr(self, name)
            unlimited = value is None and name != "fsync_interval"
            if not unlimited and not (isinstance(value, int | float) and value > 0):
                raise ValueError(f"{name} is a positive number, not {value!r}")
        if self.format == "parquet":
            _prepare_sealing()


def _prepare_sealing() -> None:
    from lctrack._sealed import SealError, prepare  # noqa: PLC0415  # most applications never seal

    try:
        prepare()
    except SealError as error:
        raise ImportError(str(error)) from error
