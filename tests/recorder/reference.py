"""A callback handler that shares nothing with the recorder: it keeps the ids of every callback LangChain makes."""

from typing import Any, NamedTuple

from langchain_core.callbacks import BaseCallbackHandler


class Seen(NamedTuple):
    event: str
    run_id: str
    parent_run_id: str | None


CALLBACKS = sorted(name for name in dir(BaseCallbackHandler) if name.startswith("on_"))


class Reference(BaseCallbackHandler):
    run_inline = True
    raise_error = True

    def __init__(self) -> None:
        self.seen: list[Seen] = []


def _seer(callback: str) -> Any:
    def see(self: Reference, *_: Any, run_id: object, parent_run_id: object = None, **__: Any) -> None:
        parent = str(parent_run_id) if parent_run_id is not None else None
        self.seen.append(Seen(callback.removeprefix("on_"), str(run_id), parent))

    return see


for _callback in CALLBACKS:
    setattr(Reference, _callback, _seer(_callback))
