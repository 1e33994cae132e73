"""What of an event is not written: secrets, what the application wants redacted, inputs or outputs as a whole.

Promises: whatever of the application is written passes here first; what is changed is named in `masked`.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lctrack._secret_names import is_secret_name
from lctrack._secrets import mask_text
from lctrack._texts import Texts

if TYPE_CHECKING:
    from lctrack._redact import Redaction, Redactor

__all__ = ["EVERYTHING", "Privacy"]

_NAME = re.compile(r"[A-Za-z0-9_.$-]*\Z")
_LONGEST_NAME = 64


@dataclasses.dataclass(frozen=True)
class Privacy:
    """Options of privacy; `Recorder` documents them.

    Raises:
        ValueError: `redact` is neither a pattern nor a function nor a list of these.
    """

    mask_secrets: bool = True
    redact: "Redactor | Sequence[Redactor] | None" = None
    record_inputs: bool = True
    record_outputs: bool = True
    redaction: "Redaction | None" = dataclasses.field(init=False, repr=False, compare=False)
    texts: "Texts | None" = dataclasses.field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        redaction = _redaction(self.redact) if self.redact is not None else None
        object.__setattr__(self, "redaction", redaction)
        # With redaction each text has to be looked at anyway, so the walk over the event is made in Python.
        object.__setattr__(self, "texts", Texts(masking=self.mask_secrets) if redaction is None else None)

    @property
    def withholds(self) -> bool:
        """Whether inputs or outputs are not written."""
        return not (self.record_inputs and self.record_outputs)

    def text(self, text: str) -> str:
        """Give what is written of a text."""
        if self.mask_secrets:
            text = mask_text(text)
        return self.redaction(text) if self.redaction else text

    def name(self, name: str) -> str:
        """Give what is written of a key: what could be an identifier is not redacted, so that data keeps its form."""
        if self.redaction and (len(name) > _LONGEST_NAME or not _NAME.match(name)):
            return self.text(name)
        return mask_text(name) if self.mask_secrets else name

    def is_secret(self, name: str) -> bool:
        """Tell whether the value under a key is a secret."""
        return self.mask_secrets and is_secret_name(name)

    def withhold(self, event: str, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave out the inputs or the outputs of an event where they are not to be written."""
        from lctrack._withheld import withheld  # noqa: PLC0415  # who leaves nothing out does not load it

        return withheld(event, fields, inputs=not self.record_inputs, outputs=not self.record_outputs)


def _redaction(redact: "Redactor | Sequence[Redactor]") -> "Redaction":
    from lctrack._redact import Redaction  # noqa: PLC0415  # who redacts nothing does not load it

    return Redaction(redact)


EVERYTHING = Privacy(mask_secrets=False)
"""Writes everything as it is."""
