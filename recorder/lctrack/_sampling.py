"""Which traces are written, where not all of them are: a matter of the trace's id alone.

So all processes agree, also those that know only a part of a trace, and whoever reads the log can tell which traces
were chosen and which were written for their errors.
"""

import dataclasses
import hashlib

__all__ = ["Sampling"]

_BYTES = 8
_ALL = 2 ** (8 * _BYTES)


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

    def chooses(self, trace_id: str) -> bool:
        """Tell whether a trace is written whatever happens in it: if the hash of its id is below the share."""
        # Ids are mostly time: only their hash is spread evenly.
        digest = hashlib.blake2b(trace_id.encode("utf-8", "replace"), digest_size=_BYTES).digest()
        return int.from_bytes(digest, "big") < int(self.sample * _ALL)
