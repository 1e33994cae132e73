"""What can go wrong, as one tree.

    UploadError
    ├── UsageError           a target, option or address that cannot be right          exit 2
    ├── MissingExtraError    the target's own packages are not installed
    ├── LedgerError          the ledger of deliveries cannot be used
    ├── TerminalError        this session cannot be delivered as things are; trying again changes nothing
    └── TransientError       it did not work now; the same command may work later
        └── UnreachableError nothing answers at the destination: no session can be delivered now

The text of each is a finished sentence for the person at the terminal: what happened and what to do. It never
holds credentials.
"""

from typing import ClassVar


class UploadError(Exception):
    """Base of everything this package raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(UploadError):
    """A target, option or address that cannot be right."""

    exit_code = 2


class MissingExtraError(UploadError):
    """The packages a target needs are not installed."""


class LedgerError(UploadError):
    """The ledger of deliveries cannot be read or written."""


class TerminalError(UploadError):
    """A session that cannot be delivered as things are."""


class TransientError(UploadError):
    """A delivery that did not work now and may work later."""


class UnreachableError(TransientError):
    """Nothing usable answers at the destination, so no session can be delivered now."""
