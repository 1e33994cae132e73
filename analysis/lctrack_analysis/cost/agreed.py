"""Prices of one's own: a CSV file with what a contract says, or what a model in the own house costs."""

import csv
import fnmatch
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lctrack_analysis.cost.rates import Price, Rates
from lctrack_analysis.errors import UsageError

__all__ = ["Agreed", "read_agreed"]

_NEEDED = ("model", "input", "output")
_COLUMNS = (*_NEEDED, "cached", "cache_write", "reasoning")
_HIGHEST = 1_000_000


class Agreed(NamedTuple):
    """A line of the file: a pattern of model names, and their price."""

    pattern: str
    price: Price

    def covers(self, model: str) -> bool:
        """Tell whether a model's name is meant, in whatever case."""
        return fnmatch.fnmatchcase(model.lower(), self.pattern.lower())


def read_agreed(path: str | os.PathLike[str]) -> list[Agreed]:
    """Read a file of prices.

    Args:
        path: A CSV file with the columns `model` (a name, or a pattern with `*` and `?`), `input` and `output`, and
            where wanted `cached`, `cache_write` and `reasoning`: US dollars per million tokens.

    Returns:
        Its lines; the first that covers a model counts.

    Raises:
        UsageError: It cannot be read, or a line is not as said.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file, strict=True)
            _check_header(path, lines.fieldnames or ())
            return [_agreed(path, lines.line_num, line) for line in lines]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 at byte {error.start + 1}: save it so") from error
    except csv.Error as error:
        raise UsageError(f"{path} is not CSV: {error}") from error


def _check_header(path: Path, header: Sequence[str]) -> None:
    missing = [name for name in _NEEDED if name not in header]
    strange = [name for name in header if name not in _COLUMNS]
    if missing or strange:
        wrong = f"has no column {missing[0]}" if missing else f"has a column {strange[0]!r}"
        raise UsageError(f"{path}:1: {wrong}: begin it with {','.join(_COLUMNS)} (the last three where wanted)")


def _agreed(path: Path, number: int, line: dict[str, str | None]) -> Agreed:
    model = (line["model"] or "").strip()
    if not model or None in line:
        raise UsageError(f"{path}:{number}: a line has a model and its prices, one for each column")
    prices = {name: _price(path, number, name, line.get(name)) for name in _COLUMNS[1:]}
    return Agreed(model, Price(f"{path.name}:{number}", (Rates(-1, **prices),)))


def _price(path: Path, number: int, name: str, told: str | None) -> float | None:
    told = (told or "").strip()
    if not told and name not in _NEEDED:
        return None
    try:
        price = float(told)
    except ValueError:
        price = math.nan
    if not 0 <= price <= _HIGHEST:
        raise UsageError(f"{path}:{number}: {name} is {told!r}: give US dollars per million tokens, such as 0.15")
    return price
