"""The parameters of a session's run, and what of them SageMaker's limits leave out."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lctrack_uploaders import __version__
from lctrack_uploaders.targets.sagemaker import names
from lctrack_uploaders.units import Unit

_EXACT = 2**53
"""Up to which every whole number is a double, which SageMaker's numbers are."""


def whole(unit: Unit) -> dict[str, Any]:
    """Give all parameters as they are, the most telling first.

    Args:
        unit: The session.

    Returns:
        What was recorded, and what lctrack knows of the session, under names that begin with `lctrack.`.
    """
    known = {
        "lctrack.session": unit.session_id,
        "lctrack.start": moment(unit.start),
        "lctrack.end": "" if unit.is_open else moment(unit.end),
        "lctrack.status": "open" if unit.is_open else "ended",
        "lctrack.tags": list(unit.tags) or "",
        "lctrack.models": ", ".join(unit.models),
        "lctrack.host": unit.host or "",
        "lctrack.notes": unit.notes or "",
        "lctrack.uploader": __version__,
    }
    return {**{key: value for key, value in known.items() if value != ""}, **unit.labels, **unit.params}


def accepted(unit: Unit) -> dict[str, Mapping[str, str | float]]:
    """Give the parameters that SageMaker takes.

    Args:
        unit: The session.

    Returns:
        The first of them, as many as may be, with values that are numbers or one line of text.
    """
    first = list(whole(unit).items())[: names.MAX_PARAMETERS]
    return {names.key(key, names.MAX_PARAMETER): _value(value) for key, value in first}


def moment(nanoseconds: int) -> str:
    """Give a time as ISO 8601 in UTC, with nanoseconds."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"


def _value(value: object) -> Mapping[str, str | float]:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= _EXACT:
        return {"NumberValue": float(value)}
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return {"StringValue": names.value(text)}
