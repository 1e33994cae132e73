"""What `lctrack-analyze --doctor` tells: what is here, and what to bring for what is not. It contacts nothing."""

from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

from lctrack_analysis.errors import AnalysisError

__all__ = ["Finding", "findings", "report"]

_NEEDED = ("duckdb", "polars", "pyarrow", "orjson", "prompt_toolkit", "rich", "pyphen")


class Finding(NamedTuple):
    """One thing: its name, whether it is here, what it is or what to do."""

    name: str
    here: bool
    detail: str
    needed: bool = True


def findings(spacy_model: str | None = None) -> list[Finding]:
    """Look at everything the analysis uses.

    Args:
        spacy_model: Name or folder of the spaCy model to look for, rather than that of pictures.

    Returns:
        What was found, in the order in which it matters.
    """
    return [
        _dictionary(),
        _textstat(),
        *(_package(name, f"pip install {name}") for name in _NEEDED),
        _spacy(),
        _spacy_model(spacy_model),
        _package("genai-prices", "pip install 'lctrack-analysis[cost]', for what model calls cost", needed=False),
        _package("lctrack-uploaders", "pip install lctrack-uploaders, to deliver to trackers", needed=False),
    ]


def report(found: list[Finding]) -> str:
    """Write findings down.

    Args:
        found: What `findings` gave.

    Returns:
        A line for each.
    """
    width = max(len(finding.name) for finding in found)
    marks = {(True, True): "ok", (True, False): "ok", (False, True): "MISSING", (False, False): "-"}
    return "\n".join(
        f"{marks[finding.here, finding.needed]:<8}{finding.name:<{width}}  {finding.detail}" for finding in found
    )


def _dictionary() -> Finding:
    from lctrack_analysis.complexity.dictionary import ARCHIVE, pronounced  # noqa: PLC0415  # polars takes its time

    name = "CMU dictionary"
    try:
        return Finding(name, True, f"{pronounced().height:,} words in {ARCHIVE}")  # noqa: FBT003  # a field, by its place
    except Exception as error:  # noqa: BLE001  # a damaged archive fails in many ways
        detail = f"{ARCHIVE}: {type(error).__name__}: {error}; install lctrack-analysis again"
        return Finding(name, False, detail)  # noqa: FBT003  # likewise


def _textstat() -> Finding:
    found = _package("textstat", "pip install 'textstat>=0.7.13,<0.8'")
    if not found.here:
        return found
    from lctrack_analysis.complexity.reference import VERIFIED  # noqa: PLC0415  # polars takes its time

    verified = ", ".join(VERIFIED)
    if found.detail in VERIFIED:
        return found._replace(detail=f"{found.detail}: its values are computed by our own engine, verified against it")
    return found._replace(
        detail=f"{found.detail}: not verified, so it is called itself, which is slow; fast: {verified}"
    )


def _package(name: str, remedy: str, *, needed: bool = True) -> Finding:
    try:
        return Finding(name, here=True, detail=version(name), needed=needed)
    except PackageNotFoundError:
        return Finding(name, here=False, detail=remedy, needed=needed)


def _spacy() -> Finding:
    from lctrack_analysis.pictures.model import INSTALL  # noqa: PLC0415  # polars takes its time

    return _package("spacy", f"{INSTALL}, for pictures of sentences; nothing else needs it", needed=False)


def _spacy_model(asked: str | None) -> Finding:
    from lctrack_analysis.pictures import DEFAULT_MODEL  # noqa: PLC0415  # likewise
    from lctrack_analysis.pictures.model import bring, find_model, load_model, spacy_version  # noqa: PLC0415  # likewise

    model = asked or DEFAULT_MODEL
    name, spacy = f"spaCy model {model}", spacy_version()
    if spacy is None:
        return Finding(name, here=False, detail=bring(model, None), needed=False)
    try:
        found = find_model(model)
        load_model(found)
    except AnalysisError as error:
        return Finding(name, here=False, detail=str(error), needed=False)
    return Finding(name, here=True, detail=f"{found.label} in {found.folder}", needed=False)
