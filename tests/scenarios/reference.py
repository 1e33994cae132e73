"""A callback handler that shares nothing with lctrack, to compare its recordings with."""

import dataclasses
from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from pydantic import BaseModel


class Seen(NamedTuple):
    event: str
    run_id: str
    parent_run_id: str | None
    content: dict[str, Any]
    """Plain copies of what LangChain passed, by the name of the field that should hold it."""


class Reference(BaseCallbackHandler):
    """Keeps every event as LangChain sends it, copied at that moment."""

    run_inline = True
    raise_error = True

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.tokens: defaultdict[str, list[str]] = defaultdict(list)

    def _see(self, event: str, told: dict[str, Any], **content: Any) -> None:
        parent = told.get("parent_run_id")
        plainly = {key: plain(value) for key, value in content.items()}
        self.seen.append(Seen(event, str(told["run_id"]), str(parent) if parent else None, plainly))

    def _see_start(self, event: str, serialized: dict[str, Any] | None, told: dict[str, Any], **content: Any) -> None:
        name = told.get("name") or (serialized or {}).get("name")
        labels = {"tags": told.get("tags") or None, "metadata": told.get("metadata") or None}
        self._see(event, told, name=name, serialized=serialized, **labels, **content)

    def on_llm_start(self, serialized: dict[str, Any], prompts: list[str], **told: Any) -> None:
        self._see_start("llm_start", serialized, told, prompts=prompts, params=told["invocation_params"])

    def on_chat_model_start(self, serialized: dict[str, Any], messages: Any, **told: Any) -> None:
        self._see_start("chat_model_start", serialized, told, messages=messages, params=told["invocation_params"])

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **_: Any) -> None:
        self.tokens[str(run_id)].append(token)

    def on_llm_end(self, response: Any, **told: Any) -> None:
        self._see("llm_end", told, generations=response.generations, llm_output=response.llm_output)

    def on_llm_error(self, error: BaseException, *, response: Any = None, **told: Any) -> None:
        generations = response.generations if response else None
        self._see("llm_error", told, error=error, generations=generations)

    def on_chain_start(self, serialized: dict[str, Any], inputs: Any, **told: Any) -> None:
        self._see_start("chain_start", serialized, told, inputs=inputs)

    def on_chain_end(self, outputs: Any, **told: Any) -> None:
        self._see("chain_end", told, outputs=outputs, inputs=told.get("inputs"))

    def on_chain_error(self, error: BaseException, **told: Any) -> None:
        self._see("chain_error", told, error=error, inputs=told.get("inputs"))

    def on_tool_start(self, serialized: dict[str, Any], input_str: str, **told: Any) -> None:
        call = {"inputs": told.get("inputs"), "tool_call_id": told.get("tool_call_id")}
        self._see_start("tool_start", serialized, told, input_str=input_str, **call)

    def on_tool_end(self, output: Any, **told: Any) -> None:
        self._see("tool_end", told, output=output)

    def on_tool_error(self, error: BaseException, **told: Any) -> None:
        self._see("tool_error", told, error=error)

    def on_retriever_start(self, serialized: dict[str, Any], query: str, **told: Any) -> None:
        self._see_start("retriever_start", serialized, told, query=query)

    def on_retriever_end(self, documents: Any, **told: Any) -> None:
        self._see("retriever_end", told, documents=documents)

    def on_retriever_error(self, error: BaseException, **told: Any) -> None:
        self._see("retriever_error", told, error=error)

    def on_text(self, text: str, **told: Any) -> None:
        self._see("text", told, text=text)

    def on_agent_action(self, action: Any, **told: Any) -> None:
        self._see("agent_action", told, action=action)

    def on_agent_finish(self, finish: Any, **told: Any) -> None:
        self._see("agent_finish", told, finish=finish)

    def on_retry(self, retry_state: Any, **told: Any) -> None:
        self._see("retry", told, attempt=retry_state.attempt_number, error=retry_state.outcome.exception())

    def on_custom_event(self, name: str, data: Any, **told: Any) -> None:
        self._see("custom_event", told, name=name, data=data)


def plain(value: Any) -> Any:  # noqa: PLR0911  # one return for each kind of value is what makes it readable
    """Copy a value as JSON would hold it; of a pydantic model, what its own dump gives."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump(serialize_as_any=True))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, BaseException):
        return {"type": type(value).__qualname__, "message": str(value)}
    return repr(value)
