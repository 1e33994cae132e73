"""What an MLflow model is made from: the source file recorded last, and calls of the session as examples.

Nothing is run here. A call's input is turned from what was recorded into what MLflow's `predict` is given: messages
as `role` and `content`, a completion's prompt as text.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import polars as pl

from lctrack_uploaders.units import Unit, digest

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "system": "system", "tool": "tool"}
"""Role by the type that LangChain gives a message; others keep LangChain's own form."""
_PLAIN = re.compile(r"[A-Za-z_]\w*\.py", re.ASCII)


@dataclass(frozen=True, slots=True)
class Example:
    """A recorded call of what the source may define."""

    name: str
    """Of the root run."""
    inputs: Any
    outputs: Any
    """None where MLflow answers in another shape than was recorded."""


@dataclass(frozen=True)
class Recipe:
    """A source file, and calls to take the example from, the likeliest first."""

    file: str
    source: str
    examples: tuple[Example, ...]

    @cached_property
    def digest(self) -> str:
        """Equal as long as the same model would be made."""
        return digest(self.file, self.source, [asdict(example) for example in self.examples])


def recipe(unit: Unit) -> Recipe | None:
    """Give what a session's model can be made from.

    Args:
        unit: The session.

    Returns:
        The recipe, or None where no source file was recorded.
    """
    if "assets" not in unit.tables:
        return None
    rows = unit.tables["assets"].filter(pl.col("kind") == "source").sort("time", nulls_last=False)
    sources = rows.select("name", "value").rows()
    if not sources:
        return None
    name, value = sources[-1]
    return Recipe(_file(name), str(json.loads(value or '""')), tuple(_examples(unit)))


def _file(name: str | None) -> str:
    last = PurePath(name or "").name
    # A name that is none of Python's, or another kind of file, is kept from being one that is run.
    return last if _PLAIN.fullmatch(last) or (last and not last.endswith(".py")) else "model.py"


def _examples(unit: Unit) -> Sequence[Example]:
    """Give the first call of each name, those of the name that was called most often first."""
    if "runs" not in unit.tables:
        return []
    roots = unit.tables["runs"].filter(
        pl.col("parent_run_id").is_null() & (pl.col("status") == "ok") & pl.col("inputs").is_not_null()
    )
    rows = roots.sort("start_time", "run_id").select("name", "kind", "inputs", "outputs").to_dicts()
    counts = Counter(row["name"] for row in rows)
    first: dict[str, Example] = {}
    for row in rows:
        if row["name"] not in first:
            first[row["name"]] = _example(row["name"] or "", row["kind"], row["inputs"], row["outputs"])
    return sorted(first.values(), key=lambda example: -counts[example.name])


def _example(name: str, kind: str, inputs: str, outputs: str | None) -> Example:
    given, answered = json.loads(inputs), json.loads(outputs or "null")
    if kind == "llm":
        return Example(name, _first(given), _text(answered))
    if kind == "chat_model":
        return Example(name, {"messages": _with_roles(_first(given))}, None)
    return Example(name, _with_roles(given), answered)


def _first(value: Any) -> Any:
    """A call of a model is recorded as a list of prompts; today's LangChain makes a run for each."""
    return value[0] if isinstance(value, list) and value else value


def _text(generations: Any) -> str | None:
    try:
        return str(generations[0][0]["text"])
    except (LookupError, TypeError):
        return None


def _with_roles(value: Any) -> Any:
    """Turn recorded messages, wherever they stand, into what a caller of MLflow writes."""
    if isinstance(value, list):
        return [_with_roles(item) for item in value]
    if not isinstance(value, dict):
        return value
    role = _ROLES.get(str(value.get("type")))
    if role and "content" in value and "additional_kwargs" in value:
        kept = {"role": role, "content": value["content"]}
        return {**kept, "tool_call_id": value["tool_call_id"]} if value.get("tool_call_id") else kept
    return {key: _with_roles(item) for key, item in value.items()}
