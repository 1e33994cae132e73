"""What recording costs: time per event over a handler that does nothing, both in one process, interleaved.

The events are those of an LLM call of about 1 kB: `on_llm_start` with a prompt, `on_llm_end` with an answer and its
token usage. Prints the median over rounds, and the ratio to langchain-core's own tracer.
"""

import statistics
import tempfile
import time
import uuid
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import Generation, LLMResult
from langchain_core.tracers import BaseTracer

from lctrack import LogCallbackHandler

CALLS, ROUNDS = 200, 15
SERIALIZED = {"lc": 1, "type": "not_implemented", "id": ["langchain", "llms", "OpenAI"], "name": "OpenAI"}
PROMPT = "You are a playwright. Write a synopsis for the play below. " * 12
ANSWER = LLMResult(
    generations=[[Generation(text="A robot learns to paint what people dream of. " * 14, generation_info={"n": 1})]],
    llm_output={"token_usage": {"prompt_tokens": 150, "completion_tokens": 140, "total_tokens": 290}},
)


class Nothing(BaseCallbackHandler):
    """The floor: LangChain's own cost of calling a handler."""


class Keeping(BaseTracer):
    """langchain-core's tracer, keeping nothing when a run has ended."""

    def _persist_run(self, run: Any) -> None:
        """Do nothing with it."""


def calls(handler: Any) -> float:
    """Give the seconds one event takes, over `CALLS` model calls."""
    began = time.perf_counter()
    for _ in range(CALLS):
        run_id = uuid.uuid4()
        handler.on_llm_start(SERIALIZED, [PROMPT], run_id=run_id, tags=["bench"], metadata={"user": "u1"})
        handler.on_llm_end(ANSWER, run_id=run_id)
    return (time.perf_counter() - began) / (2 * CALLS)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory, LogCallbackHandler(directory) as recording:
        handlers = {"nothing": Nothing(), "lctrack": recording, "langchain-core tracer": Keeping()}
        times: dict[str, list[float]] = {name: [] for name in handlers}
        for _ in range(ROUNDS):
            for name, handler in handlers.items():
                times[name].append(calls(handler))
        floor = statistics.median(times["nothing"])
        cost = {name: statistics.median(taken) - floor for name, taken in times.items()}
    for name in ("lctrack", "langchain-core tracer"):
        print(f"{name:<24}{cost[name] * 1e6:8.1f} µs per event")
    print(f"{'ratio':<24}{cost['lctrack'] / cost['langchain-core tracer']:8.2f}")


if __name__ == "__main__":
    main()
