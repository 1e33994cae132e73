"""The public API as somebody who uses it types it: checked by mypy in strict mode, never run."""

import contextvars
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypedDict
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import Runnable, RunnableConfig

import lctrack
from lctrack import LogCallbackHandler, Recorder, Span, autolog
from lctrack import LogCallbackHandler as WandbCallbackHandler
from lctrack import LogCallbackHandler as WandbTracer


def hide(text: str) -> str:
    return text.replace("house-2", "a model")


def a_handler_takes_options_by_keyword(chain: Runnable[Any, Any]) -> None:
    with LogCallbackHandler(
        Path("logs"),
        project="demo",
        name="synopsis",
        tags=("test",),
        params={"temperature": 0.2},
        stream="tokens",
        redact=["[0-9]{16}", hide],
        sample=0.1,
        sample_errors=True,
        fsync="interval",
        fsync_interval=0.5,
        rotate_bytes=None,
        format="parquet",
        raise_error=True,
    ) as handler:
        config: RunnableConfig = {"callbacks": [handler]}
        chain.invoke({}, config)
        handler.flush_tracker(chain, name="first", tags=["next"], reset=True, finish=False)
        counted: dict[str, int] = handler.stats()
        session: str = handler.session_id
    base: BaseCallbackHandler = handler
    own: Recorder = handler.recorder
    print(counted, session, base, own)  # noqa: T201  # never run


def a_mistake_is_an_error_of_the_type_checker() -> None:
    LogCallbackHandler("logs", projct="demo")  # type: ignore[call-arg]  # no such option
    LogCallbackHandler("logs", stream="all")  # type: ignore[arg-type]  # no such value
    LogCallbackHandler().flush_tracker(colour="red")  # type: ignore[call-arg]  # no such label
    Recorder("logs", visualize=True)  # type: ignore[call-arg]  # a tracker's name, which only handlers take
    Recorder("logs").span("x").set_usage(words=3)  # type: ignore[call-arg]  # no such number


class SageMakerRun:
    experiment_name = "adviser"
    run_name = "monday"


class RunArgs(TypedDict):
    project: str


def handlers_take_the_arguments_of_trackers(chain: Runnable[Any, Any]) -> None:
    handler = WandbCallbackHandler(job_type="inference", project="demo", visualize=True, complexity_metrics=True)
    handler.flush_tracker(chain, job_type="next", visualize=False)
    LogCallbackHandler(task_type="inference", project_name="demo", task_name="llm", stream_logs=True)
    LogCallbackHandler(experiment="demo", tags={"team": "nlp"}, tracking_uri=None, run_id="r", artifacts_dir="a")
    LogCallbackHandler(workspace="team", visualizations=["dep"], custom_metrics=len).flush_tracker(workspace="other")
    LogCallbackHandler(repo=".", experiment_name="demo", system_tracking_interval=None, log_system_params=False)
    LogCallbackHandler(SageMakerRun())
    LogCallbackHandler(run=SageMakerRun())
    WandbTracer({"project": "demo"}).finish()
    run_args: RunArgs = {"project": "demo"}
    WandbTracer(run_args=run_args, io_serializer=str)


def everything_is_recorded(chain: Runnable[Any, Any]) -> None:
    handler: LogCallbackHandler | None = autolog("logs", project="demo", experiment="also by its other names")
    chain.invoke({})
    if handler is not None:
        handler.flush_tracker(Path("app.py"))
    lctrack.autolog(disable=True)


recorder = Recorder("logs", project="demo", mask_secrets=False, record_inputs=False)


def spans_are_entered(run_id: UUID) -> None:
    with recorder.span(
        "adviser", kind="agent", inputs={"question": "How warm?"}, tags=["t"], metadata={"m": 1}
    ) as span:
        entered: Span = span
        entered.set_outputs(object())
        entered.set_usage(input_tokens=1, cached_tokens=0, cache_write_tokens=0)
        entered.score("relevant", 0.9)
        active: Span | None = recorder.active_span()
        identifier: str = span.run_id
        recorder.score("good", value=True, run_id=identifier, comment="by hand")
    recorder.score("label", "yes", run_id=run_id)
    recorder.asset({"layers": 3}, name="net", graph={"nodes": []})
    recorder.flush("first", project="next")
    with ThreadPoolExecutor() as pool:
        pool.submit(contextvars.copy_context().run, active.score if active else print, "x", 1)


async def spans_are_entered_asynchronously() -> None:
    async with recorder.span("adviser") as span:
        span.set_outputs("4 degrees")


@recorder.span("read sensor", kind="tool")
def read_sensor(number: int, unit: Literal["C", "F"] = "C") -> float:
    return number * len(unit)


@recorder.span("words")
def words(text: str) -> Iterator[str]:
    yield from text.split()


@recorder.span("answer", kind="llm", model="house-2")
async def answer(question: str) -> str:
    return question


@recorder.span("stream")
async def stream(question: str) -> AsyncIterator[str]:
    yield question


class Adviser:
    @recorder.span("method")
    def advise(self, question: str) -> str:
        return question


async def decorated_functions_keep_their_types() -> None:
    degrees: float = read_sensor(7, unit="F")
    read_sensor("7")  # type: ignore[arg-type]  # the type of the function
    first: str = next(iter(words("a b")))
    text: str = await answer("How warm?")
    async for piece in stream("How warm?"):
        text += piece
    advice: str = Adviser().advise(first)
    print(degrees, advice)  # noqa: T201  # never run
