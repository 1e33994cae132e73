"""Sessions of one or more traces of eight spans, as LangChain makes them; seeded, so that equal numbers are equal.

Not much text and no waiting: what is left is what recording or delivering costs.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import FakeListLLM
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import Runnable, RunnableLambda

from lctrack import LogCallbackHandler

SPANS = 8
_WORDS = ("sensor", "courier", "valve", "pressure", "report", "answer", "summary", "archive", "turbine", "engine")


def chain(number: int) -> Runnable[Any, Any]:
    """Give a chain whose every call is a trace of eight spans: itself and its seven parts."""
    choose = random.Random(number)  # noqa: S311  # texts, not secrets
    model = FakeListLLM(responses=[" ".join(choose.choices(_WORDS, k=60)) + "." for _ in range(2)])
    write = PromptTemplate.from_template("Write a synopsis for a play called {title}.")
    review = PromptTemplate.from_template("Review this synopsis: {synopsis}")
    parts = write | model | StrOutputParser() | _named("synopsis") | review | model | StrOutputParser()
    return parts.with_config(run_name="synopsis and review")


def _named(key: str) -> Runnable[str, dict[str, str]]:
    return RunnableLambda(lambda text: {key: text}, name="named")


def run(number: int, traces: int, callbacks: Sequence[Any]) -> None:
    """Make the traces of a session."""
    for trace in range(traces):
        title = f"Play {number}, act {trace}"
        chain(number).invoke({"title": title}, config={"callbacks": list(callbacks)})


def record(logs: Path, sessions: int, traces: int) -> None:
    """Record sessions with lctrack, each in a segment of its own, as processes of their own would."""
    for number in range(sessions):
        with LogCallbackHandler(logs, project="benchmark", name=f"session {number}") as handler:
            run(number, traces, [handler])
