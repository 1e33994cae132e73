"""Secrets in the texts of an application: found, and replaced by the mask, and nothing else changed.

A secret is known by its form (`_secret_shapes`), or by the name it is given (`_secret_names`) in whatever notation:
JSON within a text, escaped any number of times, a Python `repr`, `KEY=value`, a query, a header, a line of YAML.

Promises: time in proportion to the length of the text, whatever is in it.
Accepts: it is a net, not a proof. What stands without quotes is taken for a secret only where it looks neither like
code nor like prose; `docs/privacy.md` says how that is told.
"""

import re

from lctrack._secret_names import is_numeric_secret, is_secret_name
from lctrack._secret_shapes import mask_shapes, maybe_shaped
from lctrack._structure import MASK

__all__ = ["is_placeholder", "mask_text", "may_hold_secret"]

_LAST_LETTERS = (
    *("key", "pwd", "jwt", "str", "sig", "keys", "creds", "token", "asswd", "secret", "tokens", "cookie", "bearer"),
    *("string", "assword", "sswords", "sphrase", "asscode", "secrets", "cookies", "ization", "dential", "entials"),
    "gnature",
)
"""Of the names that `_ASSIGNED` finds; long enough to be rare, none longer than seven."""

_BETWEEN = r"[\"'`\s\]]"
_MOST_BETWEEN = 4


def _looking_back(sign: str) -> re.Pattern[str]:
    """Search for a sign, which is fast, and only there look back at what stands before it."""
    by_length: dict[int, list[str]] = {}
    for letters in _LAST_LETTERS:
        # Classes of letters are compared faster than letters are in any case.
        spelled = "".join(f"[{letter}{letter.upper()}]" for letter in letters)
        by_length.setdefault(len(letters), []).append(spelled)
    pattern = ""
    for count in range(_MOST_BETWEEN, -1, -1):
        between = _BETWEEN * count
        names = "|".join(f"(?<=(?:{'|'.join(same)}){between}{sign})" for same in by_length.values())
        pattern = f"(?:{names}{'|' + pattern if pattern else ''})"
        pattern = f"(?<={between}{sign}){pattern}" if count else f"{sign}{pattern}"
    return re.compile(pattern)


_NEAR_COLON, _NEAR_EQUALS = map(_looking_back, ":=")
_ASSIGNED = re.compile(
    r"""
    (?i:keys?|passwords?|passwd|pwd|passphrase|passcode|secrets?|creds|tokens?|authorization|credentials?|cookies?
      |bearer|jwt|string|str|sig|signature)
    (?P<quote>\\*["'`]?) \]? \s{0,2} (?P<sign>:=?|=>?)(?!=) \s{0,2}
    """,
    re.VERBOSE,
)
_NAME_BACKWARDS = re.compile(r"[A-Za-z0-9_.-]*(?:[ ][A-Za-z0-9_.-]+)?")
_LONGEST_NAME = 48
_QUOTE = re.compile(r"(?:[bBfFrRuU]{1,2}(?=[\"']))?(\\*)([\"'])")
_CLOSING = {quote: re.compile(rf"(?<!\\)\\*{quote}") for quote in "\"'"}
_NEXT_ITEM = re.compile(r"\s*,\s*")
_LIST = re.compile(r"\[\s*")
_WORD = re.compile(r"""[^\s"'`,;&<>()\[\]{}\\|]+""")
_SCHEME = re.compile(r"(?i:(?:bearer|basic|token|digest|apikey)[ \t]{1,4})")
_ABOUT_SCHEMES = frozenset({"auth", "authentication", "key", "scheme", "token", "tokens"})
_COOKIES = re.compile(r"""[^\n\r"'`\\]+""")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z")
_SYMBOL = re.compile(r"[0-9!@#$%^*+=~]")
_SHORTEST_WORD = 6
_SHORTEST_SIGNATURE = 16
_LOGPROB_WITHIN = 80
_LOOK_AT = 512
"""How much of a value without quotes is looked at, in characters: what is not masked will be looked at again."""

_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_BRACKETED = re.compile(r"(?:<[^<>]*>|\$?\{[^{}]*\}|\{\{[^{}]*\}\}|\[[^\[\]]*\]|\$\w+|%\w+%|%\(\w+\)s|%s)\Z")
_CONSTANTS = frozenset({"", "none", "null", "true", "false", "undefined", "redacted", "secretstr"})


def may_hold_secret(text: str) -> bool:
    """Tell quickly whether a text may hold a secret: never False for a text that `mask_text` changes."""
    return maybe_shaped(text) or ((":" in text or "=" in text) and _near(text))


def _near(text: str) -> bool:
    """Tell whether something stands before a colon or an equals sign that may be the name of a secret."""
    bare = text.replace("\\", "") if "\\" in text else text
    return bool((":" in text and _NEAR_COLON.search(bare)) or ("=" in text and _NEAR_EQUALS.search(bare)))


def is_placeholder(value: str) -> bool:
    """Tell whether what stands in the place of a secret is none: nothing, a mask, a variable or its name."""
    value = value.strip()
    return (
        value.lower() in _CONSTANTS
        or not value.strip("*.…xX-_•")
        or _BRACKETED.match(value) is not None
        or (_VARIABLE.match(value) is not None and is_secret_name(value))
    )


def mask_text(text: str) -> str:
    """Put the mask in place of each secret in a text.

    Args:
        text: Any text.

    Returns:
        The same text but for the secrets.
    """
    if maybe_shaped(text):
        text = mask_shapes(text)
    return _mask_named(text) if _near(text) else text


def _mask_named(text: str) -> str:
    parts: list[str] = []
    done = 0
    found = _ASSIGNED.search(text)
    while found:
        end = found.end()
        for start, stop, substitute in _secrets_at(text, found):
            parts += (text[done:start], substitute)
            done = end = stop
        found = _ASSIGNED.search(text, end)
    return "".join([*parts, text[done:]])


def _secrets_at(text: str, found: re.Match[str]) -> list[tuple[int, int, str]]:
    """Give the places that are to be replaced, and by what, in the value that is assigned to a name."""
    name = _name_before(text, found.start("quote"))
    place = found.end()
    if is_secret_name(name):
        quoted = _QUOTE.match(text, place)
        if quoted:
            return _in_quotes(text, quoted, name)
        listed = _LIST.match(text, place)
        return _in_list(text, listed.end()) if listed else _unquoted(text, place, name, found)
    signed = found["sign"] == "=" and name.lower().endswith(("sig", "signature"))
    word = _WORD.match(text, place, place + _LOOK_AT) if signed else None
    if word and len(word[0]) >= _SHORTEST_SIGNATURE and _SYMBOL.search(word[0]):
        return [(place, _end_of(_WORD, text, place), MASK)]
    return []


def _name_before(text: str, end: int) -> str:
    backwards = text[max(0, end - _LONGEST_NAME) : end][::-1]
    name = _NAME_BACKWARDS.match(backwards)
    return name[0][::-1] if name else ""


def _end_of_string(text: str, start: int, depth: int, quote: str) -> int:
    """Give where a string ends whose quotes have so many backslashes before them; unclosed, it ends with the text."""
    for closing in _CLOSING[quote].finditer(text, start):
        slashes = len(closing[0]) - 1
        # One more level of escaping makes of n backslashes before a quote 2n + 1, and of each other one two.
        if slashes < depth:
            return closing.start()
        if slashes % (2 * (depth + 1)) == depth:
            return closing.end() - depth - 1
    return len(text)


def _in_quotes(text: str, quoted: re.Match[str], name: str) -> list[tuple[int, int, str]]:
    start = quoted.end()
    end = _end_of_string(text, start, len(quoted[1]), quoted[2])
    if is_placeholder(text[start:end]):
        return []
    if name.lower() == "token" and "logprob" in text[end : end + _LOGPROB_WITHIN]:
        return []  # a piece of a model's answer, with its probability
    scheme = _SCHEME.match(text, start)
    if scheme and scheme.end() < end:
        start = scheme.end()
        if is_placeholder(text[start:end]):
            return []
    return [(start, end, MASK)]


def _in_list(text: str, place: int) -> list[tuple[int, int, str]]:
    found = []
    while quoted := _QUOTE.match(text, place):
        end = _end_of_string(text, quoted.end(), len(quoted[1]), quoted[2])
        if not is_placeholder(text[quoted.end() : end]):
            found.append((quoted.end(), end, MASK))
        following = _NEXT_ITEM.match(text, end + len(quoted[1]) + 1)
        if following is None:
            break
        place = following.end()
    return found


def _unquoted(text: str, place: int, name: str, found: re.Match[str]) -> list[tuple[int, int, str]]:
    if name.lower().endswith("cookie") and found["sign"] == ":":
        line = _COOKIES.match(text, place, place + _LOOK_AT)
        told = line and "=" in line[0] and not is_placeholder(line[0])
        return [(place, _end_of(_COOKIES, text, place), MASK)] if told else []
    scheme = _SCHEME.match(text, place)
    place = scheme.end() if scheme else place
    word = _WORD.match(text, place, place + _LOOK_AT)
    if word is None or is_placeholder(word[0]) or text[word.end() : word.end() + 1] in ("(", "[", "{"):
        return []
    value = word[0].rstrip(".:")
    if _NUMBER.match(value):
        quote = found["quote"]
        return [(place, place + len(value), f"{quote}{MASK}{quote}")] if is_numeric_secret(name) else []
    told = scheme and name.lower().endswith("authorization") and value.lower() not in _ABOUT_SCHEMES
    if told or (_SYMBOL.search(value) and len(value) >= _SHORTEST_WORD) or (value and _set_plainly(text, name, found)):
        return [(place, place + len(value) if len(word[0]) < _LOOK_AT else _end_of(_WORD, text, place), MASK)]
    return []


def _end_of(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place


def _set_plainly(text: str, name: str, found: re.Match[str]) -> bool:
    """Tell whether a value is assigned as in queries, environments and command lines: any word is one there."""
    spaced = text[found.start("sign") - 1].isspace() or text[found.end() - 1].isspace()
    if found["sign"] != "=" or found["quote"] or spaced:
        return False
    start = found.start("quote") - len(name)
    return name.isupper() or name.startswith("--") or start == 0 or text[start - 1] in "?&;\n"
