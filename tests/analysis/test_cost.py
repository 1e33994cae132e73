"""What model calls cost: the published prices to the last digit, prices of one's own, and no price made up."""

import random
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import genai_prices
import pytest
from genai_prices.data_snapshot import get_snapshot

from lctrack_analysis import Logs, UsageError, load
from lctrack_analysis.cost.published import PACKAGE
from tests.analysis.conftest import Load
from tests.analysis.writing import START, ai, chat, event, human, llm, numbered, segment_start, write

AT = datetime.fromtimestamp(START // 1_000_000_000, UTC)
UNITS = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "output_reasoning_mtok"}
MILLION = 1_000_000


def called(run_id: str, model: str | None, second: float = 0, **usage: int) -> list[dict[str, Any]]:
    """Make a call of a model as a span, with its tokens."""
    return [
        event("span_start", second, run_id=run_id, kind="llm", params={"model": model}),
        event("span_end", second + 1, run_id=run_id, usage=usage),
    ]


@pytest.fixture
def without_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack_analysis.cost.fill.is_here", lambda: False)


def priced(tmp_path: Path, prices: str, *lines: dict[str, Any]) -> Logs:
    """Load calls with a file of prices."""
    (tmp_path / "prices.csv").write_text(prices)
    log = write(tmp_path / "one.jsonl", *numbered([segment_start(), *lines]))
    return load(log, prices=tmp_path / "prices.csv")


# ------------------------------------------------------------------ published prices


@cache
def providers(model: str) -> list[str | None]:
    """Give who offers a model; None alone where its name tells."""
    found: list[str | None] = []
    for provider in (None, *(provider.id for provider in get_snapshot().providers)):
        with suppress(LookupError):
            genai_prices.calc_price(genai_prices.Usage(), model, provider_id=provider, genai_request_timestamp=AT)
            found.append(provider)
            if provider is None:
                break
    return found


def published(model: str, usage: dict[str, int]) -> float | None:
    """Ask the package itself what a call costs; None where it knows no such model, several, or none by tokens."""
    told = genai_prices.Usage(
        input_tokens=usage["input_tokens"],
        output_tokens=usage["output_tokens"],
        cache_read_tokens=usage["cached_tokens"],
        cache_write_tokens=usage["cache_write_tokens"],
    )
    offering = providers(model)
    if len(offering) != 1:
        return None
    price = genai_prices.calc_price(told, model, provider_id=offering[0], genai_request_timestamp=AT)
    units = {name for name, value in vars(price.model_price).items() if value is not None}
    return float(price.total_price) if units & {"input_mtok", "output_mtok"} else None


def test_every_published_model_costs_what_its_publisher_calculates(load_events: Load) -> None:
    chance = random.Random(7)  # noqa: S311  # the same each time
    models = sorted({model.id for provider in get_snapshot().providers for model in provider.models})
    assert len(models) > 1_000
    usages: dict[str, tuple[str, dict[str, int]]] = {}
    lines = []
    for place, model in enumerate(models):
        for size in (2_000, 900_000):  # on both sides of the steps that prices of long prompts have
            given = chance.randrange(size // 2, size)
            cached, written = chance.randrange(given // 2), chance.randrange(given // 3)
            usage = {
                "input_tokens": given, "output_tokens": chance.randrange(9_000),
                "cached_tokens": cached, "cache_write_tokens": written,
            }  # fmt: skip
            run_id = f"{place}-{size}"
            usages[run_id] = model, usage
            lines += called(run_id, model, **usage)
    costs = dict(load_events(*lines).sql("SELECT run_id, cost FROM runs").rows())
    wrong = {
        model: (cost, costs[run_id])
        for run_id, (model, usage) in usages.items()
        if (costs[run_id] is None) != ((cost := published(model, usage)) is None)
        or (cost is not None and costs[run_id] != pytest.approx(cost, rel=1e-9, abs=1e-15))
    }
    assert wrong == {}
    assert sum(cost is not None for cost in costs.values()) > len(costs) / 2


def test_a_price_is_that_of_the_time_of_the_call(load_events: Load) -> None:
    model, usage = "o3", {"input_tokens": MILLION}
    later = datetime(2026, 1, 1, tzinfo=UTC)
    seconds = (later - AT).total_seconds()
    logs = load_events(*called("now", model, 0, **usage), *called("later", model, seconds, **usage))
    expected = [
        float(genai_prices.calc_price(genai_prices.Usage(**usage), model, genai_request_timestamp=at).total_price)
        for at in (AT, later)
    ]
    assert logs.runs["cost"].to_list() == expected
    assert expected[0] != expected[1]


def test_a_price_names_its_table_and_entry(load_events: Load) -> None:
    [told] = load_events(*called("r", "gpt-4o-mini-2024-07-18", input_tokens=1)).runs["priced_by"]
    assert told.startswith(f"{PACKAGE} ")
    assert told.endswith(": openai/gpt-4o-mini")


def test_a_model_without_a_price_is_unknown_and_counted(load_events: Load) -> None:
    usage = {"input_tokens": 10, "output_tokens": 5}
    logs = load_events(
        *called("a", "gpt-4o-mini", **usage), *called("b", "no-such-model", 2, **usage), *called("c", None, 4, **usage)
    )
    assert logs.runs.select("run_id", "priced_by").rows()[1:] == [("b", "unknown"), ("c", "unknown")]
    assert logs.runs["cost"].to_list() == [pytest.approx(10 * 0.15e-6 + 5 * 0.6e-6), None, None]
    assert logs.sessions.select("cost", "unpriced_calls").row(0) == (logs.runs["cost"][0], 2)


def test_looking_for_prices_contacts_nothing(tmp_path: Path) -> None:
    write(tmp_path / "one.jsonl", *numbered([segment_start(), *called("r", "gpt-4o-mini", input_tokens=MILLION)]))
    program = """
        import sys
        tried = []
        sys.addaudithook(lambda event, _: tried.append(event) if event.startswith("socket.") else None)
        from lctrack_analysis import load
        print(load(sys.argv[1]).runs["cost"].to_list(), [name for name in tried if name != "socket.__new__"])
    """
    done = subprocess.run(
        [sys.executable, "-c", "import textwrap; exec(textwrap.dedent('''" + program + "'''))", str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[0.15] []\n"


@pytest.mark.usefixtures("without_prices")
def test_without_a_price_table_nothing_is_said(load_events: Load) -> None:
    logs = load_events(*called("r", "gpt-4o-mini", input_tokens=10))
    assert logs.runs.select("cost", "priced_by").row(0) == (None, None)
    for table in ("traces", "sessions"):
        assert logs.table(table).select("cost", "unpriced_calls").row(0) == (None, None)


# ------------------------------------------------------------------ prices of one's own

HEADER = "model,input,output,cached,cache_write,reasoning\n"


def test_prices_of_ones_own_go_first(tmp_path: Path) -> None:
    prices = f"{HEADER}gpt-4o*,1,2,,,\nhouse-?b,0,0,,,\n"
    usage = {"input_tokens": MILLION, "output_tokens": MILLION}
    models = ["GPT-4o-mini", "house-7b", "gpt-3.5-turbo"]
    logs = priced(tmp_path, prices, *(line for n, m in enumerate(models) for line in called(m, m, n, **usage)))
    assert logs.runs["cost"].to_list()[:2] == [3, 0]
    assert logs.runs["priced_by"].to_list()[:2] == ["prices.csv:2", "prices.csv:3"]
    assert logs.runs["priced_by"][2].startswith(PACKAGE)


@pytest.mark.usefixtures("without_prices")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("m,1,10,,,", 5 * 1 + 4 * 10),
        ("m,1,10,100,,", 3 * 1 + 2 * 100 + 4 * 10),
        ("m,1,10,,1000,", 4 * 1 + 1 * 1_000 + 4 * 10),
        ("m,1,10,,,10000", 5 * 1 + 1 * 10 + 3 * 10_000),
        ("m,1,10,100,1000,10000", 2 * 1 + 2 * 100 + 1 * 1_000 + 1 * 10 + 3 * 10_000),
    ],
)
def test_each_kind_of_token_has_its_price_or_that_of_what_it_is_part_of(
    tmp_path: Path, line: str, expected: int
) -> None:
    usage = {"input_tokens": 5, "cached_tokens": 2, "cache_write_tokens": 1, "output_tokens": 4, "reasoning_tokens": 3}
    logs = priced(tmp_path, f"{HEADER}{line}\n", *called("r", "m", **{k: v * MILLION for k, v in usage.items()}))
    assert logs.runs["cost"].to_list() == [expected]


@pytest.mark.usefixtures("without_prices")
def test_costs_add_up_in_traces_sessions_and_conversations(tmp_path: Path) -> None:
    usage = {"input_tokens": MILLION}
    lines = [event("chain_start", 0, run_id="root", metadata={"thread_id": "t"})]
    for n in (1, 2):
        start, end = called(f"r{n}", "m", n, **usage)
        lines += [start | {"parent_run_id": "root"}, end]
    lines += [*called("other", "m", 5, **usage), *called("strange", "x", 6, **usage)]
    logs = priced(tmp_path, "model,input,output\nm,2,2\n", *lines)
    assert logs.traces.select("trace_id", "cost", "unpriced_calls").rows() == [
        ("root", 4, 0), ("other", 2, 0), ("strange", None, 1),
    ]  # fmt: skip
    assert logs.sessions.select("cost", "unpriced_calls").rows() == [(6, 1)]
    assert logs.conversations.select("cost", "unpriced_calls").rows() == [(4, 0)]


@pytest.mark.usefixtures("without_prices")
def test_sides_are_compared_by_what_they_cost(tmp_path: Path) -> None:
    lines = [line | {"session_id": run} for run, n in (("aaaa", 1), ("bbbb", 3)) for line in _paid(run, n)]
    logs = priced(tmp_path, "model,input,output\nm,2,2\n", *lines)
    [row] = logs.compare("aaaa", "bbbb").filter(measure="cost").rows()
    assert row == ("cost", 2, 6, 4, 200)
    assert logs.slowest(9)["cost"].to_list() == [2, 6]


def _paid(run_id: str, millions: int) -> list[dict[str, Any]]:
    return called(run_id, "m", millions, input_tokens=millions * MILLION)


@pytest.mark.usefixtures("without_prices")
def test_a_generation_costs_what_its_own_tokens_cost(tmp_path: Path) -> None:
    usage = {"input_tokens": 1, "output_tokens": 2, "input_token_details": {"ephemeral_5m_input_tokens": 1}}
    lines = chat("r", [human("q")], ai("a", usage_metadata=usage), params={"model": "m"})
    logs = priced(tmp_path, f"{HEADER}m,1,10,,5,\n", *lines)
    assert logs.generations.select("cost", "cache_write_tokens").rows() == [(25e-6, 1)]
    assert logs.runs["cost"].to_list() == [25e-6]


@pytest.mark.usefixtures("without_prices")
def test_a_sum_of_tokens_alone_is_no_price(tmp_path: Path) -> None:
    logs = priced(tmp_path, f"{HEADER}m,1,10,,,\n", *called("r", "m", total_tokens=5), *llm("s", ["p"], [["t"]], 3))
    assert logs.runs.select("run_id", "cost", "priced_by").rows() == [("r", None, "unknown"), ("s", None, None)]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"model,input\nm,1\n", "prices.csv:1: has no column output: begin it with model,input,output"),
        (b"model,input,output,colour\n", "prices.csv:1: has a column 'colour'"),
        (b"", "prices.csv:1: has no column model"),
        (b"model,input,output\nm,1,2\nn,-1,2\n", "prices.csv:3: input is '-1': give US dollars per million tokens"),
        (b"model,input,output\nm,1,nan\n", "prices.csv:2: output is 'nan'"),
        (b"model,input,output\nm,1\n", "prices.csv:2: output is ''"),
        (b"model,input,output\nm,1,2,3\n", "prices.csv:2: a line has a model and its prices"),
        (b"model,input,output\n,1,2\n", "prices.csv:2: a line has a model and its prices"),
        (b"model,input,output\n\xff,1,2\n", "prices.csv is not UTF-8 at byte 20"),
        (b'model,input,output\n"m,1,2\n', "prices.csv is not CSV"),
    ],
)
def test_a_file_of_prices_that_is_wrong_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "prices.csv").write_bytes(content)
    with pytest.raises(UsageError) as refused:
        load(write(tmp_path / "one.jsonl", segment_start()), prices=tmp_path / "prices.csv")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_of_prices_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere.csv cannot be read: No such file"):
        load(write(tmp_path / "one.jsonl", segment_start()), prices=tmp_path / "nowhere.csv")
