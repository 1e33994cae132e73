"""What LangChain passes to a callback is in the fields of its event."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.runnables import RunnableLambda

from lctrack import LogCallbackHandler
from tests.recorder.applications import CALLING, SEEN, SYNC, USAGE, WORDS, Library, agent, chain, chat, double
from tests.recorder.support import Line, only, read_events


def record(directory: Path, application: str, **settings: Any) -> list[Line]:
    with LogCallbackHandler(directory, **settings) as handler:
        SYNC[application]({"callbacks": [handler]})
    return read_events(directory)


def of(lines: list[Line], event: str) -> list[Line]:
    return [line for line in lines if line["event"] == event]


def test_each_prompt_is_paired_with_its_own_output(tmp_path: Path) -> None:
    lines = record(tmp_path, "several prompts in one call")
    prompts = {line["run_id"]: line["prompts"] for line in of(lines, "llm_start")}
    texts = {line["run_id"]: line["generations"][0][0]["text"] for line in of(lines, "llm_end")}
    assert list(prompts.values()) == [["1"], ["2"], ["3"]]
    assert [texts[run_id] for run_id in prompts] == ["x", "y", "z"]


def test_the_start_of_a_model_says_which_and_how(tmp_path: Path) -> None:
    start = of(record(tmp_path, "several prompts in one call"), "llm_start")[0]
    assert start["name"] == "FakeListLLM"
    assert start["serialized"]["name"] == "FakeListLLM"
    assert start["params"]["responses"] == ["x", "y", "z"]
    assert start["extra"]["batch_size"] == 3


def test_messages_of_a_chat_model_are_objects_with_their_type(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        chat().invoke([SystemMessage("Be brief."), HumanMessage("hi", id="m1")], {"callbacks": [handler]})
    ((system, human),) = only(tmp_path, "chat_model_start")["messages"]
    assert (system["type"], system["content"]) == ("system", "Be brief.")
    assert (human["type"], human["content"], human["id"]) == ("human", "hi", "m1")


def test_the_answer_of_a_chat_model_has_text_message_and_usage(tmp_path: Path) -> None:
    answer = AIMessage("yes", usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3})
    with LogCallbackHandler(tmp_path) as handler:
        type(chat())(messages=iter([answer])).invoke("hi", {"callbacks": [handler]})
    ((generation,),) = only(tmp_path, "llm_end")["generations"]
    assert generation["text"] == "yes"
    assert generation["message"]["type"] == "ai"
    assert generation["message"]["usage_metadata"] == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


@pytest.mark.parametrize("application", ["streamed chat", "streaming protocol"])
def test_a_streamed_answer_counts_its_pieces_once_and_knows_when_the_first_came(
    tmp_path: Path, application: str
) -> None:
    start, end = record(tmp_path, application)
    assert end["stream"]["chunks"] == len(WORDS)
    assert start["ts"] < end["stream"]["first_token_ts"] < end["ts"]


def test_an_answer_that_was_not_streamed_has_no_stream(tmp_path: Path) -> None:
    assert "stream" not in record(tmp_path, "chat")[-1]


def test_streaming_can_be_left_out(tmp_path: Path) -> None:
    start, end = record(tmp_path, "streamed chat", stream="off")
    assert (start["event"], end["event"]) == ("chat_model_start", "llm_end")
    assert "stream" not in end


def test_tokens_can_be_kept(tmp_path: Path) -> None:
    lines = record(tmp_path, "streamed chat", stream="tokens")
    tokens = [line["token"] for line in of(lines, "llm_new_token")]
    assert "".join(tokens) == WORDS
    assert not [line for line in lines if "chunk" in line.get("extra", {})]
    assert lines[-1]["stream"]["chunks"] == len(tokens)


def test_events_of_the_streaming_protocol_can_be_kept(tmp_path: Path) -> None:
    data = [line["data"] for line in of(record(tmp_path, "streaming protocol", stream="tokens"), "stream_event")]
    assert (data[0]["event"], data[-1]["event"]) == ("message-start", "message-finish")


def test_an_unknown_way_of_streaming_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'timing', 'tokens' or 'off', not 'all'"):
        LogCallbackHandler(tmp_path, stream="all")  # type: ignore[arg-type]  # the point of the test


def test_a_chain_has_its_inputs_and_outputs(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        chain().invoke({"topic": "bears"}, {"callbacks": [handler], "run_name": "story"})
    root, *_, end = read_events(tmp_path)
    assert (root["event"], root["name"], root["inputs"]) == ("chain_start", "story", {"topic": "bears"})
    assert (end["event"], end["outputs"]) == ("chain_end", {"text": WORDS, "kind": "ai"})


def test_a_streamed_chain_has_its_inputs_at_the_end(tmp_path: Path) -> None:
    lines = record(tmp_path, "streamed chain")
    root = next(line for line in lines if "parent_run_id" not in line)
    end = next(line for line in lines if line["event"] == "chain_end" and line["run_id"] == root["run_id"])
    assert root["inputs"] == {"input": ""}
    assert end["inputs"] == {"topic": "bears"}


def test_tags_and_metadata_are_those_of_the_run(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        RunnableLambda(str).invoke(1, {"callbacks": [handler], "tags": ["t"], "metadata": {"user": 7}})
    start = only(tmp_path, "chain_start")
    assert (start["tags"], start["metadata"]) == (["t"], {"user": 7})
    assert {"tags", "metadata"}.isdisjoint(only(tmp_path, "chain_end"))


def test_a_tool_has_its_arguments_and_what_it_returned(tmp_path: Path) -> None:
    call = {"name": "double", "args": {"number": 21}, "id": "call_1", "type": "tool_call"}
    with LogCallbackHandler(tmp_path) as handler:
        double.invoke(call, {"callbacks": [handler]})
    start, end = read_events(tmp_path)
    assert (start["name"], start["inputs"], start["tool_call_id"]) == ("double", {"number": 21}, "call_1")
    assert start["input_str"] == "{'number': 21}"
    assert (end["output"]["type"], end["output"]["content"]) == ("tool", "42")


def test_a_retriever_has_its_query_and_documents(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        Library().invoke("bears", {"callbacks": [handler]})
    start, end = read_events(tmp_path)
    assert start["query"] == "bears"
    ((document),) = end["documents"]
    assert (document["page_content"], document["metadata"]) == ("about bears", {"page": 1})


def test_an_agent_has_its_actions_and_what_it_finished_with(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        agent().invoke({"input": "twice 21?"}, {"callbacks": [handler]})
    action = only(tmp_path, "agent_action")["action"]
    assert (action["tool"], action["tool_input"], action["type"]) == ("double", "21", "AgentAction")
    finish = only(tmp_path, "agent_finish")["finish"]
    assert (finish["return_values"], finish["type"]) == ({"output": "42"}, "AgentFinish")


def test_a_text_is_kept(tmp_path: Path) -> None:
    (text,) = of(record(tmp_path, "legacy chain"), "text")
    assert "Tell about bears" in text["text"]


def test_how_to_print_a_text_is_not_kept(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        handler.on_text("x", run_id=uuid4(), color="green", end="", verbose=True, source="y")
    assert only(tmp_path, "text")["extra"] == {"source": "y"}


def test_a_retry_says_which_attempt_failed_and_why(tmp_path: Path) -> None:
    (retry,) = of(record(tmp_path, "failing chat"), "retry")
    assert (retry["attempt"], retry["wait_s"]) == (1, 0)
    assert (retry["error"]["type"], retry["error"]["message"]) == (
        "tests.recorder.applications.ExpectedError",
        "overloaded",
    )


def test_a_custom_event_has_its_name_and_data(tmp_path: Path) -> None:
    start, event, _ = record(tmp_path, "custom event")
    assert (event["event"], event["name"], event["data"]) == ("custom_event", "progress", {"of": "x"})
    assert event["run_id"] == start["run_id"]


def test_a_traceback_tells_what_led_to_the_error(tmp_path: Path) -> None:
    def fail(_: Any) -> None:
        try:
            look_up()
        except KeyError as error:
            raise ValueError("third") from error

    def look_up() -> None:
        try:
            dict[str, int]()["first"]
        except LookupError:
            raise KeyError("second")  # noqa: B904  # without a cause, it has a context

    with LogCallbackHandler(tmp_path) as handler, pytest.raises(ValueError, match="third"):
        RunnableLambda(fail).invoke(1, {"callbacks": [handler]})
    told = only(tmp_path, "chain_error")["error"]["traceback"]
    assert told.index("KeyError: 'first'") < told.index("KeyError: 'second'") < told.index("ValueError: third")


def test_a_traceback_tells_every_error_of_a_group_and_its_notes(tmp_path: Path) -> None:
    def fail(_: Any) -> None:
        error = ExceptionGroup("several", [LookupError("first"), ExceptionGroup("more", [KeyError("second")])])
        error.add_note("in the cold store")
        raise error

    with LogCallbackHandler(tmp_path) as handler, pytest.raises(ExceptionGroup):
        RunnableLambda(fail).invoke(1, {"callbacks": [handler]})
    error = only(tmp_path, "chain_error")["error"]
    assert error["type"] == "ExceptionGroup"
    assert all(text in error["traceback"] for text in ("LookupError: first", "KeyError: 'second'", "in the cold store"))


def test_an_answer_keeps_all_that_is_in_it(tmp_path: Path) -> None:
    message = only_message(record(tmp_path, "tool calls, reasoning and usage"))
    assert [block["type"] for block in message["content"]] == ["reasoning", "text"]
    assert message["tool_calls"] == CALLING.tool_calls
    assert message["invalid_tool_calls"] == CALLING.invalid_tool_calls
    assert message["usage_metadata"] == USAGE


def only_message(lines: list[Line]) -> Line:
    ((generation,),) = of(lines, "llm_end")[0]["generations"]
    return dict(generation["message"])


def test_a_question_keeps_every_kind_of_content(tmp_path: Path) -> None:
    ((message,),) = of(record(tmp_path, "several kinds of content"), "chat_model_start")[0]["messages"]
    told = [{**block, "type": "as told"} for block in message["content"]]
    assert [block["type"] for block in message["content"]] == ["text", "image_url", "audio", "file", "image_url"]
    assert told[1] == told[4] == {"type": "as told", "image_url": {"url": "data:image/png;base64,aGk="}}
    assert message["content"][2] == SEEN.content[2]


def test_each_attempt_of_a_retried_step_is_a_run_that_says_which(tmp_path: Path) -> None:
    _, *lines = record(tmp_path, "retries")
    starts = of(lines, "chain_start")
    assert [start.get("tags") for start in starts] == [None, ["retry:attempt:2"], ["retry:attempt:3"]]
    assert len(of(lines, "chain_error")) == 2


def test_a_tool_that_refuses_ends_well_with_its_reason(tmp_path: Path) -> None:
    assert of(record(tmp_path, "tool that refuses"), "tool_end")[0]["output"] == "no"


def test_an_artifact_of_a_tool_is_kept_beside_what_the_model_sees(tmp_path: Path) -> None:
    output = of(record(tmp_path, "tool with an artifact"), "tool_end")[0]["output"]
    assert (output["content"], output["artifact"]) == ("a box", {"points": [1, 2]})
