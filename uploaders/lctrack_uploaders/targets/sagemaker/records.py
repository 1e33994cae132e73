"""A session's records as the JSON artifacts that LangChain's `SageMakerCallbackHandler` makes of them.

One for each record of `action_records`, under the handler's names, with the handler's fields and besides them the
record's run, trace and time. Where the handler gives two the same name, and keeps the later one alone, the later ones
here end in a number; errors, which it only counts, have artifacts too.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl

from lctrack_uploaders.targets.sagemaker.objects import JSON, Object
from lctrack_uploaders.targets.sagemaker.parameters import moment
from lctrack_uploaders.units import Unit, digest

TABLE = "action_records"
PORTION = 50
"""Records of one step."""

_NAMES = {
    "on_llm_start": "llm_start_{llm_starts}_prompt_{prompt_index}",
    "on_llm_new_token": "llm_new_tokens_{llm_streams}",
    "on_llm_end": "llm_end_{llm_ends}_generation_{generation_index}",
    "on_chain_start": "chain_start_{chain_starts}",
    "on_chain_end": "chain_end_{chain_ends}",
    "on_tool_start": "tool_start_{tool_starts}",
    "on_tool_end": "tool_end_{tool_ends}",
    "on_text": "on_text_{text_ctr}",
    "on_agent_action": "agent_action_{tool_starts}",
    "on_agent_finish": "agent_finish_{agent_ends}",
    "on_retriever_start": "retriever_start_{retriever_starts}",
    "on_retriever_end": "retriever_end_{retriever_ends}",
}
_FIELDS = {"prompts": "prompt", "input": "inputs"}
"""What the handler calls columns of ours."""
_PARSED = ("id", "documents")
"""Columns whose text is JSON."""
_LEFT_OUT = ("session_id", "segment", "seq", "prompt_index", "generation_index")


def portions(unit: Unit) -> Iterator[tuple[str, tuple[Object, ...]]]:
    """Give the artifacts in portions, each the content of one step.

    Args:
        unit: The session. As it grows, the portions before what is new stay as they are.

    Yields:
        A digest of the portion, and its artifacts.
    """
    found = list(_objects(unit))
    for start in range(0, len(found), PORTION):
        part = tuple(found[start : start + PORTION])
        yield digest([(item.name, item.read().decode()) for item in part]), part


def _objects(unit: Unit) -> Iterator[Object]:
    if TABLE not in unit.tables:
        return
    frame = unit.tables[TABLE].with_columns(pl.selectors.datetime().cast(pl.Int64))
    seen: Counter[str] = Counter()
    for row in frame.sort("step", "prompt_index", "generation_index", "seq", maintain_order=True).to_dicts():
        name = _name(row)
        seen[name] += 1
        again = f"_{seen[name]}" if seen[name] > 1 else ""
        yield Object(f"{name}{again}.json", JSON, json.dumps(_content(row), ensure_ascii=False).encode())


def _name(row: dict[str, Any]) -> str:
    action = row["action"] or ""
    if action in _NAMES:
        places = {"prompt_index": row["prompt_index"] or 0, "generation_index": row["generation_index"] or 0}
        return _NAMES[action].format_map({**row, **places})
    return f"{action.removeprefix('on_') or 'record'}_{row['errors' if action.endswith('_error') else 'step']}"


def _content(row: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in row.items() if value is not None and key not in _LEFT_OUT}
    if "time" in known:
        known["time"] = moment(known["time"])
    for key in _PARSED:
        if key in known:
            known[key] = json.loads(known[key])
    return {_FIELDS.get(key, key): value for key, value in known.items()}
