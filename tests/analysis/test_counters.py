"""The counters of a session are those of LangChain's own tracker handler, run beside the recorder."""

from pathlib import Path
from threading import RLock
from typing import Any

import pytest

from lctrack_analysis import load
from lctrack_analysis.columns import COUNTERS
from sample_logs.scenarios import SCENARIOS, Scenario

pytest.importorskip("langchain_community")
from langchain_community.callbacks.sagemaker_callback import SageMakerCallbackHandler

NAMES = [column.name for column in COUNTERS]


class Tracker(SageMakerCallbackHandler):
    """Counts as it does for SageMaker, in any thread, and uploads nothing."""

    raise_error = False

    def __init__(self) -> None:
        super().__init__(run=None)
        self._lock = RLock()

    def jsonf(self, *args: Any, **kwargs: Any) -> None:
        """Write no artifact."""

    # SageMaker's handler knows no retrievers. These count as those of MLflow's do.
    def on_retriever_start(self, *_: Any, **__: Any) -> None:
        self._count("starts")

    def on_retriever_end(self, *_: Any, **__: Any) -> None:
        self._count("ends")

    def on_retriever_error(self, *_: Any, **__: Any) -> None:
        self._count("errors")

    def _count(self, name: str) -> None:
        self.metrics["step"] += 1
        self.metrics[name] += 1


def _locked(name: str) -> Any:
    method = getattr(Tracker, name)

    def locked(self: Tracker, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            return method(self, *args, **kwargs)

    return locked


for _name in [name for name in dir(Tracker) if name.startswith("on_") and name in vars(SageMakerCallbackHandler)]:
    setattr(Tracker, _name, _locked(_name))


@pytest.mark.parametrize("scenario", [pytest.param(each, id=each.key) for each in SCENARIOS if each.langchain])
def test_the_counters_are_those_that_the_tracker_counted_live(scenario: Scenario, tmp_path: Path) -> None:
    tracker = Tracker()
    scenario.run(tmp_path, [tracker])
    counted = load(tmp_path).sessions.select(NAMES).sum().row(0, named=True)
    assert {name: tracker.metrics[name] for name in NAMES} == counted
    assert counted["step"] > 0
