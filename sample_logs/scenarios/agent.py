"""Scenario (g): a LangGraph agent that calls tools for six turns before it answers."""

from collections.abc import Sequence
from pathlib import Path

from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.tools import tool

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedChat

__all__ = ["reply", "run"]

SYSTEM = "You help a team to choose between its training runs. Look things up; never guess a number."
QUESTION = "Which run of the summarizer should we deploy, if an answer may take two seconds at most?"

RUNS = {"summarizer": ["amber", "basalt", "cedar"], "summarizer-long": ["dune", "ember"]}
METRICS = {
    "amber": {"rouge_l": 0.412, "seconds": 1.4, "cost": 31.0},
    "basalt": {"rouge_l": 0.447, "seconds": 1.9, "cost": 58.5},
    "cedar": {"rouge_l": 0.451, "seconds": 2.6, "cost": 60.2},
    "dune": {"rouge_l": 0.468, "seconds": 3.8, "cost": 112.0},
    "ember": {"rouge_l": 0.463, "seconds": 2.2, "cost": 97.4},
}

# What the model does in each turn: the tool, and what it is asked. The third turn asks for two things at once.
TURNS = (
    ("I will start with the runs there are.", [("list_runs", {"experiment": "summarizer"})]),
    ("Three candidates. I look at the first.", [("get_metrics", {"run": "amber"})]),
    ("", [("get_metrics", {"run": "basalt"}), ("get_metrics", {"run": "cedar"})]),
    (
        "Quality rises with time. There may be better ones among the long contexts.",
        [("list_runs", {"experiment": "summarizer-long"})],
    ),
    ("", [("get_metrics", {"run": "dune"})]),
    ("", [("get_metrics", {"run": "ember"})]),
)

ADVICE = (
    "Deploy basalt. It answers in 1.9 seconds, and of the two runs that stay below two seconds it has the higher "
    "score: 0.447 against 0.412 for amber. Cedar, dune and ember score better but take between 2.2 and 3.8 seconds, "
    "so they would violate your limit. If the limit could be relaxed to 2.2 seconds, ember would be worth a trial."
)


@tool
def list_runs(experiment: str) -> list[str]:
    """List the runs of an experiment."""
    return RUNS[experiment]


@tool
def get_metrics(run: str) -> dict[str, float]:
    """Give the metrics of a run: its score, seconds for an answer, and what the training cost."""
    return METRICS[run]


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Let the agent look up what it needs, and recommend a run."""
    adviser = create_agent(ScriptedChat(script=reply), [list_runs, get_metrics], system_prompt=SYSTEM, name="adviser")
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="adviser", tags=["langgraph"]) as handler:
        adviser.invoke(
            {"messages": [HumanMessage(QUESTION)]},
            config={"callbacks": [handler, *watchers], "configurable": {"thread_id": "deployment-7"}},
        )


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Take the next turn: the conversation tells how many were taken."""
    turn = sum(message.type == "ai" for message in messages)
    if turn == len(TURNS):
        return Reply(ADVICE, reasoning_tokens=96)
    answered = sum(isinstance(message, ToolMessage) for message in messages)
    text, calls = TURNS[turn]
    return Reply(
        text,
        tuple(
            ToolCall(name=name, args=arguments, id=f"call_{answered + number}", type="tool_call")
            for number, (name, arguments) in enumerate(calls, 1)
        ),
        reasoning_tokens=12,
    )
