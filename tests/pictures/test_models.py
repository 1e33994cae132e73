"""Models are found by name and by path; where one is missing, a sentence says how to bring it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from lctrack_analysis import AnalysisError, UsageError, doctor
from lctrack_analysis.pictures import model as models
from lctrack_analysis.pictures.model import find_model, fingerprint, load_model
from tests.pictures.conftest import LoadTexts, WriteTexts
from tests.pictures.sentences import TEXT


@pytest.fixture
def package(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Install the model as `python -m spacy package` lays it out, without metadata; give its name."""
    name = "xx_tiny_installed"
    top = tmp_path / "site" / name
    shutil.copytree(model, top / f"{name}-1.2.3")
    shutil.copy(model / "meta.json", top)
    (top / "__init__.py").write_text(
        "from pathlib import Path\n"
        "from spacy.util import load_model_from_init_py\n"
        "def load(**overrides):\n"
        "    return load_model_from_init_py(__file__, **overrides)\n"
    )
    meta = json.loads((top / "meta.json").read_text()) | {"lang": "xx", "name": "tiny_installed"}
    (top / "meta.json").write_text(json.dumps(meta))
    monkeypatch.syspath_prepend(str(top.parent))
    invalidate_caches()
    yield name
    sys.modules.pop(name, None)


def test_a_model_is_found_by_the_name_of_its_package(package: str, load_texts: LoadTexts) -> None:
    row = load_texts(TEXT, spacy_model=package).generations.row(0, named=True)
    assert (row["spacy_model"], row["spacy_entities"]) == ("xx_tiny_installed 1.2.3", 4)


def test_a_path_works_wherever_a_name_does(model: Path, load_texts: LoadTexts) -> None:
    for path in (model, str(model), f"{model}{os.sep}", os.path.relpath(model)):
        assert load_texts(TEXT, spacy_model=path).generations["spacy_entities"].to_list() == [4]


def test_a_package_is_preferred_to_a_folder_of_its_name(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / package).mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_model(package).package == package


def test_one_byte_makes_another_model(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    assert fingerprint(find_model(copy)) == fingerprint(find_model(model))
    weights = copy / "parser" / "model"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x00")
    assert fingerprint(find_model(copy)) != fingerprint(find_model(model))


def test_another_spacy_makes_another_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_model(model)
    before = fingerprint(found)
    monkeypatch.setattr(models, "spacy_version", lambda: "3.9.9")
    assert fingerprint(found) != before


def test_a_missing_spacy_is_told_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(models, "version", missing)
    with pytest.raises(AnalysisError, match=r"pip install 'lctrack-analysis\[spacy\]'$") as caught:
        find_model("en_core_web_sm")
    assert caught.value.exit_code == 1


def test_a_missing_model_is_told_with_the_steps_that_bring_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "version", lambda _: "3.8.18")
    with pytest.raises(AnalysisError) as caught:
        find_model("zz_no_such_model")
    told = str(caught.value)
    assert "https://github.com/explosion/spacy-models/releases/tag/zz_no_such_model-3.8.0" in told
    assert "pip install --no-deps ./zz_no_such_model-3.8.0-py3-none-any.whl" in told
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("name", ["no/such/folder", "", "../x", "a b", "os", "json", "_frozen_importlib", "lctrack.x"])
def test_what_is_no_model_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AnalysisError, match=r"does not exist|is not installed|is no spaCy model"):
        find_model(name)


def test_a_folder_or_file_that_is_no_model_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds meta\.json and config\.cfg"):
        find_model(tmp_path)
    (tmp_path / "model.whl").write_text("x")
    with pytest.raises(UsageError, match="pip install a model's wheel"):
        find_model(tmp_path / "model.whl")


@pytest.mark.parametrize("content", ["", "{", "\xff", "[]", "{}"])
def test_a_damaged_description_is_told_or_does_no_harm(content: str, model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "meta.json").write_text(content, encoding="latin-1")
    if content in ("[]", "{}"):
        assert find_model(copy).label == "xx_model ?"
    else:
        with pytest.raises(UsageError, match="cannot be read"):
            find_model(copy)


def test_a_model_that_cannot_be_loaded_is_told_in_a_sentence(model: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(model, tmp_path / "copy")
    (copy / "config.cfg").write_text("[nlp]\nlang = 'zz'\n")
    with pytest.raises(AnalysisError, match=r"en_tiny 1\.2\.3 cannot be loaded by spaCy 3.*made for >=3.*"):
        load_model(find_model(copy))


def test_the_doctor_tells_where_a_model_is_and_that_it_loads(model: Path, tmp_path: Path) -> None:
    found = {finding.name: finding for finding in doctor.findings(str(model))}
    assert found["spacy"].here
    assert found[f"spaCy model {model}"].here
    assert found[f"spaCy model {model}"].detail == f"en_tiny 1.2.3 in {model}"
    copy = shutil.copytree(model, tmp_path / "copy")
    shutil.rmtree(copy / "vocab")
    (copy / "config.cfg").write_text("")
    [broken] = [finding for finding in doctor.findings(str(copy)) if finding.name == f"spaCy model {copy}"]
    assert not broken.here
    assert "cannot be loaded" in broken.detail


ALONE = """
import sys

def forbid(event, arguments):
    # urllib3, which spaCy imports, asks whether the machine itself speaks IPv6, and sends nothing.
    if event == "socket.__new__" or event == "socket.bind" and arguments[1] == ("::1", 0):
        return
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.")):
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(forbid)
from lctrack_analysis.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


def test_pictures_are_drawn_without_a_network_and_a_home(model: Path, write_texts: WriteTexts, tmp_path: Path) -> None:
    logs = write_texts(TEXT).parent
    home = tmp_path / "home"
    home.mkdir()
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(logs), "--visualize", "--spacy-model", str(model)],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": paths},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    pictures = logs / ".lctrack" / "pictures"
    assert (done.returncode, done.stderr) == (0, f"lctrack-analyze: 1 text drawn into {pictures}, 0 drawn before\n")
    assert len(list(pictures.iterdir())) == 2
    assert list(home.iterdir()) == []


def test_nobody_who_does_not_ask_for_it_waits_for_spacy(write_texts: WriteTexts) -> None:
    program = (
        "import sys, lctrack_analysis\n"
        f"lctrack_analysis.load({str(write_texts(TEXT))!r}).session_analysis\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('spacy', 'thinc')])\n"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
