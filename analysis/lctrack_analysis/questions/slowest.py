"""The runs that took longest."""

from lctrack_analysis.errors import NoMatchError
from lctrack_analysis.query import Result
from lctrack_analysis.questions.asking import Asked, literal
from lctrack_analysis.selection.resolving import near

__all__ = ["slowest"]


def slowest(logs: Asked, count: int = 10, kind: str | None = None) -> Result:
    """Give the runs that took longest; one that has not ended has no duration.

    Args:
        logs: The logs.
        count: How many.
        kind: Only runs of this kind, such as `chat_model`.

    Returns:
        Their rows of `runs`, without what went in and out, the slowest first.

    Raises:
        NoMatchError: There is no run of that kind.
    """
    if kind is not None:
        kinds = [str(known) for known in logs.query("SELECT DISTINCT kind FROM runs").frame["kind"]]
        if kind not in kinds:
            raise NoMatchError(f"no run is of the kind {kind}: {near(kind, kinds)}")
    wanted = "" if kind is None else f"AND runs.kind = {literal(kind)}"
    return logs.query(f"""
        SELECT
            runs.name,
            runs.kind,
            runs.duration_ms,
            runs.time_to_first_token_ms,
            runs.total_tokens,
            runs.cost,
            runs.model,
            runs.status,
            runs.start_time,
            coalesce(sessions.name, runs.session_id) AS session,
            runs.trace_id,
            runs.run_id
        FROM runs
        LEFT JOIN sessions ON sessions.session_id = runs.session_id
        WHERE runs.duration_ms IS NOT NULL {wanted}
        ORDER BY runs.duration_ms DESC, runs.start_time, runs.run_id
        LIMIT {count:d}
    """)  # noqa: S608  # the kind is quoted
