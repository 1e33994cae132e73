"""textstat itself measures where our engine was not verified, and never reaches for the network."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lctrack_analysis.complexity import METRICS, Meter, dictionary, meter, reference
from lctrack_analysis.complexity.languages import language
from lctrack_analysis.complexity.reference import Reference
from tests.complexity.oracle import NAMES, values

TEXTS = ["The cat sat on the mat. It was happy there.", "", "Don't! Ridiculous circumlocution."]


def test_an_unverified_release_of_textstat_measures_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "VERIFIED", ())
    monkeypatch.setattr(meter, "Engine", None)
    with Meter("es_ES") as one:
        assert [list(row) for row in one.measure(TEXTS).select(NAMES).rows()] == values(TEXTS, "es_ES")


def test_the_reference_counts_what_the_engine_counts() -> None:
    ours = Meter().measure(TEXTS)
    theirs = Reference(language("en_US")).measure(TEXTS)
    told = [name for name in theirs.columns if theirs[name].null_count() == 0]
    assert len(told) == len(theirs.columns) - 3  # textstat does not tell of its sample of a hundred words
    assert ours.select(told).equals(theirs.select(told))


def test_where_textstat_raises_the_value_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    import textstat

    def fail(_: object, text: str) -> float:
        raise ZeroDivisionError(text)

    monkeypatch.setattr(type(textstat.textstat), "smog_index", fail)
    found = Reference(language("en_US")).measure(TEXTS)
    assert [name for name in NAMES if found[name].null_count()] == ["smog_index"]


def test_the_language_of_others_is_left_alone() -> None:
    import textstat

    before = textstat.textstat.flesch_reading_ease(TEXTS[0])
    Reference(language("de_DE")).measure(TEXTS)
    assert textstat.textstat.flesch_reading_ease(TEXTS[0]) == before


def test_textstat_reads_the_same_dictionary_as_we_do() -> None:
    reference.offer_dictionary()
    import nltk

    pronunciations = nltk.corpus.cmudict.dict()
    expected = {word: sum(phone[-1].isdigit() for phone in first) for word, (first, *_) in pronunciations.items()}
    assert dict(dictionary.pronounced().iter_rows()) == expected


def test_the_dictionary_is_small_and_has_its_licence_beside_it() -> None:
    assert dictionary.ARCHIVE.stat().st_size < 2_000_000
    licence = (dictionary.DATA / "LICENSE.cmudict").read_text(encoding="utf-8")
    assert "Carnegie Mellon University. All rights reserved" in licence
    assert "Redistribution and use in source and binary forms" in licence


ALONE = """
import sys

def forbid(event, arguments):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.")):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(forbid)
sys.path[:0] = PATHS
"""


def alone(program: str, home: Path) -> str:
    """Run a program with an empty home, where nothing may use the network."""
    paths = [path for path in sys.path if path and "tests" not in Path(path).parts]
    environment = {name: os.environ[name] for name in ("PATH",)} | {"HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", ALONE.replace("PATHS", repr(paths)) + program],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.iterdir()) == []
    return done.stdout


@pytest.mark.parametrize("verified", ["reference.VERIFIED", "()"])
def test_without_network_and_home_all_metrics_come_out(verified: str, tmp_path: Path) -> None:
    program = f"""
from lctrack_analysis.complexity import Meter, meter, reference
meter.VERIFIED = {verified}
print(Meter().measure(["Anaesthetists bewilder the cat, zxqvb it was said."]).row(0)[:16])
"""
    [row] = values(["Anaesthetists bewilder the cat, zxqvb it was said."], "en_US")
    assert alone(program, tmp_path).strip() == str(tuple(row))
    assert len(row) == len(METRICS)
    assert None not in row


def test_an_installation_that_a_group_may_write_to_is_no_obstacle(tmp_path: Path) -> None:
    program = f"""
import shutil
from pathlib import Path
from lctrack_analysis.complexity import dictionary, reference
copy = Path({str(tmp_path)!r}) / "shared"
shutil.copytree(dictionary.DATA, copy)
copy.chmod(0o777)
reference.DATA, reference.ARCHIVE = copy, copy / "corpora" / "cmudict.zip"
reference.offer_dictionary()
import textstat
print(textstat.textstat.syllable_count("hmm anaesthetist"))
shutil.rmtree(copy)
"""
    assert stat.S_ISDIR(tmp_path.stat().st_mode)
    assert alone(program, tmp_path).strip() == str(values_of_syllables("hmm anaesthetist"))


def values_of_syllables(text: str) -> int:
    return int(Meter().measure([text])["syllables"][0])
