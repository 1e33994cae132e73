"""Scenario (b): a playwright writes a synopsis, and a critic reviews it."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from langchain_classic.chains import LLMChain, SimpleSequentialChain
from langchain_core._api import LangChainDeprecationWarning
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.prompts import PromptTemplate

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedLLM

__all__ = ["reply", "run"]

TITLE = "documentary about good video games that push the boundary of game design"

PLAYWRIGHT = """You are a playwright. Given the title of play, it is your job to write a synopsis for that title.
Title: {title}
Playwright: This is a synopsis for the above play:"""

CRITIC = """You are a play critic from the New York Times. Given the synopsis of play, it is your job to write a \
review for that play.
Play Synopsis:
{synopsis}
Review from a New York Times play critic of the above play:"""

SYNOPSIS = (
    "Three designers who have never met are invited to a studio that closed twenty years ago. Each of them finds a "
    "half-finished game there, and each game seems to remember the person who is playing it. As the night goes on "
    "they discover that the games are chapters of one story, left behind by a colleague who wanted to know whether "
    "rules can express regret. The documentary crew that follows them must decide whether to film the ending or to "
    "play it."
)

REVIEW = (
    "It is rare that a play about technology trusts silence, and rarer still that it earns it. The first act is "
    "burdened with terminology that only specialists will appreciate, but the second is extraordinary: a monologue "
    "delivered to an unattended controller becomes the most honest conversation of the season. One leaves convinced "
    "that a good rule, like a good sentence, hides its author."
)


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Run the two chains one after the other, as the documentation of LangChain's trackers does."""
    llm = ScriptedLLM(script=reply, temperature=0.7)
    with warnings.catch_warnings():
        # Deprecated, but what the documentation of the trackers uses, and the applications that followed it.
        warnings.simplefilter("ignore", LangChainDeprecationWarning)
        synopsis = LLMChain(llm=llm, prompt=PromptTemplate.from_template(PLAYWRIGHT))
        review = LLMChain(llm=llm, prompt=PromptTemplate.from_template(CRITIC))
    play = SimpleSequentialChain(chains=[synopsis, review])
    with LogCallbackHandler(
        log_dir, project="langchain_callback_demo", name="chain", job_type="inference", tags=["test"]
    ) as handler:
        play.invoke(TITLE, config={"callbacks": [handler, *watchers]})
        handler.flush_tracker(play, name="synopsis and review")


def reply(prompt: str) -> Reply:
    """Be the playwright or the critic, as the prompt asks."""
    return Reply(REVIEW if "critic" in prompt else SYNOPSIS)
