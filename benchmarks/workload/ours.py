"""Ours: from log files to complete tables.

    python ours.py DIRECTORY [CACHE]

Asks every table that has to be complete how many rows it has; of the generations their core, because whoever names
that table wants the complexity of the texts too, which benchmarks/complexity.py measures.
"""

import json
import sys

import lctrack_analysis

_QUESTION = """
SELECT
    (SELECT count(*) FROM runs),
    (SELECT count(*) FROM traces),
    (SELECT count(*) FROM sessions),
    (SELECT count(*) FROM stage.generation_core)
"""


def main() -> None:
    """Load and count."""
    logs = lctrack_analysis.load(sys.argv[1], cache=sys.argv[2] if len(sys.argv) > 2 else False)  # noqa: PLR2004  # or none
    logs.sql("SELECT count(*) FROM runs")  # as users ask, so that what comes with the tables is made
    [row] = logs.rows(_QUESTION)
    print(json.dumps(list(row.values())))
    logs.close()


if __name__ == "__main__":
    main()
