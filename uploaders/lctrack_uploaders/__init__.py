"""Hands sessions recorded by lctrack to experiment trackers, later and exactly once."""

from lctrack_uploaders.errors import (
    LedgerError,
    MissingExtraError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
    UsageError,
)

__version__ = "0.1.0"

__all__ = [
    "LedgerError",
    "MissingExtraError",
    "TerminalError",
    "TransientError",
    "UnreachableError",
    "UploadError",
    "UsageError",
    "__version__",
]
