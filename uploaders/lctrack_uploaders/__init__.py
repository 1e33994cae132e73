"""Hands sessions recorded by lctrack to experiment trackers, later and exactly once."""

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import (
    BusyError,
    LedgerError,
    LostError,
    MissingExtraError,
    OmittedError,
    RefusedError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
    UsageError,
)

__version__ = "0.1.0"

__all__ = [
    "BusyError",
    "Delivery",
    "LedgerError",
    "LostError",
    "MissingExtraError",
    "OmittedError",
    "RefusedError",
    "Step",
    "Target",
    "TerminalError",
    "TransientError",
    "UnreachableError",
    "UploadError",
    "UsageError",
    "__version__",
]
