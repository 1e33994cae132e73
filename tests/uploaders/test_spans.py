from lctrack_uploaders.spans import Span, trace_spans
from tests.uploaders.frames import SECOND, START, run, run_id


def spans_of(*runs: dict[str, object], errors: dict[str, dict[str, object]] | None = None) -> dict[str, Span]:
    columns = {"error_type", "error_message", "inputs", "outputs", "params", "tags", "metadata", "model",
               "input_tokens", "output_tokens", "total_tokens", "cached_tokens", "cache_write_tokens",
               "reasoning_tokens", "time_to_first_token_ms"}  # fmt: skip
    rows = [dict.fromkeys(columns) | row for row in runs]
    return {span.name: span for span in trace_spans(run_id(1), rows, errors or {})}


def test_the_root_comes_first_and_the_rest_by_start() -> None:
    spans = spans_of(run(3, 1, 1, "tool"), run(2, 1, 1, "tool"), run(1, None, 1, "chain"))

    assert list(spans) == ["chain 1", "tool 2", "tool 3"]


def test_an_open_run_ends_at_the_last_time_known_of_the_trace() -> None:
    spans = spans_of(run(1, None, 1, "chain", end_time=None), run(2, 1, 1, "tool", end_time=START + 7 * SECOND))

    assert (spans["chain 1"].end, spans["chain 1"].status) == (START + 7 * SECOND, "open")


def test_an_end_before_its_start_becomes_the_start() -> None:
    spans = spans_of(run(1, None, 1, "chain", start_time=START, end_time=START - SECOND))

    assert (spans["chain 1"].start, spans["chain 1"].end) == (START, START)


def test_a_run_of_which_only_the_end_was_recorded_starts_there() -> None:
    row = run(1, None, 1, "chain", end_time=START + SECOND) | {"start_time": None}

    assert spans_of(row)["chain 1"].start == START + SECOND


def test_an_error_without_a_row_of_its_own_still_has_its_message() -> None:
    spans = spans_of(run(1, None, 1, "chain", status="error", error_type="ValueError", error_message="no"))

    error = spans["chain 1"].error
    assert error is not None
    assert (error.type, error.message, error.traceback, error.time) == ("ValueError", "no", "", START + 2 * SECOND)
