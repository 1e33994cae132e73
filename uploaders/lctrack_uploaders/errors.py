"""What can go wrong, as one tree.

    UploadError
    ├── UsageError           a target, option or address that cannot be right          exit 2
    ├── MissingExtraError    the target's own packages are not installed
    ├── LedgerError          the ledger of deliveries cannot be used
    │   └── BusyError        another uploader is at work on it
    ├── OmittedError         one part of a session cannot be had here; the rest of it is delivered
    ├── TerminalError        this session cannot be delivered as things are; trying again changes nothing
    └── TransientError       it did not work now; the same command may work later
        ├── LostError        what the destination had acknowledged is not there: it is sent again
        └── UnreachableError nothing answers at the destination: no session can be delivered now
            └── RefusedError it answers, and does not let us in: trying again changes nothing

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


class BusyError(LedgerError):
    """Another uploader is at work on the ledger."""


class OmittedError(UploadError):
    """A part of a session that cannot be had here, while the rest can be delivered."""

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again
        """Whether it may be had another time: it is then listed as given up, and tried again on demand."""


class TerminalError(UploadError):
    """A session that cannot be delivered as things are."""


class TransientError(UploadError):
    """A delivery that did not work now and may work later."""

    def __init__(self, message: str, *, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait
        """Seconds after which the destination asked to be tried again, where it said so."""


class LostError(TransientError):
    """Something that the destination had acknowledged is not there."""


class UnreachableError(TransientError):
    """Nothing usable answers at the destination, so no session can be delivered now."""


class RefusedError(UnreachableError):
    """The destination answers and lets nobody in: wrong credentials, or a release that cannot be used."""
