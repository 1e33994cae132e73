"""`--tree` and `--timeline` of `lctrack-analyze`."""

from rich.console import Console

from lctrack_analysis.logs import Logs
from lctrack_analysis.notebook.tree import COLUMNS as OF_TREE
from lctrack_analysis.notebook.tree import RunTree, duration_text
from lctrack_analysis.questions.asking import literal
from lctrack_analysis.trace.finding import find_trace
from lctrack_analysis.trace.timeline import COLUMNS as OF_TIMELINE
from lctrack_analysis.trace.timeline import Timeline

__all__ = ["print_trace"]


def print_trace(logs: Logs, called: str, view: str, console: Console) -> None:
    """Print one trace.

    Args:
        logs: The logs.
        called: As `find_trace` takes it.
        view: `tree` or `timeline`.
        console: Where to print.

    Raises:
        NoMatchError: There is no such trace.
        UsageError: Several have an id that begins so.
    """
    trace_id = literal(find_trace(logs, called))
    columns = ", ".join(dict.fromkeys((*OF_TREE, *OF_TIMELINE)))
    query = f"SELECT {columns} FROM runs WHERE trace_id = {trace_id} ORDER BY start_time, depth, run_id"  # noqa: S608  # the id is quoted
    runs = logs.query(query).frame
    [trace] = logs.query(f"SELECT trace_id, name, duration_ms FROM traces WHERE trace_id = {trace_id}").frame.to_dicts()  # noqa: S608  # likewise
    parts = [trace["name"], duration_text(trace["duration_ms"]), trace["trace_id"]]
    title = "  ".join(part for part in parts if part)
    console.print(RunTree(title, runs) if view == "tree" else Timeline(title, runs), soft_wrap=view == "tree")
