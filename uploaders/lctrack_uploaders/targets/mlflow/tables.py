"""A session's tables as MLflow tables.

`log_table` appends when it is called again, so the file it would write is written here, whole, each time: JSON with
the keys `columns` and `data`, and the tag that lists a run's tables. The prompts and answers are a page besides, and
pictures of the answers where they were drawn, under the names that LangChain's callback for MLflow gives them.
"""

import json
from typing import Any

import polars as pl

from lctrack_uploaders.units import Unit

TAG = "mlflow.loggedArtifacts"
PAGE = "chat_html.html"
"""Prompts and answers to read; every text in it is escaped where the table is made."""


def write(client: Any, run: Any, unit: Unit) -> None:
    """Write every table of the session that has rows as `<name>.json`, the page of prompts and answers, and pictures.

    Args:
        client: MLflow's client.
        run: The run.
        unit: The session.
    """
    listed = json.loads(run.data.tags.get(TAG, "[]"))
    for name, frame in unit.tables.items():
        file = f"{name}.json"
        client.log_text(run.info.run_id, split_json(frame), file)
        entry = {"path": file, "type": "table"}
        if entry not in listed:
            listed.append(entry)
    client.set_tag(run.info.run_id, TAG, json.dumps(listed))
    if "session_analysis" in unit.tables:
        client.log_text(run.info.run_id, "".join(unit.tables["session_analysis"]["chat_html"].drop_nulls()), PAGE)
    for path in unit.pictures.values():
        client.log_artifact(run.info.run_id, str(path))


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
