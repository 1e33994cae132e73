"""Data as text that a page can hold, whatever is in it.

Everything in it may come from a model. Each text is JSON that only `JSON.parse` reads (so that a key `__proto__` is
a key), and has no character that could end a script or a line of one. Half a surrogate pair becomes `?`: no file in
UTF-8 can hold it.
"""

from typing import Any

import orjson

__all__ = ["as_json", "inline_json", "parsed", "script"]

_LINE, _PARAGRAPH = "\u2028".encode(), "\u2029".encode()


def as_json(value: Any) -> bytes:
    """Write a value as JSON; what JSON lacks becomes text."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # half a surrogate pair, or a number beyond 64 bits
        return orjson.dumps(_plain(value), default=str)


def parsed(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Read the JSON in a row, in place; what is none stays text.

    Args:
        row: What a table has.
        names: Its columns of JSON.

    Returns:
        The row.
    """
    for name in names:
        if isinstance(row.get(name), str):
            try:
                row[name] = orjson.loads(row[name])
            except orjson.JSONDecodeError:
                continue
    return row


def inline_json(json: bytes) -> bytes:
    """Make JSON safe within `<script type="application/json">`; it stays the same JSON."""
    for character in b"<>&":
        json = json.replace(bytes([character]), b"\\u%04x" % character)
    return json.replace(_LINE, b"\\u2028").replace(_PARAGRAPH, b"\\u2029")


def script(name: str, json: bytes) -> bytes:
    """Write a script that hands a piece of data to the page, for there is no other way to read files from a file.

    Args:
        name: Name of the piece, one of our own.
        json: The data.

    Returns:
        JavaScript.
    """
    literal = inline_json(json).replace(b"\\", b"\\\\").replace(b"'", b"\\'")
    return b"lctrack.receive('%s', '%s');\n" % (name.encode(), literal)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value)
    return value
