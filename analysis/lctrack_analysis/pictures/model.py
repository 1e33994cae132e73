"""Finds a spaCy model, installed or in a folder, without importing spaCy; and loads it.

A model is known by what is in its files, so that another one under the same name and version is another one. It may
bring code of its own, which loading runs: use those that you trust.
"""

import hashlib
import json
import os
import re
import warnings
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from lctrack_analysis.errors import AnalysisError, UsageError

__all__ = ["INSTALL", "Model", "bring", "find_model", "fingerprint", "load_model", "spacy_version"]

INSTALL = "pip install 'lctrack-analysis[spacy]'"
"""What brings spaCy."""

_PACKAGE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_META = "meta.json"
_CONFIG = "config.cfg"


class Model(NamedTuple):
    """A model: how it is loaded, and what it is."""

    package: str | None
    """Name of the module to load it from; None for a folder."""
    folder: Path
    """Where its files are."""
    label: str
    """Its name and version, for people."""
    made_for: str
    """Releases of spaCy that it is made for, as it says."""


def find_model(name: str | os.PathLike[str]) -> Model:
    """Find a model.

    Args:
        name: Of an installed package, or path of a folder with `meta.json` and `config.cfg`.

    Returns:
        The model, not loaded.

    Raises:
        UsageError: The path is no model's.
        AnalysisError: spaCy or the model is not installed; the message says how to bring it into a closed network.
    """
    spacy = spacy_version()
    if spacy is None:
        raise AnalysisError(f"this needs spaCy, which is not installed: {INSTALL}")
    text = os.fspath(name)
    if _PACKAGE.fullmatch(text) and (found := _in_package(text)) is not None:
        return found
    path = Path(text)
    if path.is_dir():
        if not (path / _META).is_file() or not (path / _CONFIG).is_file():
            raise UsageError(f"{text} is no spaCy model: a model's folder holds {_META} and {_CONFIG}")
        return _described(None, path)
    if path.exists():
        raise UsageError(f"{text} is a file: name the folder of a spaCy model, or pip install a model's wheel")
    if _PACKAGE.fullmatch(text) is None:
        raise UsageError(f"{text} does not exist: name an installed spaCy model or the folder of one")
    raise AnalysisError(f"the spaCy model {text} is not installed: {bring(text, spacy)}; or name the folder of a model")


def load_model(model: Model) -> Any:
    """Load a model.

    Args:
        model: What `find_model` gave.

    Returns:
        spaCy's pipeline.

    Raises:
        AnalysisError: It cannot be loaded.
    """
    try:
        import spacy  # noqa: PLC0415  # takes a second, and is an extra

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is wrong with a model shows in an error
            return import_module(model.package).load() if model.package else spacy.load(model.folder)
    except Exception as error:
        reason = (str(error).strip() or "no reason given").partition("\n")[0]
        raise AnalysisError(
            f"the spaCy model {model.label} cannot be loaded by spaCy {spacy_version()} "
            f"(it is made for {model.made_for}): {type(error).__name__}: {reason}"
        ) from error


def fingerprint(model: Model) -> str:
    """Give what stands for a model and the spaCy that runs it: 16 hexadecimal digits."""
    told = hashlib.sha256(f"{spacy_version()}\n{model.label}\n".encode("utf-8", "surrogatepass"))
    for path in sorted(path for path in model.folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
        with path.open("rb") as file:
            told.update(os.fsencode(path.relative_to(model.folder)))
            told.update(hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()[:16]


def bring(name: str, spacy: str | None) -> str:
    """Tell how to bring a model of spaCy's own into a closed network.

    Args:
        name: Of the model.
        spacy: Release of spaCy that is installed, if one is.

    Returns:
        Part of a sentence.
    """
    release = ".".join(spacy.split(".")[:2]) + ".0" if spacy else "<version>"
    wheel = f"{name}-{release}-py3-none-any.whl"
    return (
        f"bring its wheel {wheel} from https://github.com/explosion/spacy-models/releases/tag/{name}-{release}, "
        f"then pip install --no-deps ./{wheel}"
    )


def spacy_version() -> str | None:
    """Give the release of spaCy that is installed, or None."""
    try:
        return version("spacy")
    except PackageNotFoundError:
        return None


def _in_package(name: str) -> Model | None:
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # a broken package, or a module without a specification
        return None
    if spec is None or spec.origin is None:
        return None
    top = Path(spec.origin).parent
    for folder in (top, *sorted(top.glob(f"{name}-*"))):
        if (folder / _META).is_file() and (folder / _CONFIG).is_file():
            return _described(name, folder)
    return None


def _described(package: str | None, folder: Path) -> Model:
    try:
        meta = json.loads((folder / _META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{folder / _META} cannot be read: {error}") from error
    meta = meta if isinstance(meta, dict) else {}
    own = f"{meta.get('lang', 'xx')}_{meta.get('name', 'model')}"
    return Model(package, folder, f"{package or own} {meta.get('version', '?')}", str(meta.get("spacy_version", "?")))
