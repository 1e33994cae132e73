"""What displaCy draws of a text, with nothing of the text or the model in it as markup.

displaCy escapes texts, but not labels, tags, titles and links. So whatever comes from a model goes through it as a
number between two characters that no text has, and is put in escaped in the end: that holds for any release. Control
characters, and those that turn the direction of writing, are shown as what they are not.

A sentence has a picture of its own: displaCy would write a text of a hundred words into one line, five metres long.
"""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["clean", "draw_dependencies", "draw_entities", "is_from_right"]

_BEGIN, _END = "\ufdd0", "\ufdd1"  # noncharacters: Unicode keeps them for such use, and HTML forbids them
_PUT = re.compile(f"{_BEGIN}([0-9]+){_END}")
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LONGEST_WORD = 24


def clean(text: str) -> str:
    """Replace what must not reach a page, one character by one."""
    return _HOSTILE.sub("\ufffd", text.replace("\r", " "))


def is_from_right(doc: Any) -> bool:
    """Tell whether the model's language is written from right to left."""
    return bool(doc.vocab.writing_system.get("direction") == "rtl")


def draw_dependencies(doc: Any) -> str:
    """Draw who depends on whom.

    Args:
        doc: spaCy's document, parsed.

    Returns:
        A figure for each sentence.
    """
    from spacy.displacy import parse_deps  # noqa: PLC0415  # an extra
    from spacy.displacy.render import DependencyRenderer  # noqa: PLC0415  # likewise

    parts = _Parts()
    parsed = parse_deps(doc)
    words = [{"text": parts.put(_short(word["text"])), "tag": parts.put(word["tag"])} for word in parsed["words"]]
    arcs = [{**arc, "label": parts.put(arc["label"])} for arc in parsed["arcs"]]
    figures = []
    for number, (first, stop) in enumerate(_sentences(len(words), arcs)):
        renderer = DependencyRenderer()
        renderer.direction = "rtl" if is_from_right(doc) else "ltr"
        renderer.lang = parts.put(doc.lang_)
        inside = [
            {**arc, "start": arc["start"] - first, "end": arc["end"] - first}
            for arc in arcs
            if first <= arc["start"] < stop
        ]
        figures.append(f"<figure>{renderer.render_svg(f'sentence-{number}', words[first:stop], inside)}</figure>\n")
    return parts.fill("".join(figures))


def draw_entities(doc: Any) -> str:
    """Mark the named entities.

    Args:
        doc: spaCy's document, its entities recognised.

    Returns:
        A figure.
    """
    from spacy.displacy.render import EntityRenderer  # noqa: PLC0415  # likewise
    from spacy.displacy.templates import TPL_ENT, TPL_ENT_RTL  # noqa: PLC0415  # likewise

    parts = _Parts()
    colours = EntityRenderer().colors
    known = {parts.put(ent.label_): colours[ent.label_.upper()] for ent in doc.ents if ent.label_.upper() in colours}
    spans = [
        {
            "start": ent.start_char,
            "end": ent.end_char,
            "label": parts.put(ent.label_),
            "kb_id": parts.put(ent.kb_id_) if ent.kb_id_ else "",
            "kb_url": "#",
        }
        for ent in doc.ents
    ]
    from_right = is_from_right(doc)
    # It would take the template for the direction before it knows that.
    renderer = EntityRenderer({"colors": known, "template": TPL_ENT_RTL if from_right else TPL_ENT})
    renderer.direction = "rtl" if from_right else "ltr"
    title = doc.user_data.get("title")
    text = clean(doc.text)
    return parts.fill(
        f"<figure>{renderer.render_ents(text, spans, parts.put(str(title)) if title else None)}</figure>\n"
    )


class _Parts:
    """Texts of a picture, each under a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def put(self, text: str) -> str:
        """Give what stands for a text until the end."""
        return f"{_BEGIN}{self._numbers.setdefault(text, len(self._numbers))}{_END}"

    def fill(self, markup: str) -> str:
        """Put the texts in, escaped."""
        texts = [html.escape(clean(text)) for text in self._numbers]
        return _PUT.sub(lambda match: texts[int(match[1])], markup)


def _sentences(words: int, arcs: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Cut where no arc passes over; give the first word of each part, and the word behind its last."""
    reach = list(range(words))
    for arc in arcs:
        reach[arc["start"]] = max(reach[arc["start"]], arc["end"])
    first = furthest = 0
    for place, end in enumerate(reach):
        furthest = max(furthest, end)
        if furthest == place:
            yield first, place + 1
            first = place + 1


def _short(word: str) -> str:
    return word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD - 1]}…"
