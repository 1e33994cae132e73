"""What LangChain tells a handler is in the log, id for id and word for word, however the application is run.

The oracle is a handler that shares nothing with the recorder; it copies what it is told, when it is told.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Send

from lctrack import LogCallbackHandler
from tests.recorder import applications, graphs
from tests.recorder.reference import Reference as Ids
from tests.recorder.reference import Seen as Id
from tests.recorder.support import Line, read_events, resolve
from tests.scenarios import reference as content

Application = Callable[[Any], Any]

APART = ("llm_new_token", "stream_event", "interrupt", "resume")
"""Events that only the first of the references hears of, or neither."""


def _awaited(application: Application) -> Application:
    async def run(config: Any) -> None:
        await application(config)

    return lambda config: asyncio.run(run(config))


APPLICATIONS = {
    **{f"{name}": run for name, run in applications.SYNC.items()},
    **{f"{name}, async": _awaited(run) for name, run in applications.ASYNC.items()},
    **{f"{name}": run for name, run in graphs.SYNC.items()},
    **{f"{name}, async": _awaited(run) for name, run in graphs.ASYNC.items()},
}


@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_log_is_what_other_handlers_were_told(tmp_path: Path, application: str) -> None:
    ids, reference = Ids(), content.Reference()
    with LogCallbackHandler(tmp_path, stream="tokens", mask_secrets=False) as handler:
        APPLICATIONS[application]({"callbacks": [handler, ids, reference]})
        assert handler.stats()["open_runs"] == 0
    assert reference.seen
    lines = read_events(tmp_path)
    recorded = [Id(line["event"], line["run_id"], line.get("parent_run_id")) for line in lines]
    assert sorted(ids.seen, key=str) == sorted(recorded, key=str)
    by_run: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["event"] not in APART:
            by_run[line["run_id"]].append(line)
    for seen in reference.seen:
        assert _expected(seen) == _told(by_run[seen.run_id].pop(0), seen)


@pytest.mark.parametrize("stream", ["timing", "off"])
@pytest.mark.parametrize(
    "application", ["streamed chain", "agent, streamed", "agent, by the streaming protocol, async"]
)
def test_without_tokens_only_tokens_are_left_out(tmp_path: Path, application: str, stream: Any) -> None:
    ids = Ids()
    with LogCallbackHandler(tmp_path, stream=stream) as handler:
        APPLICATIONS[application]({"callbacks": [handler, ids]})
    expected = [seen.event for seen in ids.seen if seen.event not in APART]
    lines = read_events(tmp_path)
    assert sorted(expected) == sorted(line["event"] for line in lines)
    assert any("stream" in line for line in lines) is (stream == "timing")


def _expected(seen: content.Seen) -> dict[str, Any]:
    """Give what was told, less the partial answers that the recorder adds to where LangChain tells none."""
    expected = dict(seen.content)
    if seen.event == "llm_error" and not any(group for group in expected["generations"] or ()):
        del expected["generations"]
    return expected


def _told(line: Line, seen: content.Seen) -> dict[str, Any]:
    told = {key: resolve(line.get(key)) for key in _expected(seen)}
    if (error := line.get("error")) is not None:
        told["error"] = {"type": error["type"].rpartition(".")[2], "message": error["message"]}
    return {key: _as_represented(value) for key, value in told.items()}


def _as_represented(value: Any) -> Any:
    """Put the `repr` of what is sent to a node in place of its fields: the reference describes it so."""
    if isinstance(value, list):
        return [_as_represented(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"node", "arg", "timeout"}:
            return repr(Send(value["node"], value["arg"]))
        return {key: _as_represented(item) for key, item in value.items()}
    return value
