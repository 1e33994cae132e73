"""The LangChain callback handler: every callback that carries data becomes one event.

`docs/log-format.md` names the events and their fields. What LangChain passes along is recorded as it is given;
arguments without a field of their own go into `extra`.
"""

import functools
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from lctrack._error import error_fields
from lctrack._fields import extra_fields, partial_fields, response_fields, retry_fields, run_name
from lctrack._graph import heed_graphs
from lctrack._runs import Run
from lctrack._span import parent_of_new_run
from lctrack._streamed import Streamed
from lctrack._tracker import Tracker

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lctrack._migrating import HandlerOptions, TrackerRun

__all__ = ["LogCallbackHandler"]

_Method = TypeVar("_Method", bound=Callable[..., None])


def _guarded(method: _Method) -> _Method:
    """Keep the errors of a callback away from the application."""

    @functools.wraps(method)
    def guarded(self: "LogCallbackHandler", *args: Any, **kwargs: Any) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  # the application must not notice
            self.recorder.failed(error)

    return cast("_Method", guarded)


class LogCallbackHandler(Tracker, BaseCallbackHandler):
    """Records LangChain runs into log files below a directory.

    Pass it in `config={"callbacks": [handler]}`, or to a component's `callbacks`. Use it as a context manager, or
    call `close()`; a process that ends does so by itself.

    Args:
        log_dir: Directory for the log files; made with mode 0700 where it is missing. By default what the
            environment variable `LCTRACK_DIR` says, else `lctrack_logs`. In its place may stand what a tracker's
            handler has first: a SageMaker run, or the `run_args` of W&B's tracer.
        **options: What `Recorder` documents: labels of the sessions (`project`, `name`, `group`, `entity`, `job_type`,
            `tags`, `notes`, `params`), `stream`, privacy, sampling, storage, `raise_error`. Also what the handlers
            for W&B, ClearML, MLflow, SageMaker, Comet and Aim take (`docs/migrating.md`).

    Raises:
        TypeError: There is no such option, or two options say different things about one label.
        ValueError: An option has a value it cannot have.

    Attributes:
        recorder: The `Recorder` it writes with; its spans and LangChain's runs nest in one another.
    """

    run_inline = True  # in an executor's threads, events of one run would overtake each other

    def __init__(
        self,
        log_dir: "str | os.PathLike[str] | TrackerRun | Mapping[str, Any] | None" = None,
        **options: "Unpack[HandlerOptions]",
    ) -> None:
        super().__init__(log_dir, **options)
        self._streamed = Streamed()

    # ------------------------------------------------------------------ models

    @_guarded
    def on_llm_start(
        self, serialized: dict[str, Any] | None, prompts: list[str], *, invocation_params: Any = None, **kwargs: Any
    ) -> None:
        """Record the start of a completion model's run."""
        self._start("llm_start", {"prompts": prompts, "params": invocation_params}, serialized, kwargs)

    @_guarded
    def on_chat_model_start(
        self, serialized: dict[str, Any] | None, messages: Any, *, invocation_params: Any = None, **kwargs: Any
    ) -> None:
        """Record the start of a chat model's run."""
        self._start("chat_model_start", {"messages": messages, "params": invocation_params}, serialized, kwargs)

    @_guarded
    def on_llm_new_token(self, token: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Note a streamed token; with `stream="tokens"` record it."""
        run = self._streaming_run(run_id)
        if run is not None:
            run.tokens += 1
            self._streamed.token(str(run_id), token)
        if self.recorder.stream == "tokens":
            kwargs.pop("chunk", None)  # the token again, as an object
            self._within("llm_new_token", {"token": token}, run_id, kwargs)

    @_guarded
    def on_stream_event(self, event: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Note an event of the streaming protocol that brings content; with `stream="tokens"` record all of them."""
        if isinstance(event, dict) and event.get("event") == "content-block-delta":
            run = self._streaming_run(run_id)
            if run is not None:
                run.deltas += 1
                self._streamed.delta(str(run_id), event)
        if self.recorder.stream == "tokens":
            self._within("stream_event", {"data": event}, run_id, kwargs)

    @_guarded
    def on_llm_end(self, response: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the end of a model's run."""
        run = str(run_id)
        self._streamed.forget(run)
        self._within("llm_end", {**response_fields(response), "stream": self._stream_of(run)}, run, kwargs)

    @_guarded
    def on_llm_error(self, error: BaseException, *, run_id: UUID, response: Any = None, **kwargs: Any) -> None:
        """Record the failure of a model's run, with what it had generated."""
        run = str(run_id)
        answer = partial_fields(response_fields(response), self._streamed.taken(run))
        self._within("llm_error", {"error": error_fields(error), **answer, "stream": self._stream_of(run)}, run, kwargs)

    # ------------------------------------------------------------------ chains, tools, retrievers

    @_guarded
    def on_chain_start(self, serialized: dict[str, Any] | None, inputs: Any, **kwargs: Any) -> None:
        """Record the start of a chain's run."""
        heed_graphs(self)
        run_type = kwargs.pop("run_type", None)
        self._start("chain_start", {"run_type": run_type, "inputs": inputs}, serialized, kwargs)

    @_guarded
    def on_chain_end(self, outputs: Any, *, run_id: UUID, inputs: Any = None, **kwargs: Any) -> None:
        """Record the end of a chain's run; a streamed chain gives its inputs only now."""
        self._within("chain_end", {"inputs": inputs, "outputs": outputs}, run_id, kwargs)

    @_guarded
    def on_chain_error(self, error: BaseException, *, run_id: UUID, inputs: Any = None, **kwargs: Any) -> None:
        """Record the failure of a chain's run."""
        self._within("chain_error", {"inputs": inputs, "error": error_fields(error)}, run_id, kwargs)

    @_guarded
    def on_tool_start(
        self,
        serialized: dict[str, Any] | None,
        input_str: str,
        *,
        inputs: Any = None,
        tool_call_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Record the start of a tool's run."""
        fields = {"input_str": input_str, "inputs": inputs, "tool_call_id": tool_call_id}
        self._start("tool_start", fields, serialized, kwargs)

    @_guarded
    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the end of a tool's run."""
        self._within("tool_end", {"output": output}, run_id, kwargs)

    @_guarded
    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the failure of a tool's run."""
        self._within("tool_error", {"error": error_fields(error)}, run_id, kwargs)

    @_guarded
    def on_retriever_start(self, serialized: dict[str, Any] | None, query: str, **kwargs: Any) -> None:
        """Record the start of a retriever's run."""
        self._start("retriever_start", {"query": query}, serialized, kwargs)

    @_guarded
    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the end of a retriever's run."""
        self._within("retriever_end", {"documents": documents}, run_id, kwargs)

    @_guarded
    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Record the failure of a retriever's run."""
        self._within("retriever_error", {"error": error_fields(error)}, run_id, kwargs)

    # ------------------------------------------------------------------ within a run

    @_guarded
    def on_agent_action(self, action: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record what an agent decided to do."""
        self._within("agent_action", {"action": action}, run_id, kwargs)

    @_guarded
    def on_agent_finish(self, finish: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record what an agent finished with."""
        self._within("agent_finish", {"finish": finish}, run_id, kwargs)

    @_guarded
    def on_text(self, text: str, *, run_id: UUID, **kwargs: Any) -> None:
        """Record a text that a chain shows."""
        self._within("text", {"text": text}, run_id, kwargs)

    @_guarded
    def on_retry(self, retry_state: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Record that a call is tried again."""
        self._within("retry", retry_fields(retry_state), run_id, kwargs)

    @_guarded
    def on_custom_event(
        self, name: str, data: Any, *, run_id: UUID, tags: Any = None, metadata: Any = None, **kwargs: Any
    ) -> None:
        """Record an event that the application dispatches itself."""
        fields = {"data": data, "extra": extra_fields(kwargs)}
        self.recorder.write("custom_event", fields, run_id=str(run_id), name=name, tags=tags, metadata=metadata)

    @_guarded
    def on_interrupt(self, event: Any) -> None:
        """Record that a LangGraph graph pauses, and what it asks."""
        self._lifecycle("interrupt", event)

    @_guarded
    def on_resume(self, event: Any) -> None:
        """Record that a LangGraph graph goes on from a checkpoint."""
        self._lifecycle("resume", event)

    # ------------------------------------------------------------------ how they are written

    def _lifecycle(self, event: str, told: Any) -> None:
        names = ("status", "checkpoint_id", "checkpoint_ns", "interrupts")
        run_id = getattr(told, "run_id", None)
        self.recorder.write(
            event,
            {name: getattr(told, name, None) for name in names},
            run_id=str(run_id) if run_id is not None else None,
        )

    def _start(
        self, event: str, fields: dict[str, Any], serialized: dict[str, Any] | None, kwargs: dict[str, Any]
    ) -> None:
        parent = kwargs.get("parent_run_id")
        self.recorder.write(
            event,
            {"serialized": serialized, **fields, "extra": extra_fields(kwargs)},
            run_id=str(kwargs["run_id"]),
            parent_run_id=parent_of_new_run(self.recorder, str(parent) if parent is not None else None),
            name=run_name(serialized, kwargs),
            tags=kwargs.get("tags"),
            metadata=kwargs.get("metadata"),
        )

    def _within(self, event: str, fields: dict[str, Any], run_id: UUID | str, kwargs: dict[str, Any]) -> None:
        parent = kwargs.get("parent_run_id")
        self.recorder.write(
            event,
            {**fields, "extra": extra_fields(kwargs)},
            run_id=str(run_id),
            parent_run_id=str(parent) if parent is not None else None,
        )

    def _streaming_run(self, run_id: UUID) -> Run | None:
        """Give the run that a streamed piece belongs to, having noted when the first one came."""
        run = self.recorder.open_run(str(run_id)) if self.recorder.stream != "off" else None
        if run is not None and run.first_token_ts is None:
            run.first_token_ts = time.time_ns()
        return run

    def _stream_of(self, run_id: str) -> dict[str, Any] | None:
        run = self.recorder.open_run(run_id)
        if run is None or run.first_token_ts is None:
            return None
        return {"first_token_ts": run.first_token_ts, "chunks": run.tokens or run.deltas}
