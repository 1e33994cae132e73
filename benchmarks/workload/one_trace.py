"""A log of a single trace with as many runs as are asked for: steps in chains, each with some calls of a tool."""

import json
from pathlib import Path

from lctrack.format import FORMAT

__all__ = ["write_one_trace"]

_TOOLS = 9  # calls of a tool in a step
_MS = 1_000_000
_BEGAN = 1_795_000_000_000_000_000


def write_one_trace(path: Path, runs: int) -> Path:
    """Write the log.

    Args:
        path: The file.
        runs: How many runs the trace has, below the root.

    Returns:
        The file.
    """
    ids = {"session_id": "long", "trace_id": "root"}
    lines = [
        {"ts": _BEGAN, "event": "segment_start", "format": FORMAT, "segment": "long", "host": "bench"},
        {"ts": _BEGAN, "event": "chain_start", "run_id": "root", "name": "long", "inputs": {}, **ids},
    ]
    step = "root"
    for number in range(runs):
        start = _BEGAN + number * _MS
        if number % (_TOOLS + 1) == 0:
            step = f"run-{number:06}"
            lines += [
                {"ts": start, "event": "chain_start", "run_id": step, "parent_run_id": "root", "name": "step", **ids},
                {"ts": start + (_TOOLS + 1) * _MS, "event": "chain_end", "run_id": step, "outputs": {"n": number}},
            ]
        else:
            run = {"run_id": f"run-{number:06}", "parent_run_id": step}
            lines += [
                {"ts": start, "event": "tool_start", "name": "look_up", "inputs": {"n": number}, **run, **ids},
                {"ts": start + _MS // 2, "event": "tool_end", "output": f"number {number}", **run},
            ]
    lines.append({"ts": _BEGAN + runs * _MS, "event": "chain_end", "run_id": "root", "outputs": {}})
    with path.open("w", encoding="utf-8") as file:
        for seq, line in enumerate(lines):
            file.write(json.dumps({"seq": seq, **line}) + "\n")
    return path
