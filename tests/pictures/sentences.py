"""A few parsed sentences, and the pipeline that learns them: a real one, small enough to be trained for the tests.

In the manner of the CoNLL formats: one word a line with part of speech, head (from 1, 0 for the root), dependency and
entity; a blank line between sentences.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

SENTENCES = """
Ada PROPN 2 compound B-PERSON
Lovelace PROPN 3 nsubj I-PERSON
wrote VERB 0 ROOT O
the DET 6 det O
first ADJ 6 amod O
program NOUN 3 dobj O
in ADP 3 prep O
London PROPN 7 pobj B-GPE
. PUNCT 3 punct O

Paris PROPN 2 nsubj B-GPE
is AUX 0 ROOT O
a DET 4 det O
city NOUN 2 attr O
in ADP 4 prep O
France PROPN 5 pobj B-GPE
. PUNCT 2 punct O

She PRON 2 nsubj O
met VERB 0 ROOT O
Charles PROPN 4 compound B-PERSON
Babbage PROPN 2 dobj I-PERSON
, PUNCT 4 punct O
and CCONJ 2 cc O
he PRON 8 nsubj O
smiled VERB 2 conj O
. PUNCT 2 punct O

The DET 2 det O
machine NOUN 3 nsubj O
counts VERB 0 ROOT O
slowly ADV 3 advmod O
. PUNCT 3 punct O

It PRON 2 nsubj O
has VERB 0 ROOT O
two NUM 4 nummod O
wheels NOUN 2 dobj O
. PUNCT 2 punct O

Berlin PROPN 2 nsubj B-GPE
sleeps VERB 0 ROOT O
! PUNCT 2 punct O
"""

TEXT = "Ada Lovelace wrote the first program in London. Paris is a city in France."
"""What a pipeline that learnt them reads as it should: two sentences, three places and a person."""


def train(folder: Path, *parts: str, name: str = "tiny", version: str = "1.2.3", lang: str = "en") -> Path:
    """Train a pipeline and save it.

    Args:
        folder: Where.
        parts: Of `morphologizer`, `parser` and `ner`.
        name: Name of the model.
        version: Its version.
        lang: Its language.

    Returns:
        The folder.
    """
    import spacy
    from spacy.tokens import Doc
    from spacy.training import Example
    from thinc.util import fix_random_seed

    fix_random_seed(1)
    nlp: Any = spacy.blank(lang)
    for part in parts:
        nlp.add_pipe(part, config={"min_action_freq": 1} if part == "parser" else {})
    examples = []
    sentences = SENTENCES.strip().split("\n\n")
    # Also in pairs, so that it learns where one ends.
    for lines in ("\n\n".join(pair).split("\n") for pair in pairwise([*sentences, sentences[0]])):
        words, pos, heads, deps, ents = zip(*_words(lines), strict=True)
        doc = Doc(nlp.vocab, words=list(words), pos=list(pos), heads=list(heads), deps=list(deps), ents=list(ents))
        examples.append(Example(Doc(nlp.vocab, words=list(words)), doc))
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(30 if parts else 0):
        nlp.update(examples, sgd=optimizer)
    nlp.meta |= {"name": name, "version": version}
    nlp.to_disk(folder)
    return folder


def _words(lines: Iterable[str]) -> Iterator[tuple[str, str, int, str, str]]:
    """Give words with their heads, which are counted from the first word on, roots their own."""
    first = place = 0
    for line in lines:
        if not line:
            first = place
            continue
        word, pos, head, dep, ent = line.split()
        yield word, pos, first + int(head) - 1 if head != "0" else place, dep, ent
        place += 1
