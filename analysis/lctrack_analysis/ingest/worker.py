"""A process that reads pieces: `python -m lctrack_analysis.ingest.worker`, told what to do on standard input.

Processes of our own, rather than `multiprocessing`: those would import the main program of a user who has not guarded
it, or copy locks of the threads of polars and DuckDB. Each request is a line of JSON, and so is each answer.
"""

import gc
import json
import os
import sys
from pathlib import Path

from lctrack_analysis.errors import UsageError
from lctrack_analysis.ingest.piece import Piece, read_pieces

__all__ = ["main"]


def main() -> None:
    """Answer requests until there are no more."""
    gc.disable()  # rows are no cycles, and looking for some takes a quarter of the time
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints is no answer
    for request in sys.stdin:
        asked = json.loads(request)
        pieces = [Piece(Path(path), *place) for path, *place in asked["pieces"]]
        try:
            read_pieces(pieces, Path(asked["directory"]))
            answer = {}
        except UsageError as error:
            answer = {"error": str(error)}
        except OSError as error:
            answer = {"unwritten": error.strerror or str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
