"""What is drawn is what displaCy draws, and nothing of a text or a model in it is markup."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack_analysis.pictures.annotate import LONGEST, Annotation, Annotator, Task
from lctrack_analysis.pictures.markup import clean, draw_dependencies, draw_entities
from lctrack_analysis.pictures.model import find_model
from lctrack_analysis.pictures.page import DEPENDENCIES, ENTITIES, page
from tests.pictures.sentences import TEXT, train

HOSTILE = (
    "</text></svg><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' style='background:url(http://x.example/)",
    "javascript:alert(1)",
    "{label} {0} %s \\g<0>",
    "]]>&amp;&#60;",
    "\x00\x1b]0;x\x07",
    "\ufdd00\ufdd1",
    "\u202eright to left\u202c",
    "--><!--",
)
TAGS = {"html", "head", "meta", "title", "style", "body", "figure", "footer"}
DRAWN = {"svg", "text", "tspan", "g", "path", "textpath", "div", "mark", "span", "br", "a", "h2"}


class Page(HTMLParser):
    """Keeps tags with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.others: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


@pytest.fixture(scope="module")
def vocab() -> Any:
    """Give the vocabulary of English without a model."""
    import spacy

    return spacy.blank("en").vocab


def squeezed(markup: str) -> str:
    markup = re.sub(r"[0-9a-f]{32}-0|sentence-\d+", "ID", markup)
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", markup).strip()


def unframed(markup: str) -> list[str]:
    return [squeezed(figure) for figure in re.findall("<figure>(.*?)</figure>", markup, flags=re.DOTALL)]


def check(markup: str) -> Page:
    """Check that a picture holds nothing but displaCy's own elements, which can do nothing."""
    found = Page(markup)
    assert found.others in ([], ["DOCTYPE html"])
    for tag, attributes in found.elements:
        assert tag in TAGS | DRAWN
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "action", "srcdoc")}
        for link in (attributes.get("href"), attributes.get("xlink:href")):
            assert link is None or re.fullmatch(r"#(arrow-sentence-\d+-\d+)?", link)
        assert "url" not in (attributes.get("style") or "")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ud800-\udfff]", markup)
    return found


def test_dependencies_are_drawn_as_displacy_draws_each_sentence(nlp: Any) -> None:
    from spacy import displacy

    doc = nlp(TEXT)
    expected = [squeezed(displacy.render(sentence, style="dep", jupyter=False)) for sentence in doc.sents]
    assert len(expected) == 2
    assert unframed(draw_dependencies(doc)) == expected


def test_entities_are_drawn_as_displacy_draws_them(nlp: Any) -> None:
    from spacy import displacy

    doc = nlp(f'{TEXT}\n\n1 < 2 & 3 > 2, "said" Paris')
    assert unframed(draw_entities(doc)) == [squeezed(displacy.render(doc, style="ent", jupyter=False))]


def test_a_text_without_entities_is_drawn_as_it_is(vocab: Any) -> None:
    from spacy.tokens import Doc

    assert Page(draw_entities(Doc(vocab, words=["Nothing", "here"]))).text.strip() == "Nothing here"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_markup_wherever_it_stands(text: str, vocab: Any) -> None:
    from spacy.tokens import Doc, Span

    doc = Doc(vocab, words=["a", text, "b"], heads=[1, 1, 1], deps=[text, "ROOT", text], tags=[text] * 3)
    doc.ents = [Span(doc, 1, 2, label=text, kb_id=text)]
    doc.user_data["title"] = text
    shown = clean(text)
    labels_and_word = 2 + (len(text) <= 24)
    for markup, times in ((draw_dependencies(doc), labels_and_word), (draw_entities(doc), 4)):
        assert check(page(ENTITIES, markup, text, "mark", from_right=False)).text.count(shown) == times + 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_the_words_and_labels_are_the_elements_are_the_same(data: st.DataObject, vocab: Any) -> None:
    from spacy.tokens import Doc, Span

    some = st.text(
        st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'/\x00\ufdd0\ufdd1{}\\0"), min_size=1
    )

    def drawn(words: list[str], label: str, link: str) -> list[list[Any]]:
        doc = Doc(vocab, words=words, heads=[1, 1, 1, 2], deps=[label, "ROOT", label, label], spaces=[True] * 4)
        doc.ents = [Span(doc, 1, 3, label=label, kb_id=link)]
        pages = [check(draw(doc)) for draw in (draw_dependencies, draw_entities)]
        return [[(tag, sorted(attributes)) for tag, attributes in one.elements if tag != "br"] for one in pages]

    # displaCy puts marks to the word before them, so each word begins with a letter.
    words = [f"a{word}" for word in data.draw(st.lists(some, min_size=4, max_size=4))]
    assert drawn(words, data.draw(some), data.draw(some)) == drawn(["a", "b", "c", "d"], "label", "link")


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(
        st.characters(
            exclude_categories=["Cs", "Cc", "Cn", "Co"],
            exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
        )
        | st.just("\n")
    )
)
def test_any_text_is_to_be_read_in_the_picture_of_its_entities(text: str, vocab: Any) -> None:
    from spacy.tokens import Doc

    doc = Doc(vocab, words=[text]) if text else Doc(vocab, words=[])
    assert text.strip() == Page(draw_entities(doc)).text.strip()


@pytest.mark.parametrize("kind", [DEPENDENCIES, ENTITIES])
def test_a_page_forbids_itself_everything_and_says_so_before_anything_else(kind: str) -> None:
    elements = Page(page(kind, "", "", "mark", from_right=False)).elements
    metas = [attributes for tag, attributes in elements if tag == "meta"]
    assert metas[0] == {"charset": "utf-8"}
    assert metas[1]["http-equiv"] == "Content-Security-Policy"
    policy = (metas[1]["content"] or "").split("; ")
    assert policy == ["default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"]
    assert [tag for tag, _ in elements][:5] == ["html", "head", "meta", "meta", "meta"]


def test_colours_are_displacys_own(vocab: Any) -> None:
    from spacy.tokens import Doc, Span

    doc = Doc(vocab, words=["Ada", "x"])
    doc.ents = [Span(doc, 0, 1, label="PERSON"), Span(doc, 1, 2, label="<b>")]
    marks = [attributes["style"] or "" for tag, attributes in Page(draw_entities(doc)).elements if tag == "mark"]
    assert [style.partition(";")[0] for style in marks] == ["background: #aa9cfc", "background: #ddd"]


def test_a_language_from_the_right_is_drawn_from_the_right() -> None:
    import spacy
    from spacy.tokens import Doc, Span

    doc = Doc(spacy.blank("he").vocab, words=["שלום", "עולם"], heads=[1, 1], deps=["x", "ROOT"])
    doc.ents = [Span(doc, 0, 1, label="X")]
    svg = next(attributes for tag, attributes in Page(draw_dependencies(doc)).elements if tag == "svg")
    assert (svg["direction"], svg["xml:lang"]) == ("rtl", "he")
    assert 'class="entities" style="line-height: 2.5; direction: rtl"' in draw_entities(doc)
    assert "margin-right: 0.5rem" in draw_entities(doc)


def test_a_word_without_end_is_shortened(vocab: Any) -> None:
    from spacy.tokens import Doc

    doc = Doc(vocab, words=["x" * 5_000, "y"], heads=[1, 1], deps=["a", "ROOT"])
    assert f">{'x' * 23}…<" in draw_dependencies(doc)


def test_a_text_without_end_is_drawn_in_part_and_says_so(model: Path) -> None:
    annotator = Annotator(find_model(model), "mark")
    [seen] = annotator.annotate([Task("Paris is a city in France. " * 40_000, drawn=True)])
    assert isinstance(seen, Annotation)
    assert sorted(seen.pages) == [DEPENDENCIES, ENTITIES]
    for html in seen.pages.values():
        assert f"Only the first {LONGEST:,} of 1,080,000 characters are shown." in html
        assert len(html) < 10_000_000


@pytest.mark.parametrize(("parts", "pages"), [(("parser",), [DEPENDENCIES]), (("ner",), [ENTITIES]), ((), [])])
def test_what_can_be_drawn_is_drawn(parts: tuple[str, ...], pages: list[str], tmp_path: Path) -> None:
    [seen] = Annotator(find_model(train(tmp_path / "m", *parts)), "mark").annotate([Task(TEXT, drawn=True)])
    assert isinstance(seen, Annotation)
    assert sorted(seen.pages) == pages
