"""A session's tables as MLflow tables.

`log_table` appends when it is called again, so the file it would write is written here, whole, each time: JSON with
the keys `columns` and `data`, and the tag that lists a run's tables. The prompts and answers are a page besides, under
the name that LangChain's callback for MLflow gives it.
"""

import json
from typing import Any

import polars as pl

from lctrack_uploaders.units import Unit

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


def write_index(client: Any, run: Any, unit: Unit) -> None:
    """Write the tag that lists a run's tables.

    Args:
        client: MLflow's client.
        run: The run.
        unit: The session.
    """
    listed = json.loads(run.data.tags.get(TAG, "[]"))
    for name in unit.tables:
        entry = {"path": f"{name}.json", "type": "table"}
        if entry not in listed:
            listed.append(entry)
    client.set_tag(run.info.run_id, TAG, json.dumps(listed))


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
