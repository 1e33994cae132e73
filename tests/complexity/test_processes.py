"""Several processes give what one gives."""

from collections.abc import Sequence

import polars as pl
import pytest

from lctrack_analysis.complexity import Meter, engine
from lctrack_analysis.complexity.engine import Engine, batches
from lctrack_analysis.complexity.languages import language
from lctrack_analysis.complexity.pool import Pool
from tests.complexity.texts import assembled, awkward

TEXTS = [*assembled(300, seed=21), *awkward(100, seed=21)]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BATCH_TEXTS", 20)


def test_parallel_equals_serial() -> None:
    with Meter(processes=1) as one, Meter(processes=3) as three:
        assert three.measure(TEXTS).equals(one.measure(TEXTS))


def test_workers_that_die_cost_nothing_but_time() -> None:
    pool = Pool(language("en_US"), 2)
    here = Engine(language("en_US"))
    for worker in pool._workers:
        worker.kill()
    found = pl.concat(pool.measure(list(batches(TEXTS)), here))
    pool.close()
    assert found.equals(here.measure(TEXTS))


def test_a_worker_that_dies_in_between_costs_nothing_but_time() -> None:
    pool = Pool(language("en_US"), 1)

    class Killing(Engine):
        def measure(self, texts: Sequence[str]) -> pl.DataFrame:
            pool._workers[0].kill()
            return super().measure(texts)

    here = Killing(language("en_US"))
    found = pl.concat(pool.measure(list(batches(TEXTS)), here))
    pool.close()
    assert found.equals(Engine(language("en_US")).measure(TEXTS))


def test_closing_ends_the_workers() -> None:
    with Meter(processes=2) as meter:
        meter.measure(TEXTS)
        pool = meter._pool
    assert pool is not None
    assert [worker.poll() is None for worker in pool._workers] == [False]


@pytest.mark.parametrize("lengths", [[], [0], [5_000_000], [1, 5_000_000, 1], [3_000_000] * 3, [10] * 45])
def test_batches_hold_every_text_in_order(lengths: list[int]) -> None:
    texts = ["x" * length for length in lengths]
    cut = list(batches(texts))
    assert [text for batch in cut for text in batch] == texts
    assert all(batch and (len(batch) == 1 or sum(map(len, batch)) <= 2_000_000) for batch in cut)
