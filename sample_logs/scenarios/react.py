"""Scenario (c): an agent that reasons, searches and calculates until it can answer."""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from langchain_classic.agents import AgentExecutor, ZeroShotAgent
from langchain_core._api import LangChainDeprecationWarning
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tools import Tool

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedLLM

__all__ = ["reply", "run"]

QUESTION = "Who is Leo DiCaprio's girlfriend? What is her current age raised to the 0.43 power?"

# What is found on the web.
PAGES = {
    "Leo DiCaprio girlfriend": (
        "The actor has been in a relationship with the model Camila Morrone, whom he met through mutual friends in "
        "Los Angeles. They were first photographed together at a film premiere."
    ),
    "Camila Morrone age": "Camila Morrone is 25 years old.",
}

# What the agent writes after so many observations.
STEPS = (
    """\
I need to find out who Leo DiCaprio's girlfriend is, and then calculate her age raised to the 0.43 power.
Action: Search
Action Input: Leo DiCaprio girlfriend""",
    """\
The search names Camila Morrone. I still need her current age before anything can be calculated.
Action: Search
Action Input: Camila Morrone age""",
    """\
She is 25 years old, so the remaining task is arithmetic.
Action: Calculator
Action Input: 25^0.43""",
    """\
I now know the final answer
Final Answer: Camila Morrone is Leo DiCaprio's girlfriend, and her current age raised to the 0.43 power is 3.99. \
The exponent is applied to an age of 25 years.""",
)


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Let the agent find a name, then an age, then a power."""
    llm = ScriptedLLM(script=reply)
    tools = [
        Tool(name="Search", func=_search, description="Finds answers to questions about current events."),
        Tool(name="Calculator", func=_power, description="Answers questions about mathematics, such as 2^10."),
    ]
    with warnings.catch_warnings():
        # Deprecated, but what the documentation of the trackers uses, and the applications that followed it.
        warnings.simplefilter("ignore", LangChainDeprecationWarning)
        agent = AgentExecutor(agent=ZeroShotAgent.from_llm_and_tools(llm, tools), tools=tools)
    with LogCallbackHandler(
        log_dir, project="langchain_callback_demo", name="agent", job_type="inference", tags=["test"]
    ) as handler:
        agent.invoke({"input": QUESTION}, config={"callbacks": [handler, *watchers]})
        handler.flush_tracker(agent, name="search and calculator")


def reply(prompt: str) -> Reply:
    """Take the next step: the prompt ends with what was thought and observed so far."""
    scratchpad = prompt.split(QUESTION)[1]
    return Reply(STEPS[scratchpad.count("Observation:")])


def _search(query: str) -> str:
    return PAGES[query]


def _power(expression: str) -> str:
    """Work out `base^exponent`."""
    match = re.fullmatch(r"\s*([\d.]+)\s*\^\s*([\d.]+)\s*", expression)
    if match is None:
        raise ValueError(f"not of the form base^exponent: {expression!r}")
    return str(float(match[1]) ** float(match[2]))
