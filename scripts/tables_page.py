"""Prints docs/tables.md from the list of columns in code: python scripts/tables_page.py > docs/tables.md."""

from lctrack_analysis.columns import SCHEMA_VERSION, TABLES

_INTRODUCTION = (
    "`lctrack-analyze LOGS --table NAME` prints one of these tables, `lctrack_analysis.load(LOGS).NAME` gives it as a"
    " polars frame, and SQL can use all of them."
)
_UNITS = (
    "Times are UTC with nanoseconds, durations are milliseconds, tokens are counts, ids are text. A column of type"
    " `JSON` holds JSON text: `inputs ->> '$.question'` reads from it."
)


def page() -> str:
    """Write the page."""
    lines = [
        "# Tables",
        "",
        f"Schema version {SCHEMA_VERSION}. {_INTRODUCTION}",
        "",
        _UNITS,
        "",
        "A change to a column's name, type or meaning raises the schema version.",
    ]
    for table in TABLES.values():
        lines += [
            "",
            f"## {table.name}",
            "",
            f"One row for {table.row}.",
            "",
            "| column | type | holds |",
            "|---|---|---|",
        ]
        lines += [f"| `{column.name}` | {column.type} | {column.doc} |" for column in table.columns]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
