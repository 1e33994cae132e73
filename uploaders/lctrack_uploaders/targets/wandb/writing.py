"""What goes into a session's run, through the SDK: the same online and offline."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lctrack_uploaders import __version__, attachments
from lctrack_uploaders.contract import Step
from lctrack_uploaders.targets.wandb import history, plan, tables, traces
from lctrack_uploaders.targets.wandb.history import ROW, TRACE, Row
from lctrack_uploaders.units import Unit

_KINDS = {plan.TABLE_FILES: "dataset", plan.LOG: "log", plan.MODEL: "model"}
"""Type of each artifact, by step."""


def config(unit: Unit) -> dict[str, Any]:
    """Give a run's configuration: the parameters as recorded, and what lctrack knows of the session."""
    known = {
        "session": unit.session_id,
        "start_time_ns": unit.start,
        "end_time_ns": None if unit.is_open else unit.end,
        "status": "open" if unit.is_open else "ended",
        "models": list(unit.models),
        "host": unit.host,
        "labels": dict(unit.labels),
        "tags": list(unit.tags),
        "uploader": __version__,
    }
    # W&B has a key of its own.
    params = {("params_wandb" if key == "_wandb" else key): value for key, value in unit.params.items()}
    return {**params, "lctrack": {key: value for key, value in known.items() if value not in (None, [], {})}}


def artifact(wandb: Any, run: Any, unit: Unit, step: Step, scratch: Path) -> Any:
    """Log one of a session's artifacts.

    Args:
        wandb: The SDK.
        run: The SDK's run.
        unit: The session.
        step: The step that it is.
        scratch: A directory for its files, which stays until they are sent.

    Returns:
        The SDK's artifact, which can be waited for.
    """
    made = wandb.Artifact(f"{step.name}-{run.id}", type=_KINDS[step.name], metadata={"session": unit.session_id})
    for name, file in _files(unit, step, scratch):
        made.add_file(str(file), name=name, policy="immutable", skip_cache=True)
    return run.log_artifact(made)


def fill(wandb: Any, run: Any, unit: Unit, known: Iterable[str], first: int) -> list[Row]:
    """Write configuration, tables, totals, and the rows of history that are not there yet.

    Args:
        wandb: The SDK.
        run: The SDK's run.
        unit: The session.
        known: Marks of the rows that are there.
        first: The step of the next row.

    Returns:
        The rows that were written.
    """
    run.config.update(config(unit), allow_val_change=True)
    for family in history.FAMILIES:
        run.define_metric(f"{family}/*", step_metric=family)
    # The summary would repeat the last one.
    run.define_metric(ROW, summary="none")
    found, marks = history.rows(unit), set(known)
    missing = [row for row in found if row.mark not in marks]
    described = attachments.model(unit)
    model = json.loads(described) if described else None
    for step, row in enumerate(missing, first):
        run.log({**_values(row, model), ROW: row.mark, "_timestamp": row.time}, step=step)
    # The last values, too: of a run that is resumed, the SDK forgets those that came from history.
    for row in _last(found):
        run.summary.update(_values(row, model))
    for name in tables.SHOWN:
        if name in unit.tables:
            run.summary[name] = _table(wandb, *tables.cells(unit, name))
    run.summary.update(history.totals(unit))
    return missing


def finish(run: Any, unit: Unit) -> None:
    """End a run, when everything is sent, with the session's status."""
    run.finish(exit_code=1 if unit.failed else 0)


def _values(row: Row, model: Any) -> dict[str, Any]:
    tree = {TRACE: _trace_tree(traces.tree(row.trace), model)} if row.trace else {}
    return {**row.values, **tree}


def _last(rows: Sequence[Row]) -> Iterable[Row]:
    """Give the rows that have a column's last value, in their order."""
    last = {column: row for row in rows for column in ({TRACE} if row.trace else row.values)}
    marks = {row.mark for row in last.values()}
    return (row for row in rows if row.mark in marks)


def _files(unit: Unit, step: Step, scratch: Path) -> Iterable[tuple[str, Path]]:
    if step.name == plan.LOG:
        yield from ((file.name, file) for file in step.content)
        return
    if step.name == plan.MODEL:
        content = {attachments.MODEL: step.content.encode()}
    else:
        content = {f"{name}.parquet": tables.parquet(frame) for name, frame in unit.tables.items()}
    scratch.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (scratch / name).write_bytes(data)
        yield name, scratch / name


def _table(wandb: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Any:
    shown = tables.pages(columns)
    data = [
        [
            wandb.Html(value, inject=False) if column in shown and value is not None else value
            for column, value in zip(columns, row, strict=True)
        ]
        for row in rows
    ]
    return wandb.Table(columns=list(columns), data=data, allow_mixed_types=True)


def _trace_tree(root: Mapping[str, Any], model: Any) -> Any:
    from wandb.sdk.data_types import trace_tree  # noqa: PLC0415  # needs the extra `wandb`

    def span(fields: Mapping[str, Any]) -> Any:
        results = fields["results"] and [trace_tree.Result(**result) for result in fields["results"]]
        kind = trace_tree.SpanKind(fields["span_kind"])
        status = fields["status_code"] and trace_tree.StatusCode(fields["status_code"])
        children = [span(child) for child in fields["child_spans"]]
        own = {"results": results, "span_kind": kind, "status_code": status, "child_spans": children or None}
        return trace_tree.Span(**{**fields, **own})

    described = model if isinstance(model, dict) or model is None else {"model": model}
    return trace_tree.WBTraceTree(span(root), described)
