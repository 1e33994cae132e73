"""Events as LangChain sent them when the trackers' handlers were written: with descriptions, many prompts in a run."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from langchain_core.agents import AgentAction, AgentFinish
from langchain_core.callbacks import BaseCallbackHandler, manager
from langchain_core.documents import Document
from langchain_core.outputs import Generation, LLMResult

from lctrack import LogCallbackHandler

PROMPTS = ["Tell me a joke", "Tell me a poem", "Is 1 < 2 & 3 > 2?\n<script>alert('no')</script>"]
LLM = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain", "llms", "openai", "OpenAI"],
    "name": "OpenAI",
    "kwargs": {"model": "davinci", "openai_api_key": {"lc": 1, "type": "secret", "id": ["KEY"]}},
}
CHAIN = {"lc": 1, "type": "not_implemented", "id": ["langchain", "chains", "llm", "LLMChain"]}
RETRIEVER = {"lc": 1, "type": "not_implemented", "id": ["retrievers", "Archive"], "name": "Archive"}
TOOL = {"name": "Search", "description": "Finds things."}
USAGE = {"prompt_tokens": 20, "completion_tokens": 60, "total_tokens": 80, "details": {"cached": 4}}

Call = tuple[str, UUID, tuple[Any, ...]]


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler]) -> None:
    """Send the events to the recorder and to everybody else."""
    with LogCallbackHandler(log_dir, stream="tokens") as handler:
        for name, run_id, arguments in _calls():
            manager.handle_event([handler, *watchers], name, None, *arguments, run_id=run_id, parent_run_id=None)


def _calls() -> Iterator[Call]:
    yield from _chain({"input": "What is a log?"}, {"output": "A piece of wood."})
    yield from _chain({"human_input": "And a lumberjack?"}, {"text": "A reader."})
    yield from _chain({"title": "The Painter"}, {"review": "Good.", "stars": 5})
    yield from _chain({"input": [{"question": "first"}, {"question": "second"}]}, {"output": "both"})
    yield from _chain({"input": ["third", "fourth"]}, "a text alone")
    yield from _model(PROMPTS, [[f"{prompt} (1)", f"{prompt} (2)"] for prompt in PROMPTS], {"token_usage": USAGE})
    yield from _agent()
    archive = uuid4()
    yield "on_retriever_start", archive, (RETRIEVER, "pictures")
    yield "on_retriever_end", archive, ([Document("a picture", metadata={"page": 3, "in": ["a", "b"]})],)
    yield from _model(["once more"], [["and again"]], {"token_usage": USAGE, "model_name": "davinci"})


def _chain(inputs: Any, outputs: Any) -> Iterator[Call]:
    chain = uuid4()
    yield "on_chain_start", chain, (CHAIN, inputs)
    yield "on_chain_end", chain, (outputs,)


def _model(prompts: list[str], answers: list[list[str]], llm_output: dict[str, Any]) -> Iterator[Call]:
    model = uuid4()
    generations = [[Generation(text=text, generation_info={"logprobs": None}) for text in texts] for texts in answers]
    yield "on_llm_start", model, (LLM, prompts)
    yield from zip(repeat("on_llm_new_token"), repeat(model), [("to",), ("ken",)], strict=False)
    yield "on_llm_end", model, (LLMResult(generations=generations, llm_output=llm_output),)


def _agent() -> Iterator[Call]:
    agent, tool = uuid4(), uuid4()
    yield "on_agent_action", agent, (AgentAction("Search", {"query": "x", "deep": {"er": 1}}, "I search."),)
    yield "on_tool_start", tool, (TOOL, "{'query': 'x'}")
    yield "on_tool_end", tool, ("found",)
    yield "on_text", agent, ("\x1b[1mThought\x1b[0m",)
    yield "on_agent_finish", agent, (AgentFinish({"output": "done"}, "I am done."),)
