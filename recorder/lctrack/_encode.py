"""One event to one line of JSON that every reader accepts, whatever is in it.

Two paths give the same line. The fast one lets the C encoder walk the event and asks Python only about objects that
are not JSON, and texts that it does not know. Where a value cannot be written as it is (not-a-number, lone surrogates,
cycles, nesting too deep, objects without structure, integers beyond 64 bits) or is not to be written (secrets) the
careful one walks the event in Python, writes the nearest JSON there is, and names each such value in `lossy` or
`masked`. Both replace messages and conversations by references.
"""

import json
import re
from json import encoder
from typing import Any, NamedTuple

from lctrack._blobs import Blobs, Draft
from lctrack._careful import careful
from lctrack._conversation import Conversation, Repeated, marked
from lctrack._privacy import EVERYTHING, Privacy
from lctrack._structure import read_message, reader_of, structure
from lctrack._texts import BORDER, SecretFound, Texts
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

__all__ = ["Encoded", "Event", "encode"]

_BLOB, _APPEND, _LITERAL = (f'"{key}"' for key in (BLOB, APPEND, LITERAL))
_WITH_CONVERSATIONS = frozenset({"messages", "inputs", "outputs"})
_REPEATED_FROM = {"serialized": 5, "params": 1, "extra": 1}
"""Fields that say the same again and again, and how many members make looking that up worth the while: a description
of four says only what is described."""
_REPEATED = frozenset(_REPEATED_FROM)
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_DIGITS_TO_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_NINETEEN_DIGITS, _TWENTY_DIGITS, _NEGATIVE = b"0" * 19, b"0" * 20, b"-" + b"0" * 19
_KEY_OF_ANOTHER_TYPE = re.compile(r'"(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|true|false|null)":')
_NOT_BRACKET = re.compile(r"[^\[\]{}]+")
_INNERMOST = re.compile(r"\[\]|\{\}")


# The check for cycles stays on: without it a cycle ends in a RecursionError only where nobody raised the limit,
# and otherwise, up to Python 3.11, in a crash of the process.
_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_c_encoder: Any = getattr(encoder, "c_make_encoder", None)
"""The C encoder itself, as `json` calls it, because `json` offers no way to be asked about texts. Where there is none,
calling it fails, and each event is walked in Python."""
_C_OPTIONS = (None, ":", ",", False, False, False)
"""No indentation, the separators; neither sorted nor skipped keys, nor not-a-number."""


class Event(dict[str, Any]):
    """The members of an event after those that say when, what and where; of these, the JSON text.

    Args:
        kind: What the event is called.
        run_id: The run it belongs to.
        head: `ts`, `event` and the ids, as JSON without the braces. The ids differ each time, so they are not worth
            looking up, and hold no secret; those of a run are encoded once.
    """

    __slots__ = ("head", "kind", "run_id")

    def __init__(self, kind: str, run_id: str | None, head: str) -> None:
        self.kind = kind
        self.run_id = run_id
        self.head = head

    def whole(self) -> dict[str, Any]:
        """Give all members."""
        return {**json.loads(f"{{{self.head}}}"), **self}


class Encoded(NamedTuple):
    """An event as UTF-8 JSON without a line break, and the blobs that have to be written before it."""

    body: bytes
    draft: Draft


def encode(record: dict[str, Any], blobs: Blobs | None = None, privacy: Privacy = EVERYTHING) -> Encoded:
    """Encode an event.

    Args:
        record: The event, whole or as an `Event`. Its values may be any objects; they are not changed, but it may be.
        blobs: What the segment holds, for the event to refer to.
        privacy: What is not written.

    Returns:
        The event; `masked` and `lossy` are added to it where something is not written, or not exactly.
    """
    blobs = blobs or Blobs()
    try:
        for field in () if _WITH_CONVERSATIONS.isdisjoint(record) else _WITH_CONVERSATIONS & record.keys():
            record[field] = marked(record[field])
        for field in () if _REPEATED.isdisjoint(record) else _REPEATED & record.keys():
            if type(record[field]) is dict and len(record[field]) >= _REPEATED_FROM[field]:
                record[field] = Repeated(field, record[field])
    except Exception:  # noqa: BLE001, S110  # classes of the application may raise when asked what they are
        pass
    if privacy.texts is not None:
        draft = Draft(blobs, lambda fields: _message_text(fields, privacy))
        try:
            return Encoded(_quickly(record, draft, privacy.texts), draft)
        except Exception:  # noqa: BLE001, S110  # any code of the objects may have run; the careful path finds out where
            pass
    draft = Draft(blobs, lambda fields: _message_text(fields, privacy))
    lossy: list[str] = []
    masked = list(record.get("masked", ()))
    whole = record.whole() if type(record) is Event else record
    plain = careful({key: value for key, value in whole.items() if key != "masked"}, lossy, draft, privacy, masked)
    if masked:
        plain["masked"] = masked
    if lossy:
        plain["lossy"] = lossy
    return Encoded(_plain(plain).encode(), draft)


def _quickly(record: dict[str, Any], draft: Draft, texts: Texts) -> bytes:
    """Encode an event in C, or refuse."""
    token = record.get("token")
    own = record  # of an event of the recorder's, what its head does not say
    if token is not None:  # as a key of the application's, it would be the name of a secret
        own = {name: value for name, value in record.items() if name != "token"}
    hook = _Hook(draft)
    text, outline = _checked(own, texts, hook)
    if type(record) is Event:
        text = f"{{{record.head},{text[1:]}"
    if token is not None:
        token_text, token_outline = _checked(token, texts, hook)
        text, outline = f'{text[:-1]},"token":{token_text}}}', f"{outline[:-1]},{token_outline}}}"
    if _too_deep(outline) or not _refers_only(outline, draft.references):
        raise ValueError("not as JSON has it")
    return text.encode()


class _Hook:
    """What the C encoder asks about an object that is not JSON."""

    __slots__ = ("_draft",)

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __call__(self, value: Any) -> Any:
        kind = type(value)
        if kind is Conversation:
            return self._draft.conversation(value.messages)
        if kind is Repeated:
            return self._draft.repeated(value.field, value.value)
        reader = reader_of(value)
        if reader is read_message:
            return self._draft.message(value)
        return marked(reader(value))


def _checked(value: Any, texts: Texts, default: Any) -> tuple[str, str]:
    """Encode a value in C, with each text looked up, and refuse what other readers would take for something else.

    Returns:
        Its JSON text, and that without the content of long texts, which is all that has to be looked at.
    """
    numeric = texts.numeric
    text = "".join(_c_encoder({}, default, texts.__getitem__, *_C_OPTIONS)(value, 0))
    outline = text
    if BORDER in text:
        parts = text.split(BORDER)
        text, outline = "".join(parts), "".join(parts[::2])
    digits = outline.encode().translate(_DIGITS_TO_ZEROS)
    if _NINETEEN_DIGITS in digits and (_TWENTY_DIGITS in digits or _NEGATIVE in digits):
        raise OverflowError("perhaps an integer beyond 64 bits")
    if texts.numeric != numeric and _KEY_OF_ANOTHER_TYPE.search(outline):
        raise KeyError("perhaps one that is there as a text too")
    return text, outline


def _message_text(fields: dict[str, Any], privacy: Privacy) -> str:
    """Encode a message as the value of a blob, or refuse what has to be listed as lossy in the event itself."""
    if privacy.texts is not None:
        try:
            text, outline = _checked(fields, privacy.texts, structure)
        except SecretFound:
            pass
        else:
            text.encode()
            if _too_deep(outline, MAX_DEPTH - 1) or not _refers_only(outline, 0):
                raise ValueError("not as JSON has it")
            return text
    lossy: list[str] = []
    masked: list[str] = []
    plain = careful({"value": fields}, lossy, Draft(Blobs(), _refuse), privacy, masked)
    if lossy:
        raise ValueError("not exactly as JSON")
    text = _plain(plain["value"])
    return f'{text},"masked":{_plain(masked)}' if masked else text


def _refuse(_: Any) -> str:
    raise ValueError("a message within a message is no blob")


def _refers_only(text: str, references: int) -> bool:
    """Tell whether a JSON text holds so many references, and no data that looks like one."""
    if "$" not in text:
        return references == 0
    return text.count(_BLOB) == references and _APPEND not in text and _LITERAL not in text


def _too_deep(text: str, most: int = MAX_DEPTH) -> bool:
    """Tell whether the nesting of a JSON text exceeds what is allowed."""
    if text.count("{") + text.count("[") <= most:
        return False
    brackets = _NOT_BRACKET.sub("", _STRING.sub("", text))
    for _ in range(most):
        # Each pass takes away the innermost level, at the speed of the regex engine.
        brackets = _INNERMOST.sub("", brackets)
        if not brackets:
            return False
    return True
