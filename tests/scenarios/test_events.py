"""What the log of each scenario holds, against a handler of the test's own that watched the same run."""

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from lctrack import _recorder
from sample_logs.scenarios import SCENARIOS, Scenario
from tests.scenarios.recordings import ABOUT_THE_RECORDING, Event, read_all
from tests.scenarios.reference import Reference, Seen

LANGCHAIN = [pytest.param(scenario, id=scenario.key) for scenario in SCENARIOS if scenario.langchain]


class Watched(NamedTuple):
    recorded: list[Event]
    reference: Reference


@pytest.fixture(scope="module", params=LANGCHAIN)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Run a scenario once, recorded and watched at the same time."""
    scenario: Scenario = request.param
    folder: Path = tmp_path_factory.mktemp(scenario.key)
    reference = Reference()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_recorder, "on_internal_error", _raise)
        scenario.run(folder, [reference])
    return Watched([event for event in read_all(folder) if event["event"] not in ABOUT_THE_RECORDING], reference)


def test_the_log_holds_the_events_that_another_handler_saw_id_for_id_and_in_their_order(watched: Watched) -> None:
    expected: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for seen in watched.reference.seen:
        # LangChain does not say which run contains the one that a custom event belongs to.
        expected[seen.run_id].append((seen.event, _parents(watched.reference)[seen.run_id]))
    actual: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for event in _without_tokens(watched.recorded):
        actual[event["run_id"]].append((event["event"], event.get("parent_run_id")))
    assert expected == actual


def test_the_log_tells_of_every_event_what_another_handler_was_told(watched: Watched) -> None:
    recorded = defaultdict(list)
    for event in _without_tokens(watched.recorded):
        recorded[event["run_id"]].append(event)
    for seen in watched.reference.seen:
        event = recorded[seen.run_id].pop(0)
        assert seen.content == _told(event, seen)


def test_the_log_counts_the_streamed_tokens_and_holds_them_where_it_was_asked_to(watched: Watched) -> None:
    ends = [event for event in watched.recorded if event["event"] in ("llm_end", "llm_error")]
    counts = {event["run_id"]: event["stream"]["chunks"] for event in ends if "stream" in event}
    assert {run_id: len(tokens) for run_id, tokens in watched.reference.tokens.items()} == counts

    texts = defaultdict(list)
    for event in watched.recorded:
        if event["event"] == "llm_new_token":
            texts[event["run_id"]].append(event["token"])
    assert {run_id: watched.reference.tokens[run_id] for run_id in texts} == texts


def test_every_event_carries_the_id_of_the_root_of_its_trace(watched: Watched) -> None:
    parents = _parents(watched.reference)
    for event in watched.recorded:
        root = event["run_id"]
        while parents[root] is not None:
            root = parents[root]
        assert root == event["trace_id"]


def _raise(error: Exception) -> None:
    raise error


def _without_tokens(events: list[Event]) -> list[Event]:
    return [event for event in events if event["event"] != "llm_new_token"]


def _parents(reference: Reference) -> dict[str, str | None]:
    return {seen.run_id: seen.parent_run_id for seen in reference.seen if seen.event.endswith("_start")}


def _told(event: Event, seen: Seen) -> Event:
    """Give those fields of a recorded event that the reference knows, errors by what LangChain passed of them."""
    told = {key: event.get(key) for key in seen.content}
    error = event.get("error")
    if error is not None:
        told["error"] = {"type": error["type"].rpartition(".")[2], "message": error["message"]}
    return told
