"""Scenario (d): a conversation whose answers arrive word by word."""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedChat

__all__ = ["reply", "run"]

SYSTEM = "You are a patient teacher. Answer in a few plain sentences, and give one example."

# Each question, and what the model says to it.
LESSONS = {
    "What is an air gap?": Reply(
        "An air gap is a measure that keeps a computer physically apart from every network that is not trusted. "
        "Nothing can be sent to it or fetched from it except by carrying a medium across. "
        "A hospital, for example, may keep the machines that control radiotherapy behind one.",
        reasoning_tokens=18,
    ),
    "And how do people still find out what happens on such a machine?": Reply(
        "They let the machine write down what it does, in files that explain themselves. "
        "Somebody carries those files across the gap, and everything else, from tables to dashboards, is rebuilt "
        "on the other side. The files of a whole week of radiotherapy plans, for example, fit on one small disk.",
        reasoning_tokens=42,
    ),
}


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Stream an answer from the model, and the next through a chain: of the second the log keeps every word."""
    model = ScriptedChat(script=reply)
    first, second = LESSONS
    history: list[BaseMessage] = [SystemMessage(SYSTEM), HumanMessage(first)]
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="chat", stream="timing") as handler:
        answer = "".join(chunk.text for chunk in model.stream(history, {"callbacks": [handler, *watchers]}))
    history.append(AIMessage(answer))
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    chain = prompt | model | StrOutputParser()
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="every word", stream="tokens") as handler:
        for _ in chain.stream({"history": history, "question": second}, {"callbacks": [handler, *watchers]}):
            pass


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Answer the last question."""
    return LESSONS[messages[-1].text]
