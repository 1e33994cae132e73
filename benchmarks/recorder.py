"""What recording costs: time and memory per event over a handler that does nothing, beside the peers that run here.

All in one process, interleaved: each round calls every handler in turn, and a handler's time is the median over the
rounds, less that of the handler that does nothing. The events are those of an LLM call of about 1 kB: `on_llm_start`
with a prompt, `on_llm_end` with an answer and its token usage. Ratios are medians of the ratios within each round.
What a handler leaves to threads of its own is not counted, and waited for before the next is timed.
Peers that are not installed are named as such; `scripts/bench` installs them.
"""

import gc
import logging
import os
import statistics
import sys
import tempfile
import time
import tracemalloc
import uuid
import warnings
from pathlib import Path
from typing import Any

from langchain_core.outputs import Generation, LLMResult
from peers import PEERS, Nothing

from lctrack import LogCallbackHandler

CALLS, ROUNDS = 100, 31
SLOW = 200e-6
"""A handler that takes longer than this for an event, in seconds, is called less often."""

SERIALIZED = {"lc": 1, "type": "not_implemented", "id": ["langchain", "llms", "OpenAI"], "name": "OpenAI"}
PROMPT = "You are a playwright. Write a synopsis for the play below. " * 12
ANSWER = LLMResult(
    generations=[[Generation(text="A robot learns to paint what people dream of. " * 14, generation_info={"n": 1})]],
    llm_output={"token_usage": {"prompt_tokens": 150, "completion_tokens": 140, "total_tokens": 290}},
)


def call(handler: Any) -> None:
    """Pass the two events of a model call."""
    run_id = uuid.uuid4()
    handler.on_llm_start(SERIALIZED, [PROMPT], run_id=run_id, tags=["bench"], metadata={"user": "u1"})
    handler.on_llm_end(ANSWER, run_id=run_id)


def timed(handler: Any, calls: int) -> float:
    """Give the seconds that one event takes."""
    began = time.perf_counter()
    for _ in range(calls):
        call(handler)
    return (time.perf_counter() - began) / (2 * calls)


def handlers(directory: Path) -> dict[str, Any]:
    """Make every handler that can be made here; the others are named."""
    made: dict[str, Any] = {"nothing": Nothing(), "lctrack": LogCallbackHandler(directory / "lctrack")}
    for name, make in PEERS.items():
        try:
            made[name] = make(directory)
        except ImportError as error:
            print(f"{name} is left out: {error}")
    return made


def settle() -> None:
    """Wait until the threads of the process have little left to do."""
    while True:
        before = time.process_time()
        time.sleep(0.05)
        if time.process_time() - before < 0.005:  # noqa: PLR2004  # a tenth of the time
            return


def times(made: dict[str, Any]) -> dict[str, list[float]]:
    """Time each handler in each round."""
    calls = {name: CALLS if timed(handler, 20) < SLOW else max(1, CALLS // 20) for name, handler in made.items()}
    taken: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(ROUNDS):
        for name, handler in made.items():
            settle()
            taken[name].append(timed(handler, calls[name]))
    return taken


def retained(handler: Any, events: int) -> float:
    """Give the bytes of memory that an event leaves behind, after as many again to warm up."""
    tracemalloc.start()
    for _ in range(events // 2):
        call(handler)
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(events // 2):
        call(handler)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / events


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as directory:
        made = handlers(Path(directory))
        taken = times(made)
        floor = taken["nothing"]
        print(f"{'':<26}{'µs per event':>14}{'times lctrack':>16}{'bytes kept per event':>22}")
        for name in list(made)[1:]:
            over = [one - least for one, least in zip(taken[name], floor, strict=True)]
            own = [one - least for one, least in zip(taken["lctrack"], floor, strict=True)]
            ratio = statistics.median(one / ours for one, ours in zip(over, own, strict=True))
            memory = retained(made[name], 100_000 if name == "lctrack" else 400)
            print(f"{name:<26}{statistics.median(over) * 1e6:14.1f}{ratio:16.2f}{memory:22.1f}")
        made["lctrack"].close()
        sys.stdout.flush()
        os._exit(0)  # the trackers' threads would have things to say at the end


if __name__ == "__main__":
    main()
