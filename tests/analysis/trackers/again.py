"""The five applications that ClearML's own handler watched, run again; `oracle/` holds what it kept of them then."""

import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from langchain_classic.agents import AgentExecutor, ZeroShotAgent
from langchain_classic.chains import LLMChain, SimpleSequentialChain
from langchain_core._api import LangChainDeprecationWarning
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.language_models.llms import BaseLLM
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult, Generation, LLMResult
from langchain_core.prompts import PromptTemplate
from langchain_core.tools import Tool

from lctrack import LogCallbackHandler
from lctrack_analysis import Logs
from tests.analysis.trackers.live import Kept, Pairs, Record

FILES = Path(__file__).parent / "oracle"
QUESTIONS = [f"#id0{n}# Please answer question number {n}." for n in range(6)]
ANSWERS = [
    "A joke is a short humorous story. It usually ends with an unexpected punchline.",
    "Photosynthesis converts light energy into chemical energy inside chloroplasts.",
    "The cat sat on the mat.\nThen it slept.",
    "Administrative responsibilities considerably complicated organizational restructuring.",
    "Yes.",
    "It is raining today; therefore, we should probably carry umbrellas and wear boots.",
]
STEPS = [
    "I should search.\nAction: Search\nAction Input: weather in SF",
    "Now compute.\nAction: Calculator\nAction Input: 2+3",
    "I now know the final answer\nFinal Answer: 5 sunny days",
]
SAID = ["#id04# ", "reply. ", "The ", "answer ", "is ", "short ", "and ", "simple.", ""]


class OpenAILikeLLM(BaseLLM):
    """A completion model that tells its tokens as OpenAI's does."""

    @property
    def _llm_type(self) -> str:
        return "openai-like"

    def _generate(self, prompts: list[str], *_: Any, **__: Any) -> LLMResult:
        answers = [f"{prompt[:6]} reply 0. The answer is short and simple." for prompt in prompts]
        info = {"finish_reason": "stop", "logprobs": None}
        usage = {"prompt_tokens": 60, "completion_tokens": 30, "total_tokens": 90}
        return LLMResult(
            generations=[[Generation(text=text, generation_info=info)] for text in answers],
            llm_output={"token_usage": usage, "model_name": "fake-davinci"},
        )


class StreamChat(BaseChatModel):
    """A chat model that answers word by word."""

    @property
    def _llm_type(self) -> str:
        return "stream-chat"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        last = len(SAID) - 1
        for place, word in enumerate(SAID):
            message = AIMessageChunk(content=word, chunk_position="last" if place == last else None)
            yield ChatGenerationChunk(message=message)


def _generate(callbacks: Sequence[BaseCallbackHandler]) -> None:
    FakeListLLM(responses=ANSWERS).generate(QUESTIONS, callbacks=list(callbacks))


def _generate_usage(callbacks: Sequence[BaseCallbackHandler]) -> None:
    OpenAILikeLLM().generate(QUESTIONS, callbacks=list(callbacks))


def _chain(template: str, answer: str) -> LLMChain:
    return LLMChain(llm=FakeListLLM(responses=[answer]), prompt=PromptTemplate.from_template(template))


def _sequential_chain(callbacks: Sequence[BaseCallbackHandler]) -> None:
    synopsis = _chain("Write a synopsis for {title}", "Synopsis: a robot learns to paint.")
    review = _chain("Review this: {synopsis}", "Review: moving and colourful.")
    SimpleSequentialChain(chains=[synopsis, review]).invoke("The Painter", {"callbacks": list(callbacks)})


def _react_agent(callbacks: Sequence[BaseCallbackHandler]) -> None:
    tools = [
        Tool(name="Search", func=lambda q: f"result for {q}", description="search"),
        Tool(name="Calculator", func=lambda q: str(sum(map(int, q.split("+")))), description="calc"),
    ]
    agent = ZeroShotAgent.from_llm_and_tools(FakeListLLM(responses=STEPS), tools)
    executor = AgentExecutor(agent=agent, tools=tools)
    executor.invoke({"input": "How many sunny days?"}, {"callbacks": list(callbacks)})


def _chat_stream(callbacks: Sequence[BaseCallbackHandler]) -> None:
    asked = [
        SystemMessage("You are terse."),
        HumanMessage("#id03# Say something."),
        AIMessage("ok"),
        HumanMessage("#id04# and again"),
    ]
    for _ in StreamChat().stream(asked, {"callbacks": list(callbacks)}):
        pass


APPLICATIONS: dict[str, Callable[[Sequence[BaseCallbackHandler]], None]] = {
    "generate": _generate,
    "generate_usage": _generate_usage,
    "sequential_chain": _sequential_chain,
    "react_agent": _react_agent,
    "chat_stream": _chat_stream,
}


class Oracle(NamedTuple):
    """What ClearML's handler kept."""

    counters: dict[str, int]
    records: list[Record]
    rows: list[Record]

    def kept(self, logs: Logs) -> list[Kept]:
        """Give the records, each with the run that a record of ours with the same step and action has."""
        runs = dict(logs.sql("SELECT (step, action)::VARCHAR, any_value(run_id) FROM action_records GROUP BY 1").rows())
        return [Kept(0, runs.get(f"({r['step']}, {r['action']})", "no such run"), r) for r in self.records]

    def pairs(self) -> list[Pairs]:
        return [Pairs(0, self.rows, None)]


def record(name: str, log_dir: Path) -> None:
    """Run an application again, recorded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LangChainDeprecationWarning)
        with LogCallbackHandler(log_dir, stream="tokens") as handler:
            APPLICATIONS[name]([handler])


def oracle(name: str) -> Oracle:
    """Read what the handler kept of an application, but for what another run of it changes."""
    path = FILES / f"clearml_{name}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    return Oracle(told["counters"], [steady(each) for each in told["action_records"]], told["session_analysis"]["rows"])


def steady(record: Record) -> Record:
    """Leave out of a record the ids and versions of one run, and where a class lives."""
    kept = {key: value for key, value in record.items() if key != "message_id"}
    if "repr" in kept:
        kept["repr"] = re.sub(r"\d+\.\d+\.\d+", "0", kept["repr"])
    if isinstance(kept.get("id"), list):
        kept["id"] = kept["id"][-1:]
    return kept
