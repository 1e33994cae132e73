"""What somebody writes who has no lctrack: pandas reads the lines, and meets starts with ends.

    python pandas_pairing.py DIRECTORY

Makes runs, traces, sessions and generations with the commonest columns, references to messages resolved.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # stubs are not needed for a benchmark


def resolved(value: Any, blobs: dict[str, Any]) -> Any:
    """Give a value with its references replaced."""
    if isinstance(value, list):
        return [resolved(item, blobs) for item in value]
    if not isinstance(value, dict):
        return value
    if "$blob" in value:
        return blobs[value["$blob"]]
    return {key: resolved(item, blobs) for key, item in value.items()}


def main() -> None:
    """Read, pair, count."""
    rows = []
    for file in sorted(Path(sys.argv[1]).glob("*.jsonl")):
        blobs: dict[str, Any] = {}
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["event"] == "blob":
                    blobs[record["digest"]] = resolved(record["value"], blobs)
                else:
                    rows.append(resolved(record, blobs))
    events = pd.DataFrame(rows)
    is_start = events["event"].str.endswith("_start") & events["run_id"].notna()
    is_end = events["event"].str.endswith(("_end", "_error")) & events["run_id"].notna()
    runs = events[is_start].merge(events[is_end], on="run_id", how="outer", suffixes=("", "_end"))
    runs["duration_ms"] = (runs["ts_end"] - runs["ts"]) / 1e6
    runs["failed"] = runs["event_end"].str.endswith("_error", na=False)
    traces = runs.groupby("trace_id").agg(runs=("run_id", "size"), errors=("failed", "sum"), start=("ts", "min"))
    sessions = runs.groupby("session_id").agg(runs=("run_id", "size"), errors=("failed", "sum"), start=("ts", "min"))
    models = runs[runs["event"].isin(["llm_start", "chat_model_start"]) & runs["generations_end"].notna()]
    generations = models.explode("generations_end").explode("generations_end")
    generations["text"] = [answer["text"] for answer in generations["generations_end"]]
    print(json.dumps([len(runs), len(traces), len(sessions), len(generations)]))


if __name__ == "__main__":
    main()
