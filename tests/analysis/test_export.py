"""`--export`: data sets that others can read, of everything that models answered and nothing else."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # its types are a distribution of their own
import pytest

from lctrack_analysis import Logs, UsageError
from lctrack_analysis.questions import Export, export
from lctrack_analysis.questions.export import SHAPES
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, ai, call, chat, event, human, llm

TEXT = {"type": "string", "minLength": 1}
PART = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"type": {"const": "text"}, "text": TEXT},
            "required": ["type", "text"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "image_url"},
                "image_url": {
                    "type": "object",
                    "properties": {"url": TEXT},
                    "required": ["url"],
                    "additionalProperties": False,
                },
            },
            "required": ["type", "image_url"],
            "additionalProperties": False,
        },
    ]
}
CONTENT = {"oneOf": [TEXT, {"type": "array", "minItems": 1, "items": PART}]}
CALL = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "type": {"const": "function"},
        "function": {
            "type": "object",
            "properties": {"name": TEXT, "arguments": {"type": "string", "contentMediaType": "application/json"}},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        },
    },
    "required": ["id", "type", "function"],
    "additionalProperties": False,
}


def message(role: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"role": {"const": role}, **properties},
        "required": ["role", *properties],
        "additionalProperties": False,
    }


CHAT = {
    "type": "object",
    "properties": {
        "messages": {
            "type": "array",
            "minItems": 2,
            "items": {
                "oneOf": [
                    message("system", content=CONTENT),
                    message("developer", content=CONTENT),
                    message("user", content=CONTENT),
                    message("assistant", content=CONTENT),
                    message(
                        "assistant",
                        content={"oneOf": [CONTENT, {"type": "null"}]},
                        tool_calls={"type": "array", "minItems": 1, "items": CALL},
                    ),
                    message("tool", content={"type": "string"}, tool_call_id=TEXT),
                ]
            },
        },
        "tools": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {
                    "type": {"const": "function"},
                    "function": {
                        "type": "object",
                        "properties": {
                            "name": TEXT,
                            "description": {"type": "string"},
                            "parameters": {"type": "object", "required": ["type"]},
                        },
                        "required": ["name", "parameters"],
                        "additionalProperties": False,
                    },
                },
                "required": ["type", "function"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["messages"],
    "additionalProperties": False,
}
PAIRS = message("") | {
    "properties": {"prompt": TEXT, "completion": TEXT},
    "required": ["prompt", "completion"],
}


def exported(logs: Logs, tmp_path: Path, shape: str = "chat", **options: bool) -> list[Line]:
    export(logs, tmp_path / "set.jsonl", shape, **options)
    return [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(("shape", "schema"), [("chat", CHAT), ("pairs", PAIRS)])
def test_every_example_of_the_samples_keeps_a_strict_schema(
    shape: str, schema: dict[str, Any], samples: Logs, tmp_path: Path
) -> None:
    examples = exported(samples, tmp_path, shape, include_failed=True)
    assert len(examples) >= 25
    for example in examples:
        jsonschema.validate(example, schema)


def answered(samples: Logs) -> list[Line]:
    """Give what the ends of calls say was generated, from the events alone."""
    found = []
    for row in samples.events.filter(event="llm_end").to_dicts():
        for answers in json.loads(row["data"])["generations"]:
            found += answers
    for row in samples.runs.filter(kind="llm", status="ok").to_dicts():
        outputs = json.loads(row["outputs"])
        found += [{"text": outputs}] if isinstance(outputs, str) else []
    return found


def test_there_is_an_example_for_each_answer_in_the_events(samples: Logs, tmp_path: Path) -> None:
    texts = sorted(answer["text"] for answer in answered(samples))
    last = [example["messages"][-1] for example in exported(samples, tmp_path)]
    assert texts == sorted(answer["content"] or "" for answer in last)
    assert all(answer["role"] == "assistant" for answer in last)


def test_tool_calls_and_tools_are_those_that_were_recorded(samples: Logs, tmp_path: Path) -> None:
    asked = [
        (request["id"], request["name"], request["args"])
        for answer in answered(samples)
        for request in (answer.get("message") or {}).get("tool_calls", [])
    ]
    told = [
        (request["id"], request["function"]["name"], json.loads(request["function"]["arguments"]))
        for example in exported(samples, tmp_path)
        for request in example["messages"][-1].get("tool_calls", [])
    ]
    assert asked
    assert sorted(asked, key=str) == sorted(told, key=str)
    given = [json.loads(row["params"]).get("tools") for row in samples.runs.to_dicts() if row["params"]]
    expected = {tool["function"]["name"] for tools in given for tool in tools or []}
    assert expected == {
        tool["function"]["name"] for example in exported(samples, tmp_path) for tool in example.get("tools", [])
    }


def test_a_pair_is_a_prompt_and_its_own_answer(load_events: Load, tmp_path: Path) -> None:
    logs = load_events(*llm("r", ["one", "two"], [["1"], ["2", "zwei"]]))
    assert exported(logs, tmp_path, "pairs") == [
        {"prompt": "one", "completion": "1"},
        {"prompt": "two", "completion": "2"},
        {"prompt": "two", "completion": "zwei"},
    ]


def test_a_completion_is_a_chat_of_two(load_events: Load, tmp_path: Path) -> None:
    assert exported(load_events(*llm("r", ["q"], [["a"]])), tmp_path) == [
        {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    ]


def test_a_whole_exchange_with_tools_is_told(load_events: Load, tmp_path: Path) -> None:
    asked = [
        {"type": "system", "content": "be brief"},
        human([{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:x"}}]),
        ai("", call("look", "c1", part=7)),
        {"type": "tool", "content": "seen", "tool_call_id": "c1"},
    ]
    tools = [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}]
    [example] = exported(load_events(*chat("r", asked, ai("done"), params={"tools": tools})), tmp_path)
    jsonschema.validate(example, CHAT)
    request = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"part":7}'}}
    picture = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:x"}}]
    function = {"name": "look", "description": "Looks.", "parameters": {"type": "object"}}
    assert example == {
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": picture},
            {"role": "assistant", "content": None, "tool_calls": [request]},
            {"role": "tool", "content": "seen", "tool_call_id": "c1"},
            {"role": "assistant", "content": "done"},
        ],
        "tools": [{"type": "function", "function": function}],
    }


def test_reasoning_stays_out_of_what_is_said(load_events: Load, tmp_path: Path) -> None:
    blocks = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "yes"}]
    [example] = exported(load_events(*chat("r", [human("q")], ai(blocks))), tmp_path)
    assert example["messages"][-1] == {"role": "assistant", "content": "yes"}


@pytest.fixture
def mixed(load_events: Load) -> Logs:
    cut = [
        event("llm_start", 9, run_id="cut", prompts=["q"]),
        event("llm_error", 10, run_id="cut", generations=[[{"text": "half an ans"}]], error={"type": "E"}),
    ]
    return load_events(
        *llm("one", ["q"], [["a"]]),
        *llm("again", ["q"], [["a"]], 2),
        *llm("empty", ["q"], [[""]], 4),
        *chat("odd", [{"type": "chat", "role": "narrator", "content": "once"}], ai("a"), 6),
        *cut,
    )


def test_only_what_is_whole_is_in_it_unless_asked_for(mixed: Logs, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    assert export(mixed, path, "chat") == Export(written=2, failed=1, duplicates=0, untold=2)
    assert export(mixed, path, "chat", include_failed=True) == Export(written=3, failed=0, duplicates=0, untold=2)
    assert "half an ans" in path.read_text()


def test_what_is_there_twice_can_be_left_out(mixed: Logs, tmp_path: Path) -> None:
    assert export(mixed, tmp_path / "x.jsonl", "chat", dedupe=True) == Export(1, failed=1, duplicates=1, untold=2)


def test_an_export_that_fails_leaves_what_was_there(
    mixed: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("old")
    given = iter([{"prompt": "q", "completion": "a"}])
    monkeypatch.setitem(SHAPES, "pairs", lambda _: next(given))
    with pytest.raises(StopIteration):
        export(mixed, path, "pairs")
    assert [(file.name, file.read_text()) for file in tmp_path.glob("*x.jsonl*")] == [("x.jsonl", "old")]


def test_an_unknown_shape_is_refused(mixed: Logs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a data set cannot be csv: choose one of chat, pairs"):
        export(mixed, tmp_path / "x", "csv")
