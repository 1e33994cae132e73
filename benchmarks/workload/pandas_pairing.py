"""What somebody writes who has no lctrack: pandas reads the lines, and meets starts with ends.

    python pandas_pairing.py DIRECTORY

Makes runs, traces, sessions and generations with what ours have in them: references to messages resolved, depths,
durations, tokens, models, totals of traces, counters and percentiles of sessions, the prompt of each answer. It knows
the places where this workload's two models leave their token counts, and no others; it checks no line, and what is
wrong with one ends it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # stubs are not needed for a benchmark

MODELS = ("llm", "chat_model")
TOKENS = ("input_tokens", "output_tokens", "total_tokens")
TOTALS: dict[str, Any] = {
    "runs": ("run_id", "size"),
    "depth": ("depth", "max"),
    "llm_calls": ("is_model", "sum"),
    "tool_calls": ("is_tool", "sum"),
    "retrievals": ("is_retriever", "sum"),
    "errors": ("failed", "sum"),
    "start_time": ("start_time", "min"),
    "end_time": ("end_time", "max"),
    **{name: (name, "sum") for name in TOKENS},
}


def resolved(value: Any, blobs: dict[str, Any]) -> Any:
    """Give a value with its references replaced."""
    if isinstance(value, list):
        return [resolved(item, blobs) for item in value]
    if not isinstance(value, dict):
        return value
    if "$blob" in value:
        return blobs[value["$blob"]]
    return {key: resolved(item, blobs) for key, item in value.items()}


def read(directory: Path) -> pd.DataFrame:
    """Give the events."""
    rows = []
    for file in sorted(directory.glob("*.jsonl")):
        blobs: dict[str, Any] = {}
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["event"] == "blob":
                    blobs[record["digest"]] = resolved(record["value"], blobs)
                else:
                    rows.append(resolved(record, blobs) if '"$blob"' in line else record)
    return pd.DataFrame(rows)


def usage(record: Any) -> tuple[Any, Any, Any]:
    """Give the tokens of a model call, from its output or its only message."""
    if isinstance(record.llm_output, dict):
        told = record.llm_output["token_usage"]
        return told["prompt_tokens"], told["completion_tokens"], told["total_tokens"]
    if isinstance(record.generations, list):
        told = record.generations[0][0]["message"]["usage_metadata"]
        return told["input_tokens"], told["output_tokens"], told["total_tokens"]
    return None, None, None


def pair(events: pd.DataFrame) -> pd.DataFrame:
    """Give the runs."""
    of_runs = events[events["run_id"].notna()]
    kind, _, moment = (of_runs["event"].str.rpartition("_")[place] for place in range(3))
    starts = of_runs[moment == "start"].assign(kind=kind).dropna(axis="columns", how="all")
    ends = of_runs[moment.isin(["end", "error"])].assign(failed=moment == "error").dropna(axis="columns", how="all")
    ends[list(TOKENS)] = [usage(record) for record in ends.itertuples()]
    runs = starts.merge(ends, on="run_id", how="outer", suffixes=("", "_end"))
    runs["start_time"], runs["end_time"] = pd.to_datetime(runs["ts"]), pd.to_datetime(runs["ts_end"])
    runs["duration_ms"] = (runs["ts_end"] - runs["ts"]) / 1e6
    runs["model"] = runs["params"].map(
        lambda params: params.get("model_name") or params.get("model"), na_action="ignore"
    )
    parents = runs.set_index("run_id")["parent_run_id"]
    runs["depth"] = 0
    above = runs["parent_run_id"]
    while above.notna().any():
        runs["depth"] += above.notna()
        above = above.map(parents)
    runs["is_model"] = runs["kind"].isin(MODELS)
    runs["is_tool"], runs["is_retriever"] = runs["kind"] == "tool", runs["kind"] == "retriever"
    return runs.sort_values("start_time")


def main() -> None:
    """Read, pair, count."""
    events = read(Path(sys.argv[1]))
    runs = pair(events)
    roots = runs[runs["parent_run_id"].isna()].set_index("trace_id")
    shown = ["name", "kind", "inputs", "outputs_end" if "outputs_end" in roots else "outputs", "metadata"]
    traces = runs.groupby("trace_id").agg(**TOTALS).join(roots[shown])
    sessions = runs.groupby("session_id").agg(**TOTALS)
    counters = events.groupby(["session_id", "event"]).size().unstack(fill_value=0)  # noqa: PD010  # of a series
    durations = runs.groupby(["session_id", "kind"])["duration_ms"]
    of_kinds = durations.quantile([0.5, 0.9, 0.99]).unstack([1, 2])  # noqa: PD010  # likewise
    labels = events[events["event"] == "session_start"].drop_duplicates("session_id").set_index("session_id")["session"]
    sessions = sessions.join(counters).join(labels).join(of_kinds.set_axis(of_kinds.columns.to_flat_index(), axis=1))
    calls = runs[runs["is_model"] & runs["generations"].notna()]
    generations = calls.explode("generations").explode("generations")
    generations["text"] = [answer["text"] for answer in generations["generations"]]
    generations["prompt"] = [
        prompts[0] if isinstance(prompts, list) else "\n".join(f"{said['type']}: {said['content']}" for said in chat[0])
        for prompts, chat in zip(generations["prompts"], generations["messages"], strict=True)
    ]
    print(json.dumps([len(runs), len(traces), len(sessions), len(generations)]))


if __name__ == "__main__":
    main()
