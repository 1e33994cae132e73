"""Scenario (e): eight questions at once, of which the last is answered first."""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedChat

__all__ = ["ANSWERS", "reply", "run"]

ANSWERS = {
    "a compiler": (
        "A compiler translates a program from the language people write into one that a machine executes. "
        "Along the way it rejects what is meaningless and rearranges what is merely slow."
    ),
    "a garbage collector": (
        "A garbage collector finds memory that nothing refers to any more and gives it back. "
        "It buys safety for a little time, usually at moments nobody notices."
    ),
    "a hash table": (
        "A hash table keeps each value in a place that is computed from its key. "
        "Looking something up therefore costs the same whether there are ten entries or ten million."
    ),
    "a scheduler": (
        "A scheduler decides which of the waiting tasks may use the processor next. "
        "Its difficulty lies in being fair to everyone while seeming immediate to each."
    ),
    "a mutex": (
        "A mutex lets one thread at a time into a section of code. "
        "Whoever holds it must eventually let go, or everybody else waits indefinitely."
    ),
    "a write-ahead log": (
        "A write-ahead log records every change before the change is made. "
        "After a crash the log is read again, and whatever was promised is reconstructed."
    ),
    "a checksum": (
        "A checksum is a short number computed from long data. "
        "If the number no longer agrees with the data, one of the two has been altered."
    ),
    "a ring buffer": (
        "A ring buffer is a queue of fixed size whose end is joined to its beginning. "
        "New entries overwrite the oldest, so it never grows and never asks for memory."
    ),
}

STEP_SECONDS = 0.02
"""How much sooner each question is answered than the one before it."""


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Ask all eight through one LCEL chain; the answers arrive in the opposite order."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "You write for a glossary."), ("human", "Explain {topic} in two sentences.")]
    )
    chain = prompt | ScriptedChat(script=reply) | StrOutputParser()
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="glossary", tags=["lcel"]) as handler:
        chain.batch(
            [{"topic": topic} for topic in ANSWERS],
            config={"callbacks": [handler, *watchers], "max_concurrency": len(ANSWERS)},
        )
        handler.flush_tracker(chain, name="glossary of eight")


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Explain the topic that the prompt names, the later topics sooner."""
    topics = list(ANSWERS)
    topic = messages[-1].text.removeprefix("Explain ").removesuffix(" in two sentences.")
    return Reply(ANSWERS[topic], seconds=STEP_SECONDS * (len(topics) - topics.index(topic)))
