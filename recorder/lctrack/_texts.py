"""What the C encoder calls for each text: a dictionary that knows the usual ones, which are most.

Field names and other short words come again with every event. Each is examined once and then found at the speed of a
dictionary, encoded already; longer texts are examined whenever they come. So looking for secrets costs little, and
needs no second walk over the event.

The content of a long text is put between borders, which no JSON text has in it: where it begins and ends is known
without reading it again.

Accepts: a text of a class that calls itself equal to a known word is written as that word.
"""

import re
import sys
from json.encoder import encode_basestring

from lctrack._secret_names import LONGEST_NAME, is_secret_name
from lctrack._secrets import mask_text, may_hold_secret
from lctrack._structure import MASK

__all__ = ["BORDER", "SecretFound", "Texts"]

BORDER = "\0"
"""What stands before and after the content of a long text: escaped wherever it is meant."""

_MOST_WORDS = 1_000
_LONGEST_WORD = 40
_LONG = 200
_SELDOM = bytes({*range(32)} - {ord("\n")})
"""What long texts seldom have and JSON escapes; beside it there are line breaks, quotes and backslashes."""
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID_LENGTH = 36
_LIKE_A_KEY = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?")
_CONSTANTS = frozenset({"true", "false", "null"})


class SecretFound(Exception):  # noqa: N818  # a signal between two paths, never seen by a user
    """A text holds a secret, or is the name of one."""


class Texts(dict[str, str]):
    """JSON texts of known words by these words; looking up another text examines and encodes it.

    Args:
        masking: Whether to look for secrets.

    Attributes:
        numeric: Changes whenever a text is met that could be the key 1 as well as the key "1".
    """

    def __init__(self, *, masking: bool) -> None:
        super().__init__()
        self.numeric = 0
        self._masking = masking
        # Counted so because two threads that add to one number could leave it as it was.
        self._numbers = iter(range(1, sys.maxsize))

    def __missing__(self, text: str) -> str:
        """Encode a text.

        Raises:
            SecretFound: It holds a secret, is the name of one, or stands in the place of one.
        """
        exact = type(text) is str
        if not exact:
            text = str.__str__(text)
        length = len(text)
        if length == _UUID_LENGTH and _UUID.fullmatch(text):
            return f'"{text}"'
        if exact and text == MASK:
            raise SecretFound
        if self._masking and (
            (length <= LONGEST_NAME and is_secret_name(text)) or (may_hold_secret(text) and mask_text(text) != text)
        ):
            raise SecretFound
        if text in _CONSTANTS or (text[-1:].isdigit() and _LIKE_A_KEY.fullmatch(text)):
            self.numeric = next(self._numbers)
        elif length >= _LONG:
            return _long(text)
        encoded: str = encode_basestring(text)
        if exact and length <= _LONGEST_WORD and text.isidentifier() and text not in _CONSTANTS:
            if len(self) >= _MOST_WORDS:
                self.clear()  # an application that makes words as it goes must not grow this for ever
            self[text] = encoded
        return encoded


def _long(text: str) -> str:
    """Encode a text as `encode_basestring` does, which reads it letter by letter, and put its content into borders."""
    raw = text.encode()
    if len(raw.translate(None, _SELDOM)) != len(raw):
        return f'"{BORDER}{encode_basestring(text)[1:-1]}{BORDER}"'
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    if "\n" in text:
        text = text.replace("\n", "\\n")
    return f'"{BORDER}{text}{BORDER}"'
