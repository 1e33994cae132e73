"""Text from logs and users: whether it is sound, and made harmless for a terminal, which might obey what is in it."""

import re

__all__ = ["is_unicode", "visible", "without_links"]

# C0 and C1 controls but tab and line feed, and the marks that reorder or hide text.
_HOSTILE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_ASIDE = re.compile(r"; \[what is different\]\([^)]*\)|`")
"""A link of the pages that describe the tables, and what leads nowhere without it."""


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


def without_links(markdown: str) -> str:
    """Write a sentence of the documentation where nothing can be followed: the words of links, asides left out."""
    return _LINK.sub(r"\1", _ASIDE.sub("", markdown))
