"""Texts to measure: assembled from words, taken from the documents, and made to be awkward."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from lctrack_analysis.complexity.dictionary import pronounced

WORDS = {
    "de_DE": "der die Straße Größe über Mädchen Verantwortung Donaudampfschifffahrt ist war hätte schön Käse Öl ÄRGER"
    " Fußball Geschwindigkeitsbegrenzung und nicht Computer E-Mail naß ẞ ob's geht's",
    "es": "el niño corazón rápidamente murciélago pingüino año está ¿qué ¡hola mañana ferrocarril construcción de la"
    " casa perro comer vivir antigüedad electrodoméstico y o sí según",
    "fr": "l'école aujourd'hui garçon où être élève œuvre cœur français déjà naïve c'est n'est-ce pas développement"
    " anticonstitutionnellement le la les des qu'il jusqu'à Noël",
    "it": "perché città l'amore dell'università più però velocemente gli sciogliere precipitevolissimevolmente è caffè"
    " un'amica qual è dov'è ragazzo acqua aiuola",
    "nl": "het een zeeën ijs IJsland coöperatie 's-Hertogenbosch verantwoordelijkheid geïnteresseerd zo'n auto's niet"
    " schaatsen gracht uitgeverij",
    "pl": "żółć źdźbło łódź szczęście chrząszcz w Szczebrzeszynie brzmi konstantynopolitańczykowianeczka i nie jest"
    " samochód książka człowiek",
    "ru": "привет мир человек ответственность ёлка объём съезд и не в достопримечательность Москва язык подъезд ЩИ",
    "hu": "megszentségteleníthetetlenségeskedéseitekért asszonnyal hosszú űr ő és nem ház könyv szöveg ezzel"
    " visszajön lánnyal",
    "pt_BR": "coração não ação pão avô avó português rapidamente inconstitucionalissimamente e o a de água você",
    "el": "ο λόγος ΟΔΥΣΣΕΥΣ ΛΟΓΟΣ ὕβρις άνθρωπος είναι και δεν σπίτι Σίσυφος ΑΣ",
    "en_GB": "colour honour don't can't we're they've it's o'clock 'tis rock 'n' roll U.S.A. e.g. i.e. 3.14 Mr. the of",
}
"""Words of languages other than American English."""

AWKWARD = [
    *"'’`\"-_.,;:!?…()[]{}<>|\\/@#$%^&*~",
    *" \t\n\r\v\f\x00\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u3000\u200b\u200d\ufeff",
    *"aAtTsSdDreREveVEllLLtdsİıßẞŉǅﬁΣςσK\u0307\u0301\u0327١۲५²½Ⅷ①漢字かなカナ한글ไทยहिन्दी",
    *"اىؤئءذظوانبتلم\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0653\u0657",
    *[
        "😀",
        "👩‍👩‍👧",
        "🇩🇪",
        "word",
        "the",
        "international",
        "don't",
        "hmm",
        "'t",
        "'T",
        "v'e",
        "l'l",
        "x'd",
        "a.b",
        "...",
        "?!",
        "هؤلاء",
    ],
    *["\ud7ff", "\ue000", "\uffff", "\U0001f3fb", "\U000e0001", "\U0010ffff", "<b>", "';--", "\x1b[31m"],
]
"""Pieces that cutting texts into words may fall over."""


def assembled(count: int, seed: int = 1) -> list[str]:
    """Assemble texts from the pronouncing dictionary, from one word to a few hundred."""
    source = random.Random(seed)  # noqa: S311  # texts, not secrets
    words = pronounced()["word"].to_list()
    return [
        _text(source, words, source.choice((1, 2, 4, 8, 12, 20, 30, source.choice((40, 110))))) for _ in range(count)
    ]


def in_language(lang: str, count: int, seed: int = 2) -> list[str]:
    """Assemble texts from the words of a language."""
    source = random.Random(f"{lang} {seed}")  # noqa: S311  # texts, not secrets
    words = WORDS[lang].split()
    return [_text(source, words, source.choice((1, 4, 8, 12, 20, source.choice((30, 110))))) for _ in range(count)]


def awkward(count: int, seed: int = 3) -> list[str]:
    """Put awkward pieces together in every order."""
    source = random.Random(seed)  # noqa: S311  # texts, not secrets
    return ["".join(source.choices([*AWKWARD, " ", " ", " "], k=source.randint(0, 40))) for _ in range(count)]


def documents(root: Path) -> Iterator[str]:
    """Give the pages of the documentation: whole, by paragraph, and by line."""
    for page in sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("sample_logs/**/*.py")]):
        text = page.read_text(encoding="utf-8")
        yield text
        yield from re.split(r"\n\s*\n", text)
        yield from text.splitlines()


def _text(source: random.Random, words: list[str], length: int) -> str:
    parts = []
    while length > 0:
        sentence = source.choices(words, k=min(length, source.randint(1, 25)))
        length -= len(sentence)
        sentence[0] = sentence[0].capitalize()
        place = source.randrange(len(sentence))
        sentence[place] = source.choice(
            ("{}", "{},", "({})", '"{}"', "{}-{}", "{};", "'{}'", "- {}", "{}'s", "{}.{}")
        ).replace("{}", sentence[place])
        parts.append(" ".join(sentence) + source.choice((".", ".", ".", "!", "?", "...", "?!", ":", "\n", "")))
    return source.choice((" ", " ", "\n", "  ", "\n\n", "\t")).join(parts)
