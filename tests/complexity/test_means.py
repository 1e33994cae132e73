"""Means of metrics are right to the last bits, and the same whatever the order of the rows."""

from importlib import resources
from math import fsum, isclose

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = st.floats(-1e11, 1e11) | st.integers(-1000, 1000).map(float) | st.floats(-1e-3, 1e-3)


def mean(values: list[float]) -> float:
    """Give the mean that the table has of a metric of one's own with these values, in this order."""
    script = resources.files("lctrack_analysis.tables").joinpath("complexity.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA stage")
        connection.execute("CREATE TABLE stage.generation_core AS SELECT 0 AS place, 's' AS session_id, 'm' AS model")
        connection.execute("CREATE TABLE stage.measured (place INT, text_standard VARCHAR, gunning_fog DOUBLE)")
        connection.execute(
            "CREATE TABLE stage.own_values AS SELECT 0 AS place, 'own' AS metric, unnest(?) AS value", [values]
        )
        connection.execute(
            "CREATE TABLE complexity (scope VARCHAR, session_id VARCHAR, model VARCHAR, metric VARCHAR, count BIGINT,"
            " mean DOUBLE, median DOUBLE, p10 DOUBLE, p90 DOUBLE)"
        )
        connection.execute(script.replace("{metrics}", "gunning_fog").replace("{names}", "gunning_fog"))
        [(found,)] = set(connection.execute("SELECT mean FROM complexity").fetchall())
    return float(found)


@settings(max_examples=40, deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=50))
def test_a_mean_is_as_near_as_can_be(values: list[float]) -> None:
    exact = fsum(values) / len(values)
    assert isclose(exact, mean(values), rel_tol=1e-15, abs_tol=1e-20 + 2e-16 * abs(exact))


@settings(max_examples=20, deadline=None)
@given(values=st.lists(VALUES, min_size=2, max_size=50))
def test_a_mean_is_the_same_in_any_order(values: list[float]) -> None:
    assert mean(sorted(values)) == mean(sorted(values, reverse=True)) == mean(values)


def test_values_too_large_to_be_parted_have_a_mean_too() -> None:
    assert mean([1e300, 3e300, 2.0]) == pytest.approx(4e300 / 3)
