"""Names and values that SageMaker accepts: whatever the log holds, one odd name must not cost the whole run.

The limits are those of the service's own model, which comes with botocore, and of the SDK, whose runs have an
experiment's and a run's name in the name of their trial component. Names are in lower case, because the service takes
upper and lower case for the same, and the SDK asks for lower case.
"""

import re
from hashlib import blake2b

MAX_PART = 59
"""Longest name of an experiment or run: both, and a hyphen, make the name of a trial component."""
MAX_NAME = 120
"""Longest name of anything."""
MAX_PARAMETERS = 300
MAX_PARAMETER = 320
"""Longest name of a parameter."""
MAX_VALUE = 2500
"""Longest value of a parameter."""
MAX_ARTIFACT = 128
"""Longest name of an artifact."""
MAX_METRIC = 255
"""Longest name of a metric."""
MAX_ARTIFACTS = 30
"""Most artifacts in each direction: the SDK's cap; the service's model allows twice as many."""

_PLAIN = re.compile(r"[a-z0-9](-*[a-z0-9])*")
_OTHER = re.compile(r"[^A-Za-z0-9]+")
_LINE_BREAKS = re.compile(r"[\r\n\x85\u2028\u2029]+")
_MARK = 4


def part(text: str) -> str:
    """Make a name of an experiment or run.

    Args:
        text: Any text.

    Returns:
        It in lower case where SageMaker takes that; otherwise a similar one, ending in a hash that keeps it distinct.
    """
    name = text.lower()
    if len(name) <= MAX_PART and _PLAIN.fullmatch(name):
        return name
    similar = _OTHER.sub("-", name)[: MAX_PART - 2 * _MARK - 1].strip("-")
    return f"{similar}-{_hash(text)}" if similar else _hash(text)


def display(text: str) -> str:
    """Make a name to show: letters, digits and hyphens.

    Args:
        text: Any text.

    Returns:
        What is left of it; `unnamed` where nothing is.
    """
    return _OTHER.sub("-", text)[:MAX_NAME].strip("-") or "unnamed"


def component(experiment: str, run: str) -> str:
    """Give the name of a run's trial component, as the SDK does."""
    return f"{experiment}-{run}"


def group(experiment: str) -> str:
    """Give the name of the trial that the SDK keeps an experiment's runs in."""
    return f"Default-Run-Group-{experiment}"


def key(name: str, limit: int) -> str:
    """Make a name of a parameter, metric or artifact.

    Args:
        name: Any text.
        limit: The most characters.

    Returns:
        The name itself where SageMaker takes it; otherwise a similar one, ending in a hash that keeps it distinct.
    """
    legal = _LINE_BREAKS.sub(" ", name)
    if legal == name and 0 < len(name) <= limit:
        return name
    return f"{legal[: limit - 2 * _MARK - 1]}-{_hash(name)}"


def value(text: str) -> str:
    """Make a value of a parameter.

    Args:
        text: Any text.

    Returns:
        It on one line, and where it is too long its beginning and an ellipsis.
    """
    line = _LINE_BREAKS.sub(" ", text)
    return line if len(line) <= MAX_VALUE else line[: MAX_VALUE - 1] + "…"


def _hash(text: str) -> str:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=_MARK).hexdigest()
