"""Which traces are written, where not all of them are."""

import dataclasses

__all__ = ["Sampling"]


@dataclasses.dataclass(frozen=True)
class Sampling:
    """Options of sampling; `Recorder` documents them.

    Raises:
        ValueError: The share is not between 0 and 1.
    """

    sample: float = 1.0
    sample_errors: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.sample <= 1:
            raise ValueError(f"sample is a share between 0 and 1, not {self.sample!r}")
