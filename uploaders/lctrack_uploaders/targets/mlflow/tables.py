"""A session's tables as MLflow tables.

`log_table` appends when it is called again, so the file it would write is written here, whole, each time: JSON with
the keys `columns` and `data`, and the tag that lists a run's tables. The prompts and answers are a page besides, and
pictures of the answers where they were drawn, under the names that LangChain's callback for MLflow gives them.
"""

import json
from typing import Any

import polars as pl

from lctrack_analysis.columns import TABLES as COLUMNS
from lctrack_uploaders.units import TABLES, Unit

TAG = "mlflow.loggedArtifacts"
PAGE_OF = "session_analysis"
"""The table that has it."""
PAGE = "chat_html.html"
"""Prompts and answers to read; every text in it is escaped where the table is made."""


def write(client: Any, run_id: str, name: str, unit: Unit) -> None:
    """Write a table of the session as `<name>.json`.

    Args:
        client: MLflow's client.
        run_id: The run.
        name: The table.
        unit: The session.
    """
    client.log_text(run_id, split_json(unit.tables[name]), f"{name}.json")


def write_index(client: Any, files: Any, run: Any, unit: Unit) -> None:
    """Write the tag that lists a run's tables, and empty those that the session has no more.

    Args:
        client: MLflow's client.
        files: What writes files.
        run: The run.
        unit: The session.
    """
    before = run.data.tags.get(TAG)
    now = index(unit, before)
    for name in sorted(_listed(before) - _listed(now)):
        # MLflow's client deletes no artifact.
        columns = [column.name for column in COLUMNS[name].columns]
        files.log_text(run.info.run_id, json.dumps({"columns": columns, "data": []}), f"{name}.json")
    if now != before:
        client.set_tag(run.info.run_id, TAG, now)


def index(unit: Unit, before: str | None = None) -> str:
    """Give the list of a run's tables.

    Args:
        unit: The session.
        before: The list that the run has: what somebody else put there stays.

    Returns:
        The value of the tag.
    """
    ours = {name: {"path": f"{name}.json", "type": "table"} for name in TABLES}
    gone = [ours[name] for name in TABLES if name not in unit.tables]
    listed = [entry for entry in json.loads(before or "[]") if entry not in gone]
    return json.dumps([*listed, *(ours[name] for name in unit.tables if ours[name] not in listed)])


def _listed(text: str | None) -> set[str]:
    found = json.loads(text or "[]")
    return {name for name in TABLES if {"path": f"{name}.json", "type": "table"} in found}


def write_page(client: Any, run_id: str, unit: Unit) -> None:
    """Write the page of prompts and answers.

    Args:
        client: MLflow's client.
        run_id: The run.
        unit: The session.
    """
    client.log_text(run_id, "".join(unit.tables[PAGE_OF]["chat_html"].drop_nulls()), PAGE)


def split_json(frame: pl.DataFrame) -> str:
    """Give a table as MLflow stores it.

    Args:
        frame: The table.

    Returns:
        JSON text; times are ISO 8601 in UTC with nanoseconds, cells of JSON stay JSON text.
    """
    times = pl.selectors.datetime()
    plain = frame.with_columns(times.dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"), pl.selectors.float().fill_nan(None))
    return json.dumps({"columns": plain.columns, "data": plain.rows()}, ensure_ascii=False)
