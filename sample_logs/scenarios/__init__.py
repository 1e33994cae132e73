"""The scenarios that the sample logs record, in their order."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from langchain_core.callbacks import BaseCallbackHandler

from sample_logs.scenarios import agent, batch, chat, errors, generate, rag, react, sequential, spans

__all__ = ["SCENARIOS", "Scenario"]


class Scenario(NamedTuple):
    """An application, and how to run it while it is recorded."""

    key: str
    """Name of the folder with its recording."""
    title: str
    run: Callable[[Path, Sequence[BaseCallbackHandler]], None]
    """Takes the folder to record into, and further handlers that are to see the same events."""
    langchain: bool = True
    """Whether it runs on LangChain, so that such handlers see anything."""


SCENARIOS = (
    Scenario("a-generate", "six prompts in one call, twice", generate.run),
    Scenario("b-sequential", "two chains, one after the other", sequential.run),
    Scenario("c-react", "a ReAct agent with Search and Calculator", react.run),
    Scenario("d-chat", "a streamed conversation", chat.run),
    Scenario("e-batch", "a batch of eight whose answers arrive in the opposite order", batch.run),
    Scenario("f-rag", "answers from retrieved documents", rag.run),
    Scenario("g-agent", "a LangGraph agent that calls tools for six turns", agent.run),
    Scenario("h-errors", "errors of a model, a tool, a retriever and a chain", errors.run),
    Scenario("i-spans", "code without LangChain", spans.run, langchain=False),
)
