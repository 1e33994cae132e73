"""A data set out of the logs: what models were asked and what they answered, one JSON object a line.

It is written as it is read, whatever its size; leaving out what is there twice takes some 100 bytes for each example.
"""

import os
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from lctrack_analysis.errors import UsageError
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.questions.examples import chat_example, pair_example
from lctrack_analysis.whole_file import whole_file

__all__ = ["SHAPES", "Export", "export"]

SHAPES: dict[str, Callable[[Mapping[str, Any]], dict[str, Any] | None]] = {"chat": chat_example, "pairs": pair_example}
"""Shapes of an example by name, and what makes one of a row."""

_ROWS = """
SELECT
    answers.prompt,
    answers.text,
    answers.messages,
    answers.message,
    coalesce(nullif(given.params -> 'tools', 'null'), nullif(given.params -> 'functions', 'null')) AS tools,
    runs.status = 'ok' AND NOT coalesce(answers.partial, false) AS is_ok
FROM generations AS answers
JOIN stage.run_core AS runs ON runs.run_id = answers.run_id
LEFT JOIN stage.recorded AS given ON given.row_id = runs.start_row
ORDER BY coalesce(answers.start_time, answers.end_time), answers.run_id, answers.prompt_index, answers.generation_index
"""


class Export(NamedTuple):
    """What became of the generations: how many are in the file, and how many are not, and why."""

    written: int
    failed: int
    duplicates: int
    untold: int
    """Empty, or with a role that the format does not have."""


def export(
    logs: Asked, path: str | os.PathLike[str], shape: str, *, dedupe: bool = False, include_failed: bool = False
) -> Export:
    """Write generations as examples.

    Args:
        logs: The logs.
        path: The file, which is there whole or not at all; one of that name is replaced.
        shape: `chat` (OpenAI's chat format: messages with tool calls, and tools) or `pairs` (`prompt`, `completion`).
        dedupe: Whether an example that is there already is left out.
        include_failed: Whether what an error cut short is in it.

    Returns:
        How many examples were written.

    Raises:
        UsageError: There is no such shape, or the file cannot be written.
    """
    if shape not in SHAPES:
        raise UsageError(f"a data set cannot be {shape}: choose one of {', '.join(SHAPES)}")
    counts = dict.fromkeys(Export._fields, 0)
    seen: set[bytes] = set()
    with whole_file(Path(path)) as file:
        for row in logs.rows(_ROWS):
            example = SHAPES[shape](row) if row["is_ok"] or include_failed else None
            if example is None:
                counts["untold" if row["is_ok"] or include_failed else "failed"] += 1
                continue
            line = orjson.dumps(example)
            digest = blake2b(line, digest_size=16).digest() if dedupe else b""
            if digest in seen:
                counts["duplicates"] += 1
                continue
            if dedupe:
                seen.add(digest)
            file.write(line + b"\n")
            counts["written"] += 1
    return Export(**counts)
