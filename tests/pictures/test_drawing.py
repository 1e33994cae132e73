"""Pictures are drawn once for each distinct text, linked from the tables, and not drawn again."""

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import AnalysisError, Logs, UsageError, load
from lctrack_analysis.pictures import fill, gallery, page, report
from lctrack_analysis.pictures.annotate import LONGEST, Annotator, Task
from lctrack_analysis.pictures.gallery import Drawn
from tests.pictures.conftest import LoadTexts, WriteTexts
from tests.pictures.sentences import TEXT, train

TEXTS = (TEXT, "Berlin sleeps!", TEXT, "", " \n", "The machine counts slowly.")
DISTINCT = (TEXT, "Berlin sleeps!", "The machine counts slowly.")


def files(*texts: str) -> list[str]:
    """Give the names that LangChain's callback for MLflow gives the pictures of some texts."""
    digests = [hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
    return sorted(f"{kind}-{digest}.html" for kind in ("dep", "ent") for digest in digests)


def in_directory(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def annotated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Lists the texts that a model is given."""
    seen: list[str] = []
    original = Annotator.annotate

    def annotate(self: Annotator, tasks: Sequence[Task]) -> Any:
        seen.extend(task.text for task in tasks)
        return original(self, tasks)

    monkeypatch.setattr(Annotator, "annotate", annotate)
    return seen


def drawn(logs: Logs) -> tuple[int, int, int]:
    found = logs.draw()
    return found.drawn, found.kept, found.left_out


def test_each_distinct_text_is_drawn_once_under_the_trackers_names(
    model: Path, load_texts: LoadTexts, tmp_path: Path, annotated: list[str]
) -> None:
    logs = load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "pictures")
    assert drawn(logs) == (3, 0, 0)
    assert in_directory(tmp_path / "pictures") == files(*DISTINCT)
    assert annotated == list(dict.fromkeys(TEXTS))


def test_the_tables_name_the_files(model: Path, load_texts: LoadTexts) -> None:
    logs = load_texts(*TEXTS, spacy_model=model, visualize=True)
    expected = [tuple(files(text)) if text.strip() else (None, None) for text in TEXTS]
    for table in (logs.generations, logs.session_analysis):
        assert table.select("dependency_tree", "entities").rows() == expected
    assert logs.pictures is not None
    assert in_directory(logs.pictures) == files(*DISTINCT)


def test_pictures_beside_the_logs_are_linked_without_being_asked_for(
    model: Path, load_texts: LoadTexts, tmp_path: Path
) -> None:
    load_texts(TEXT, spacy_model=model, visualize=True).draw()
    logs = load_texts(TEXT, "Another.")
    assert logs.session_analysis["entities"].to_list() == [files(TEXT)[1], None]
    assert logs.pictures == tmp_path / "logs" / ".lctrack" / "pictures"
    assert set(logs.generations["spacy_tokens"]) == {None}


def test_a_second_run_looks_only_at_what_is_new(model: Path, load_texts: LoadTexts, annotated: list[str]) -> None:
    first = load_texts(*TEXTS, spacy_model=model, visualize=True).generations
    annotated.clear()
    logs = load_texts(*TEXTS, "She smiled.", spacy_model=model, visualize=True)
    assert drawn(logs) == (1, 3, 0)
    assert annotated == ["She smiled."]
    counts = [name for name in first.columns if name.startswith("spacy")]
    assert logs.generations.select(counts).head(len(TEXTS)).equals(first.select(counts))


def test_a_second_run_does_not_load_the_model(
    model: Path, load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_texts(*TEXTS, spacy_model=model, visualize=True).draw()
    monkeypatch.setattr("lctrack_analysis.pictures.annotate.load_model", None)
    assert drawn(load_texts(*TEXTS, spacy_model=model, visualize=True)) == (0, 3, 0)


def test_a_picture_that_is_gone_or_not_whole_is_drawn_again(model: Path, load_texts: LoadTexts, tmp_path: Path) -> None:
    load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p").draw()
    whole = {path: path.read_bytes() for path in (tmp_path / "p").iterdir()}
    first, second, *_ = sorted(whole)
    first.unlink()
    second.write_bytes(b"<!DOCTYPE html>")
    assert drawn(load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p")) == (2, 1, 0)
    assert {path: path.read_bytes() for path in (tmp_path / "p").iterdir()} == whole


def test_another_model_of_the_same_name_and_version_draws_anew(
    model: Path, tmp_path: Path, load_texts: LoadTexts
) -> None:
    load_texts(*TEXTS, spacy_model=model, visualize=True).draw()
    other = train(tmp_path / "other", "parser")
    assert drawn(load_texts(*TEXTS, spacy_model=other, visualize=True)) == (3, 0, 0)


def test_without_a_cache_everything_is_drawn_anew(model: Path, load_texts: LoadTexts, tmp_path: Path) -> None:
    for _ in range(2):
        logs = load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p", cache=False)
        assert drawn(logs) == (3, 0, 0)
    assert not (tmp_path / "logs" / ".lctrack").exists()


def test_of_more_texts_than_the_limit_the_first_are_drawn_and_all_are_counted(
    model: Path, load_texts: LoadTexts, tmp_path: Path
) -> None:
    logs = load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p", visualize_max=2)
    assert drawn(logs) == (2, 0, 1)
    assert in_directory(tmp_path / "p") == files(*DISTINCT[:2])
    assert logs.generations["spacy_tokens"].null_count() == 0


def test_what_was_left_out_is_drawn_when_the_limit_rises(model: Path, load_texts: LoadTexts, tmp_path: Path) -> None:
    load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p", visualize_max=0).draw()
    assert not (tmp_path / "p").exists()
    assert drawn(load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p")) == (3, 0, 0)


def test_portions_of_a_long_log_make_no_difference(
    model: Path, load_texts: LoadTexts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "p", cache=False)
    monkeypatch.setattr(fill, "_PORTION", 1)
    cut = load_texts(*TEXTS, spacy_model=model, visualize=tmp_path / "q", cache=False)
    assert cut.session_analysis.equals(whole.session_analysis)
    assert cut.generations.equals(whole.generations)
    assert cut.draw()._replace(directory=tmp_path / "p") == whole.draw()
    assert in_directory(tmp_path / "p") == in_directory(tmp_path / "q")


def test_only_their_owner_can_read_pictures(model: Path, load_texts: LoadTexts, tmp_path: Path) -> None:
    load_texts(TEXT, spacy_model=model, visualize=tmp_path / "p").draw()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "p").iterdir()}
    assert (stat.S_IMODE((tmp_path / "p").stat().st_mode), modes) == (0o700, {0o600})


def test_a_link_in_the_place_of_a_picture_is_replaced_not_followed(
    model: Path, load_texts: LoadTexts, tmp_path: Path
) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "mine").write_text("mine")
    for name in files(TEXT):
        (tmp_path / "p" / name).symlink_to(tmp_path / "mine")
    load_texts(TEXT, spacy_model=model, visualize=tmp_path / "p").draw()
    assert (tmp_path / "mine").read_text() == "mine"
    assert not any(path.is_symlink() for path in (tmp_path / "p").iterdir())


def test_a_directory_that_cannot_be_written_is_told_in_a_sentence(
    model: Path, load_texts: LoadTexts, tmp_path: Path
) -> None:
    (tmp_path / "p").write_text("a file")
    with pytest.raises(AnalysisError, match="no picture can be written into"):
        load_texts(TEXT, spacy_model=model, visualize=tmp_path / "p").draw()


def test_what_an_interruption_leaves_is_taken_up(
    model: Path, load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch, annotated: list[str]
) -> None:
    written: list[Path] = []
    original = page.write_page

    def write(path: Path, content: str) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)
        original(path, content)

    logs = load_texts(*TEXTS, spacy_model=model, visualize=True)
    with monkeypatch.context() as patch:
        patch.setattr(gallery, "write_page", write)
        with pytest.raises(KeyboardInterrupt):
            logs.draw()
    annotated.clear()
    assert logs.draw().directory == logs.pictures
    assert annotated == [text for text in dict.fromkeys(TEXTS) if text != TEXT]
    assert in_directory(written[0].parent) == files(*DISTINCT)


def test_a_text_on_which_the_model_fails_is_told_and_not_drawn(
    model: Path, load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Annotator.annotate

    def annotate(self: Annotator, tasks: Sequence[Task]) -> Any:
        for task, seen in zip(tasks, original(self, tasks), strict=True):
            yield ValueError("no way") if task.text == TEXT else seen

    monkeypatch.setattr(Annotator, "annotate", annotate)
    logs = load_texts(*TEXTS, spacy_model=model, visualize=True)
    assert logs.draw().failures == ("ValueError: no way",)
    assert logs.session_analysis["entities"].is_null().to_list() == [True, False, True, True, True, False]


def test_a_negative_limit_is_wrong_usage(model: Path, write_texts: WriteTexts) -> None:
    with pytest.raises(UsageError, match="cannot be negative"):
        load(write_texts(TEXT), spacy_model=model, visualize=True, visualize_max=-1)


def test_without_any_place_for_pictures_one_must_be_named(
    model: Path, write_texts: WriteTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lctrack_analysis.logs.picture_directory", lambda _: None)
    with pytest.raises(UsageError, match="name a directory"):
        load(write_texts(TEXT), spacy_model=model, visualize=True)


def test_pictures_of_logs_that_cannot_be_written_are_in_the_users_directory(
    write_texts: WriteTexts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lctrack_analysis.state import picture_directory

    logs = write_texts(TEXT).parent
    assert picture_directory([logs]) == logs / ".lctrack" / "pictures"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert picture_directory([logs]) == tmp_path / "cache" / "lctrack" / "pictures"
    (logs / ".lctrack" / "pictures").mkdir(parents=True)
    assert picture_directory([logs]) == logs / ".lctrack" / "pictures"


def test_what_is_not_as_wished_is_told_in_sentences() -> None:
    all_well = Drawn(Path("p"), 1, 2, 0, 0, (), (), "m 1")
    assert list(report.sentences(all_well)) == ["1 text drawn into p, 2 drawn before"]
    told = list(report.sentences(Drawn(Path("p"), 0, 0, 3, 1, ("E: x", "E: y"), ("dependencies", "entities"), "m 1")))
    assert told == [
        "0 texts drawn into p, 0 drawn before",
        "the spaCy model m 1 draws no dependencies: it has no parser",
        "the spaCy model m 1 draws no entities: it has no entity recogniser",
        "3 texts left out: --visualize-max says how many are drawn",
        f"1 text drawn in part, and not counted: beyond {LONGEST:,} characters",
        "2 texts not drawn: the model failed, first with E: x",
    ]


def test_what_the_model_cannot_draw_is_told(tmp_path: Path, load_texts: LoadTexts) -> None:
    logs = load_texts(*TEXTS, spacy_model=train(tmp_path / "m", "ner"), visualize=True)
    assert (logs.draw().lacking, logs.draw().drawn) == (("dependencies",), 3)
    assert logs.session_analysis["dependency_tree"].null_count() == len(TEXTS)


def test_a_text_that_is_drawn_in_part_is_told(model: Path, load_texts: LoadTexts) -> None:
    logs = load_texts(TEXT, "Berlin sleeps! " * (LONGEST // 15 + 1), spacy_model=model, visualize=True)
    assert logs.draw().shortened == 1
