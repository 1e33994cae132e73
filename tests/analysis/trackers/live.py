"""LangChain's own tracker handlers, run beside the recorder without their trackers.

What a handler needs of a tracker's package, of spaCy and of textstat is a stand-in that does next to nothing: what is
compared is what the handler itself keeps. A record is noted with the run that it came from, which the handlers do not
keep.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import pytest
from langchain_community.callbacks import clearml_callback, mlflow_callback, sagemaker_callback, wandb_callback
from langchain_core.callbacks import BaseCallbackHandler, manager

from lctrack import LogCallbackHandler

Record = dict[str, Any]

COUNTERS = (
    *("step", "starts", "ends", "errors", "text_ctr", "chain_starts", "chain_ends", "llm_starts", "llm_ends"),
    *("llm_streams", "tool_starts", "tool_ends", "agent_ends"),
)


class Kept(NamedTuple):
    """A record that a handler kept."""

    session: int
    """How many sessions had ended before."""
    run_id: str
    record: Record


class Pairs(NamedTuple):
    """The table of prompts and answers that a handler made of a session, or why it made none."""

    session: int
    rows: list[Record] | None
    error: str | None


class Watcher(NamedTuple):
    """A handler that watches, and what came of it."""

    handler: BaseCallbackHandler
    kept: list[Kept]
    pairs: list[Pairs]
    end_session: Callable[[], None]


def watcher(tracker: str) -> Watcher:
    """Make a tracker's handler that notes what it keeps."""
    handler, records, pairs, reset = _HANDLERS[tracker]()
    watched = Watcher(handler, [], [], lambda: None)

    def end_session() -> None:
        watched.pairs.append(_pairs(len(watched.pairs), pairs))
        reset()

    for name in [name for name in dir(handler) if name.startswith("on_") and callable(getattr(handler, name))]:
        setattr(handler, name, _noting(getattr(handler, name), records, watched))
    return watched._replace(end_session=end_session)


@contextmanager
def sessions_of(watchers: list[Watcher]) -> Iterator[None]:
    """End the sessions of watchers with those of the recorder; every handler hears the events in one order."""
    lock = RLock()
    handle, flush, close = manager.handle_event, LogCallbackHandler.flush_tracker, LogCallbackHandler.close

    def handle_in_turn(*args: Any, **kwargs: Any) -> None:
        with lock:
            handle(*args, **kwargs)

    def flush_all(self: LogCallbackHandler, *args: Any, **kwargs: Any) -> None:
        for each in watchers:
            each.end_session()
        flush(self, *args, **kwargs)

    def close_all(self: LogCallbackHandler) -> None:
        for each in watchers:
            each.end_session()
        close(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manager, "handle_event", handle_in_turn)
        for module in (mlflow_callback, wandb_callback):
            patch.setattr(module, "analyze_text", _measured)
        patch.setattr(wandb_callback, "import_wandb", lambda: SimpleNamespace(Html=lambda page, **_: page))
        patch.setattr(LogCallbackHandler, "flush_tracker", flush_all)
        patch.setattr(LogCallbackHandler, "close", close_all)
        yield


def _measured(*_: Any, **__: Any) -> dict[str, float]:
    """Stand in for textstat: where the handlers put a metric is seen by any one."""
    return {"gunning_fog": 1.5}


def _noting(method: Callable[..., Any], records: Callable[[], list[Record]], watched: Watcher) -> Callable[..., Any]:
    def noting(*args: Any, **kwargs: Any) -> Any:
        before = len(records())
        try:
            return method(*args, **kwargs)
        finally:
            for record in records()[before:]:
                plain = json.loads(json.dumps(record, default=str))
                watched.kept.append(Kept(len(watched.pairs), str(kwargs["run_id"]), plain))

    return noting


def _pairs(session: int, make: Callable[[], Any]) -> Pairs:
    try:
        frame = make()
    except Exception as error:  # noqa: BLE001  # what the handlers raise here is theirs to choose, and noted
        return Pairs(session, None, repr(error))
    return Pairs(session, json.loads(frame.to_json(orient="records")), None)


_Parts = tuple[BaseCallbackHandler, Callable[[], list[Record]], Callable[[], Any], Callable[[], Any]]


def _clearml() -> _Parts:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clearml_callback, "import_clearml", MagicMock())
        patch.setattr(clearml_callback, "import_spacy", MagicMock())
        handler = clearml_callback.ClearMLCallbackHandler()
    setattr(handler, "analyze_text", _measured)  # noqa: B010  # mypy lets no method be replaced
    return _with_lists(handler)


def _wandb() -> _Parts:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("import_wandb", "import_pandas", "import_textstat", "import_spacy", "warn_deprecated"):
            patch.setattr(wandb_callback, name, MagicMock())
        handler = wandb_callback.WandbCallbackHandler()
    handler.nlp = None
    return _with_lists(handler)


def _with_lists(handler: Any) -> _Parts:
    def reset() -> None:
        handler.reset_callback_meta()
        handler.action_records.clear()

    return handler, lambda: handler.action_records, handler._create_session_analysis_df, reset


def _mlflow() -> _Parts:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("import_mlflow", "import_spacy", "import_textstat", "MlflowLogger"):
            patch.setattr(mlflow_callback, name, MagicMock())
        handler = mlflow_callback.MlflowCallbackHandler()
    handler.nlp = handler.textstat = None
    return handler, lambda: handler.records["action_records"], handler._create_session_analysis_df, handler._reset


def _sagemaker() -> _Parts:
    written: list[Record] = []

    def log_file(path: str, **_: Any) -> None:
        written.append(json.loads(Path(path).read_text(encoding="utf-8")))

    handler = sagemaker_callback.SageMakerCallbackHandler(run=SimpleNamespace(log_file=log_file))

    def none() -> Any:
        raise NotImplementedError("SageMaker's handler makes no such table")

    def reset() -> None:
        handler._reset()
        written.clear()

    return handler, lambda: written, none, reset


_HANDLERS: dict[str, Callable[[], _Parts]] = {
    "ClearML": _clearml,
    "MLflow": _mlflow,
    "SageMaker": _sagemaker,
    "W&B": _wandb,
}

TRACKERS = tuple(_HANDLERS)
