"""Scenario (i): an application without LangChain, recorded through spans."""

from collections.abc import Sequence
from pathlib import Path

from lctrack import Recorder

__all__ = ["run"]

QUESTION = "May the shipment of reagents leave the cold store today?"

ANSWER = (
    "The shipment may leave today. All three sensors stayed between two and eight degrees during the last day, and "
    "the courier confirmed a refrigerated vehicle for four o'clock. The certificate of the third box expires "
    "tomorrow, so it should travel first."
)


def run(log_dir: Path, watchers: Sequence[object] = ()) -> None:  # noqa: ARG001  # nothing here calls LangChain
    """Record an agent that retrieves, calls a tool twice because the first call fails, and asks a model."""
    with Recorder(log_dir, project="cold-store", name="release check", tags=["no-langchain"]) as recorder:
        with recorder.span(
            "release check", kind="agent", inputs={"question": QUESTION}, metadata={"thread_id": "shipment-3"}
        ) as agent:
            rules = _find_rules(recorder)
            readings = _read_sensors(recorder)
            with recorder.span("compose answer", inputs={"rules": rules, "readings": readings}) as compose:
                with recorder.span("house model", kind="llm", inputs={"prompt": QUESTION}, model="house-2") as model:
                    model.set_outputs(ANSWER)
                    model.set_usage(input_tokens=148, output_tokens=52, total_tokens=200, cached_tokens=96)
                    model.score("helpful", 0.8)
                compose.set_outputs(ANSWER)
            agent.set_outputs({"answer": ANSWER})
        recorder.score("correct", value=True, run_id=agent.run_id, comment="checked by the shift leader")


def _find_rules(recorder: Recorder) -> list[str]:
    with recorder.span("find rules", kind="retriever", inputs={"query": "release of reagents"}) as span:
        rules = ["Reagents travel between two and eight degrees."]
        span.set_outputs(rules)
    return rules


def _read_sensors(recorder: Recorder) -> dict[str, float]:
    """Read the sensors; the gateway answers only when it is asked again."""
    try:
        with recorder.span("read sensors", kind="tool", inputs={"hours": 24}):
            _ask_gateway()
    except TimeoutError:
        with recorder.span("read sensors", kind="tool", inputs={"hours": 24}, tags=["second attempt"]) as span:
            readings = {"lowest °C": 2.8, "highest °C": 6.9}
            span.set_outputs(readings)
    return readings


def _ask_gateway() -> None:
    raise TimeoutError("the gateway of the cold store did not answer")
