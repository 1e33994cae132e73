"""A session's traces: sent, linked to its run, read back, and corrected where MLflow keeps what it had first.

Two traps shape this module. MLflow links the traces of a request to their run, and where it does not (of more than 100,
or of one that is not complete) it says nothing; so they are read back, and those without a link get one by a call that
fails aloud. And once a trace has a state and an end it keeps them, though later spans say
otherwise: a trace delivered while it was running would stay `OK` after it failed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lctrack_uploaders import ids
from lctrack_uploaders.errors import LostError, TerminalError
from lctrack_uploaders.targets.mlflow.batches import TRACES_A_REQUEST
from lctrack_uploaders.targets.mlflow.connection import Connection
from lctrack_uploaders.targets.mlflow.spans import messages
from lctrack_uploaders.units import Trace, Unit

_STATES = {"ok": "OK", "error": "ERROR", "interrupted": "OK", "open": "IN_PROGRESS"}


def remote_id(trace: Trace) -> str:
    """Give MLflow's id of a trace.

    Args:
        trace: The trace.

    Returns:
        `tr-` and the trace id in hexadecimal.
    """
    return f"tr-{ids.trace_id(trace.root_run_id).hex()}"


def refuse_if_elsewhere(connection: Connection, experiment: str, unit: Unit) -> None:
    """Make sure that the traces of a new run are not in another experiment already.

    A trace id is known to a whole server: sent again under another experiment, a trace stays where it was, and MLflow
    says that all is well.

    Args:
        connection: Where to.
        experiment: Experiment id.
        unit: The session.

    Raises:
        TerminalError: If they are.
    """
    for trace in unit.traces[:1]:
        try:
            info = connection.traces.get_trace_info(remote_id(trace))
        except Exception as error:
            if getattr(error, "error_code", None) != "RESOURCE_DOES_NOT_EXIST":
                raise
            return
        if str(info.experiment_id) != experiment:
            name = connection.runs.get_experiment(info.experiment_id).name
            raise TerminalError(
                f"The traces of session {unit.session_id} are in MLflow's experiment {name!r}, and MLflow does not "
                f"move them: deliver with --experiment {name!r}, or delete them there first."
            )


def send(connection: Connection, experiment: str, run_id: str, unit: Unit, part: Sequence[Trace]) -> None:
    """Send some traces and link them to the run.

    Args:
        connection: Where to.
        experiment: Experiment id.
        run_id: The run.
        unit: The session.
        part: The traces, not more than fit into one request.

    Raises:
        UploadError: If they were not taken.
    """
    connection.send(experiment, [messages(trace, unit) for trace in part], run_id)


def settle(connection: Connection, experiment: str, run_id: str, unit: Unit) -> None:
    """Read all traces back, and bring state and times to what the spans say.

    Args:
        connection: Where to.
        experiment: Experiment id.
        run_id: The run.
        unit: The session.

    Raises:
        LostError: If one is missing.
    """
    there = stored(connection, experiment, run_id)
    unlinked = [remote_id(trace) for trace in unit.traces if remote_id(trace) not in there]
    if unlinked:
        for start in range(0, len(unlinked), TRACES_A_REQUEST):
            connection.runs.link_traces_to_run(unlinked[start : start + TRACES_A_REQUEST], run_id)
        there = stored(connection, experiment, run_id)
    missing = [trace for trace in unit.traces if remote_id(trace) not in there]
    if missing:
        raise LostError(
            f"MLflow took {len(unit.traces)} traces of session {unit.session_id}, but {len(missing)} of them cannot "
            "be read back: try again."
        )
    for trace in unit.traces:
        _correct(connection, experiment, trace, there[remote_id(trace)])


def stored(connection: Connection, experiment: str, run_id: str) -> Mapping[str, Any]:
    """Read what the run has.

    Args:
        connection: Where to.
        experiment: Experiment id.
        run_id: The run.

    Returns:
        MLflow's description of each trace, by id.
    """
    found: dict[str, Any] = {}
    token: str | None = None
    while True:
        page = connection.traces.search_traces(
            locations=[experiment],
            # Given as such, MLflow would first ask for the run.
            filter_string=f"attribute.run_id = '{run_id}'",
            include_spans=False,
            max_results=500,
            page_token=token,
        )
        found.update((trace.info.trace_id, trace.info) for trace in page)
        token = page.token
        if not token:
            return found


def _correct(connection: Connection, experiment: str, trace: Trace, info: Any) -> None:
    """Bring state and times of a trace to what its spans say, where MLflow has kept older ones."""
    from mlflow.entities import TraceInfo, TraceLocation, TraceState  # noqa: PLC0415  # see connection

    start = min(span.start for span in trace.spans) // 1_000_000
    duration = max(span.end for span in trace.spans) // 1_000_000 - start
    state = _STATES[trace.spans[0].status]
    if (info.request_time, info.execution_duration, info.state.value) == (start, duration, state):
        return
    connection.traces.start_trace(
        TraceInfo(
            trace_id=info.trace_id,
            trace_location=TraceLocation.from_experiment_id(experiment),
            request_time=start,
            execution_duration=duration,
            state=TraceState(state),
        )
    )
