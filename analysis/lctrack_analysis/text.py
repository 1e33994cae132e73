"""Text from logs and users: whether it is sound, and made harmless for a terminal, which might obey what is in it."""

import re

__all__ = ["is_unicode", "visible"]

# C0 and C1 controls but tab and line feed, and the marks that reorder or hide text.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Show control characters and direction marks as escapes, so that no terminal acts on them."""
    return _HOSTILE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def is_unicode(text: str) -> bool:
    """Tell whether a text can be written down: one with half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
