"""A message is written once, and a conversation is never written again; what is read back is what was there."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from lctrack import Recorder, _encode
from tests.recorder.support import files, only, read, read_events


def conversation(turns: int) -> list[BaseMessage]:
    messages: list[BaseMessage] = [SystemMessage("Be brief.")]
    for turn in range(turns):
        call = {"name": "look_up", "args": {"number": turn}, "id": f"call-{turn}"}
        messages += [
            HumanMessage(f"question {turn} " + "why " * 50),
            AIMessage(f"answer {turn} " + "because " * 50, tool_calls=[call]),
            ToolMessage([{"type": "text", "text": f"result {turn}"}], tool_call_id=f"call-{turn}"),
        ]
    return messages


def record(recorder: Recorder, messages: Any) -> None:
    recorder.write("chain_start", {"inputs": {"messages": messages}}, run_id="run")


def as_recorded(message: BaseMessage) -> dict[str, Any]:
    return dict(message.__dict__)


def inputs(directory: Path) -> list[Any]:
    return [line["inputs"]["messages"] for line in read_events(directory)]


def blobs(directory: Path) -> int:
    return sum(line["event"] == "blob" for line in read(directory))


def test_a_history_that_grows_is_read_back_at_each_length(tmp_path: Path) -> None:
    messages = conversation(5)
    with Recorder(tmp_path) as recorder:
        for length in range(1, len(messages) + 1):
            record(recorder, messages[:length])
    assert inputs(tmp_path) == [list(map(as_recorded, messages[:length])) for length in range(1, len(messages) + 1)]


def test_each_message_of_a_growing_history_is_written_once(tmp_path: Path) -> None:
    messages = conversation(20)
    with Recorder(tmp_path) as recorder:
        for length in range(1, len(messages) + 1):
            record(recorder, messages[:length])
    content = b"".join(file.read_bytes() for file in files(tmp_path))
    assert [content.count(f"question {turn} ".encode()) for turn in range(20)] == [1] * 20


def test_a_log_grows_with_what_is_new_and_not_with_the_history(tmp_path: Path) -> None:
    sizes = []
    for turns in (40, 80):
        messages = conversation(turns)
        with Recorder(tmp_path / str(turns)) as recorder:
            for length in range(4, len(messages) + 1, 3):
                record(recorder, messages[:length])
            sizes.append(recorder.stats()["bytes"])
    assert sizes[1] < 2.1 * sizes[0]


def test_a_message_that_is_held_is_not_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = conversation(10)
    encoded: list[Any] = []
    original = _encode._message_text

    def counted(fields: dict[str, Any], privacy: Any) -> str:
        encoded.append(fields)
        return original(fields, privacy)

    monkeypatch.setattr(_encode, "_message_text", counted)
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        assert len(encoded) == len(messages)
        record(recorder, list(messages))
        record(recorder, messages[:7])
        record(recorder, [*messages, HumanMessage("one more")])
    assert len(encoded) == len(messages) + 1


CHANGES: dict[str, Callable[[Any], Any]] = {
    "text": lambda message: setattr(message, "content", "something else"),
    "arguments of a tool call": lambda message: message.tool_calls[0]["args"].update(number=-1),
    "further arguments": lambda message: message.additional_kwargs.update(flag=[1]),
    "name": lambda message: setattr(message, "name", "critic"),
    "a field of the user's own": lambda message: setattr(message, "rating", 5),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", [2, 5, 8])
def test_a_message_changed_in_place_is_recorded_as_it_is_now(tmp_path: Path, change: str, place: int) -> None:
    messages = conversation(3)
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        before = copy.deepcopy(messages)
        CHANGES[change](messages[place])
        record(recorder, messages)
        record(recorder, before)
    first, second, third = inputs(tmp_path)
    assert third == first
    assert second != first
    extra = messages[place].__pydantic_extra__ or {}
    assert second[place] == {**as_recorded(messages[place]), **extra}
    assert [second[other] for other in range(len(messages)) if other != place] == [
        first[other] for other in range(len(messages)) if other != place
    ]


def test_a_message_changed_within_its_blocks_is_recorded_as_it_is_now(tmp_path: Path) -> None:
    messages = conversation(3)
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        messages[3].content[0]["text"] = "changed"  # type: ignore[index]  # blocks, as made above
        record(recorder, messages)
    assert [told[3]["content"][0]["text"] for told in inputs(tmp_path)] == ["result 0", "changed"]


def test_conversations_that_branch_share_their_beginning(tmp_path: Path) -> None:
    messages = conversation(6)
    other = [*messages[:10], HumanMessage("another way"), AIMessage("as you like")]
    with Recorder(tmp_path) as recorder:
        for told in (messages, other, messages, other):
            record(recorder, told)
    assert inputs(tmp_path) == [list(map(as_recorded, told)) for told in (messages, other, messages, other)]
    # Each message, and each conversation as often as its beginning had no blob of that length.
    assert blobs(tmp_path) <= len(messages) + 2 + 4


def test_each_segment_holds_what_it_refers_to(tmp_path: Path) -> None:
    messages = conversation(3)
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        recorder.close()
        record(recorder, messages)
    assert len(files(tmp_path)) == 2
    assert inputs(tmp_path) == [list(map(as_recorded, messages))] * 2


def test_a_message_with_an_object_in_it_is_recorded_beside_others(tmp_path: Path) -> None:
    messages = conversation(2)
    messages[2].additional_kwargs["client"] = object()
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        record(recorder, messages)
    for told in inputs(tmp_path):
        assert told[2]["additional_kwargs"]["client"].startswith("<object object")
        assert told[3] == as_recorded(messages[3])
    lossy = ["/inputs/messages/2/additional_kwargs/client"]
    assert [line["lossy"] for line in read_events(tmp_path)] == [lossy, lossy]


def test_data_in_a_message_that_looks_like_a_reference_stays_data(tmp_path: Path) -> None:
    messages = [*conversation(1), AIMessage("", additional_kwargs={"$blob": "x", "$append": []})]
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
    told = only(tmp_path, "chain_start")["inputs"]["messages"]
    assert told[4]["additional_kwargs"] == {"$literal": {"$blob": "x", "$append": []}}


def test_a_message_too_long_to_be_remembered_is_still_right(tmp_path: Path) -> None:
    messages = [*conversation(1), HumanMessage("x" * 1_100_000)]
    with Recorder(tmp_path) as recorder:
        record(recorder, messages)
        messages[4].content = "y" * 1_100_000
        record(recorder, messages)
    assert [told[4]["content"][0] for told in inputs(tmp_path)] == ["x", "y"]


def test_a_list_that_only_begins_and_ends_with_messages_is_recorded_as_it_is(tmp_path: Path) -> None:
    messages = conversation(1)
    with Recorder(tmp_path) as recorder:
        record(recorder, [messages[0], "not a message", {"role": "user"}, messages[1]])
    (told,) = inputs(tmp_path)
    assert told == [as_recorded(messages[0]), "not a message", {"role": "user"}, as_recorded(messages[1])]


def test_what_is_remembered_is_bounded(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        for number in range(3_000):
            record(recorder, [HumanMessage(f"{number}"), AIMessage("a"), HumanMessage("b")])
        held = recorder._journal.blobs
        assert len(held.messages) <= 2_000
        assert len(held.conversations) <= 64


DESCRIPTION = {
    "lc": 1,
    "type": "constructor",
    "id": ["a", "Model"],
    "name": "Model",
    "kwargs": {"prompt": "word " * 60},
}


def starts(recorder: Recorder, field: str, *values: dict[str, Any]) -> None:
    for number, value in enumerate(values):
        recorder.write("llm_start", {field: value, "prompts": []}, run_id=str(number))


@pytest.mark.parametrize("field", ["serialized", "params", "extra"])
def test_a_description_that_comes_again_is_written_once(field: str, tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        starts(recorder, field, *(copy.deepcopy(DESCRIPTION) for _ in range(5)))
    assert blobs(tmp_path) == 1
    assert [line[field] for line in read_events(tmp_path)] == [DESCRIPTION] * 5


def test_a_description_that_was_changed_in_place_is_recorded_as_it_is_then(tmp_path: Path) -> None:
    value: dict[str, Any] = copy.deepcopy(DESCRIPTION)
    with Recorder(tmp_path) as recorder:
        starts(recorder, "serialized", value)
        value["kwargs"]["prompt"] += "more"
        starts(recorder, "serialized", value)
    prompts = [line["serialized"]["kwargs"]["prompt"] for line in read_events(tmp_path)]
    assert prompts == ["word " * 60, "word " * 60 + "more"]


def test_a_short_description_stays_in_its_line(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        starts(recorder, "params", {"model": "m", "temperature": 0.5}, {"model": "m", "temperature": 0.5})
    assert blobs(tmp_path) == 0


@pytest.mark.parametrize("odd", [object(), {1, 2}, float("nan"), "\ud800", 2**70, {"$blob": "x"}])
def test_a_description_that_is_not_quite_json_is_recorded_as_any_value(odd: Any, tmp_path: Path) -> None:
    with Recorder(tmp_path) as plain, Recorder(tmp_path / "as_inputs") as other:
        starts(plain, "params", {**DESCRIPTION, "odd": odd}, {**DESCRIPTION, "odd": odd})
        other.write("chain_start", {"inputs": {**DESCRIPTION, "odd": odd}}, run_id="run")
    [expected] = [line["inputs"] for line in read_events(tmp_path / "as_inputs")]
    assert [line["params"] for line in read_events(tmp_path)] == [expected] * 2


def test_the_answer_of_a_tool_is_written_once_although_its_message_gets_an_id(tmp_path: Path) -> None:
    message = ToolMessage("result " * 100, tool_call_id="call-1")
    with Recorder(tmp_path) as recorder:
        recorder.write("tool_end", {"output": message}, run_id="tool")
        message.id = "given later"
        recorder.write("chain_end", {"outputs": {"messages": [message]}}, run_id="chain")
    content = b"".join(file.read_bytes() for file in files(tmp_path))
    assert content.count(b"result " * 100) == 1
    ended = [line.get("output") or line["outputs"]["messages"][0] for line in read_events(tmp_path)]
    assert [each["id"] for each in ended] == [None, "given later"]
    assert [each["content"] for each in ended] == ["result " * 100] * 2
