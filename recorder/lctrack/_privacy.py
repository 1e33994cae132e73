"""What of an event is not written: secrets, what the application wants redacted, inputs or outputs as a whole."""

import dataclasses
from collections.abc import Callable, Sequence

__all__ = ["Privacy"]


@dataclasses.dataclass(frozen=True)
class Privacy:
    """Options of privacy; `Recorder` documents them."""

    mask_secrets: bool = True
    redact: "str | Callable[[str], str] | Sequence[str | Callable[[str], str]] | None" = None
    record_inputs: bool = True
    record_outputs: bool = True
