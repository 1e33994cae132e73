"""Scenario (a): the same two prompts, three times over, in one call; and all of it once more."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from langchain_core.callbacks import BaseCallbackHandler

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedLLM

__all__ = ["reply", "run"]

PROMPTS = ["Tell me a joke", "Tell me a poem"]

# What the model says at each temperature.
ANSWERS = {
    0.0: {
        "Tell me a joke": (
            "Why did the neural network break up with the decision tree? It said the relationship had no depth. "
            "The tree answered that at least it could explain its decisions."
        ),
        "Tell me a poem": (
            "The evening folds its light across the bay,\n"
            "and every lamp becomes a second star.\n"
            "The fishing boats have nothing left to say;\n"
            "they know the shore, and rest from where they are."
        ),
    },
    0.9: {
        "Tell me a joke": (
            "A statistician drowned while crossing a river that was, on average, three feet deep. "
            "His colleagues were not surprised. They had warned him repeatedly about the variance, "
            "and he had replied that the sample was too small to be significant."
        ),
        "Tell me a poem": (
            "I asked the winter what it meant by snow.\n"
            "It wrote a single sentence on the field,\n"
            "an undeciphered alphabet, and slow,\n"
            "whose punctuation only crows revealed.\n"
            "By afternoon the meaning disappeared:\n"
            "the grass, illiterate and green, was cleared."
        ),
    },
}


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Ask for jokes and poems at two temperatures, and make each temperature a session of its own."""
    with LogCallbackHandler(
        log_dir, project="langchain_callback_demo", name="llm", job_type="inference", tags=["test"]
    ) as handler:
        for temperature in ANSWERS:
            llm = ScriptedLLM(script=partial(reply, temperature=temperature), temperature=temperature)
            llm.generate(PROMPTS * 3, callbacks=[handler, *watchers])
            handler.flush_tracker(llm, name=f"temperature {temperature}")


def reply(prompt: str, temperature: float) -> Reply:
    """Say what a model of this temperature says."""
    return Reply(ANSWERS[temperature][prompt])
