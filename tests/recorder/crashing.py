"""A script: forks children that record from a warm parent, kills each at a random moment, and notes what they told.

    python tests/recorder/crashing.py DIRECTORY KILLS [FORMAT]

Child N records into DIRECTORY/N; DIRECTORY/N.told has a line for each event whose call had returned: its name and how
long its text is.
"""

import os
import select
import signal
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NoReturn

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from lctrack import LogCallbackHandler

FORMAT: Any = sys.argv[3] if len(sys.argv) > 3 else "jsonl"
THREADS, LARGEST, LONGEST_LIFE, PAUSE = (3, 200_000, 0.08, 0.0) if FORMAT == "jsonl" else (1, 5_000, 0.3, 0.002)
"""How many of a child; of its texts; of itself, and between events, in seconds: sealing needs time, and small files."""


class Talker:
    """Records one kind of thing after another, and tells of each event once its call has returned.

    Args:
        handler: What records.
        number: Of this thread.
        told: Where to tell.
    """

    def __init__(self, handler: LogCallbackHandler, number: int, told: int) -> None:
        self._handler = handler
        self._random = Random(number)  # noqa: S311  # not for secrets
        self._told = told
        self._prefix = f"{os.getpid()}-{number}"
        self._count = 0
        self._history: list[BaseMessage] = []

    def talk(self) -> NoReturn:
        while True:
            self.say_something()

    def say_something(self) -> None:
        self._random.choice((self._score, self._span, self._turn))()

    def _event(self, record: Callable[[str], object]) -> None:
        """Record one event with a text of its own."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        size = self._random.choice((10, 10, 10, 1_000, 1_000, 5_000, LARGEST))
        record(f"{name} {'x' * size}")
        os.write(self._told, f"{name} {size}\n".encode())
        if PAUSE:
            time.sleep(PAUSE)

    def _score(self) -> None:
        self._event(lambda text: self._handler.recorder.score("n", 1, comment=text))

    def _span(self) -> None:
        span: Any = None

        def enter(text: str) -> None:
            nonlocal span
            span = self._handler.recorder.span("work", inputs=text)
            span.__enter__()

        def leave(text: str) -> None:
            span.set_outputs(text)
            span.__exit__(None, None, None)

        self._event(enter)
        self._event(leave)

    def _turn(self) -> None:
        """Send a history that grows, of which the recorder writes only what is new."""
        run_id = uuid.uuid4()

        def ask(text: str) -> None:
            self._history = [*self._history[-20:], HumanMessage(text)]
            self._handler.on_chat_model_start({}, [self._history], run_id=run_id)

        def answer(text: str) -> None:
            self._history.append(AIMessage(text))
            self._handler.on_llm_end(
                LLMResult(generations=[[ChatGeneration(message=self._history[-1])]]), run_id=run_id
            )

        self._event(ask)
        self._event(answer)


def record(directory: Path, seed: int, told: int) -> NoReturn:
    limit = Random(seed).choice((5_000, 300_000, 10**9))  # noqa: S311  # likewise
    handler = LogCallbackHandler(directory, rotate_bytes=limit, format=FORMAT)
    talkers = [Talker(handler, number, told) for number in range(THREADS)]
    for talker in talkers[1:]:
        threading.Thread(target=talker.talk, daemon=True).start()
    talkers[0].talk()


def kill_one(directory: Path, number: int) -> None:
    random = Random(number)  # noqa: S311  # likewise
    hear, told = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            record(directory / str(number), number, told)
        finally:
            os._exit(1)
    os.close(told)
    heard = b""
    ending = time.monotonic() + random.uniform(0, LONGEST_LIFE)
    while (left := ending - time.monotonic()) > 0:
        if select.select([hear], [], [], left)[0]:
            heard += os.read(hear, 65_536)
    os.kill(child, signal.SIGKILL)
    while piece := os.read(hear, 65_536):
        heard += piece
    os.close(hear)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    (directory / f"{number}.told").write_bytes(heard)


def warm_up(directory: Path) -> None:
    """Do once what is done once in a process."""
    hear, told = os.pipe()
    with LogCallbackHandler(directory / "warm", format=FORMAT) as handler:
        talker = Talker(handler, 0, told)
        for _ in range(20):
            talker.say_something()
    os.close(told)
    os.close(hear)


if __name__ == "__main__":
    warm_up(Path(sys.argv[1]))
    for each in range(int(sys.argv[2])):
        kill_one(Path(sys.argv[1]), each)
