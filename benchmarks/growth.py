"""How the log of an agent grows with its turns: bytes, and the recorder's time per event from turn to turn.

A tool-calling agent of `create_agent` is recorded with 10, 20, 40 and 80 turns. It sends its whole history with every
call, so that a log written plainly grows with the square of the turns. The time is what the recorder takes within the
handler's methods: for each event the least of several agents, and of these the mean over the first and the last
quarter of the events.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.tools import tool

from lctrack import LogCallbackHandler

TURNS, ROUNDS = (10, 20, 40, 80), 5


class Timed(LogCallbackHandler):
    """Takes the time of each event."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.taken: list[float] = []

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        return self._timed(value) if name.startswith("on_") else value

    def _timed(self, method: Callable[..., None]) -> Callable[..., None]:
        def timed(*args: Any, **kwargs: Any) -> None:
            began = time.perf_counter()
            method(*args, **kwargs)
            self.taken.append(time.perf_counter() - began)

        return timed


class Model(GenericFakeChatModel):
    """A model that calls the tool until its script ends."""

    def bind_tools(self, *_: Any, **__: Any) -> "Model":
        """Take the tools for granted."""
        return self


@tool
def look_up(question: str) -> str:
    """Look something up."""
    return f"{question}: " + "a fact that takes a sentence or two to tell, as facts from an archive do. " * 8


def agent(turns: int) -> Any:
    """Make an agent that calls its tool so many times before it answers."""
    calls = [
        AIMessage(
            content=f"I have to look up part {turn} before I can answer. " * 4,
            tool_calls=[{"name": "look_up", "args": {"question": f"part {turn}"}, "id": f"call-{turn}"}],
        )
        for turn in range(turns)
    ]
    return create_agent(Model(messages=iter([*calls, AIMessage("That is all.")])), [look_up])


def recorded(turns: int) -> tuple[int, list[float]]:
    """Run an agent; give the size of its log, and the time of each event."""
    with tempfile.TemporaryDirectory() as directory, Timed(Path(directory)) as handler:
        config: Any = {"callbacks": [handler], "recursion_limit": 1_000}
        agent(turns).invoke({"messages": [("user", "What do the archives say?")]}, config)
        return handler.stats()["bytes"], handler.taken


def main() -> None:
    """Measure and print."""
    recorded(5)
    print(f"{'turns':>6}{'events':>8}{'kB':>9}{'ratio':>7}{'µs, first quarter':>19}{'last quarter':>14}")
    before = 0
    for turns in TURNS:
        runs = [recorded(turns) for _ in range(ROUNDS)]
        size = runs[0][0]
        least = [min(times) for times in zip(*(taken for _, taken in runs), strict=True)]
        quarter = len(least) // 4
        first, last = (statistics.mean(part) * 1e6 for part in (least[:quarter], least[-quarter:]))
        ratio = f"{size / before:.2f}" if before else ""
        print(f"{turns:>6}{len(least):>8}{size / 1e3:9.1f}{ratio:>7}{first:19.1f}{last:14.1f}")
        before = size


if __name__ == "__main__":
    main()
