"""The floor: DuckDB's own typed reader of JSON, writing zstd Parquet, without any of our promises.

python floor.py DIRECTORY OUTPUT
"""

import sys

import duckdb

_TEXTS = ("event", "session_id", "trace_id", "run_id", "parent_run_id", "name")
_OWN = (
    *("serialized", "prompts", "params", "messages", "generations", "llm_output", "stream", "inputs", "outputs"),
    *("output", "documents", "error", "query", "input_str", "tool_call_id", "run_type", "digest", "value", "session"),
)


def main() -> None:
    """Convert."""
    columns = {
        **dict.fromkeys(("seq", "ts", "thread"), "BIGINT"),
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        "tags": "VARCHAR[]",
        **dict.fromkeys(("metadata", *_OWN), "JSON"),
    }
    listed = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    connection = duckdb.connect()
    connection.execute(
        f"COPY (FROM read_json('{sys.argv[1]}/*.jsonl', format = 'newline_delimited', columns = {{{listed}}}, "
        f"maximum_object_size = 268435456)) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)"
    )


if __name__ == "__main__":
    main()
