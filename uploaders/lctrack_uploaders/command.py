"""What `lctrack-upload` does, once its command line is understood."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import lctrack_analysis
from lctrack_uploaders import report, state
from lctrack_uploaders.delivery import Outcome, deliver
from lctrack_uploaders.ledger import Ledger
from lctrack_uploaders.typing import Target, TargetModule
from lctrack_uploaders.units import units

DONE, FAILED, PARTLY = 0, 1, 3


def run(options: argparse.Namespace, module: TargetModule) -> int:
    """Deliver the sessions of some logs.

    Args:
        options: The parsed command line.
        module: The target's module.

    Returns:
        Exit code: 0 for all done, 1 where sessions failed and none was delivered, 3 where only some were.

    Raises:
        UploadError: If nothing could be begun.
        lctrack_analysis.AnalysisError: If the logs cannot be read.
    """
    directory = (options.state or state.default(options.logs)).absolute()
    target = module.create(options, directory, os.environ)
    logs = lctrack_analysis.load(options.logs)
    if problems := len(logs.problems):
        lines = "1 line" if problems == 1 else f"{problems} lines"
        _note(f"{lines} of the logs cannot be used: lctrack-analyze LOGS --table problems shows why.")
    with _ledger(directory, dry_run=options.dry_run) as ledger:
        outcomes = deliver(
            units(logs),
            target,
            options.to,
            ledger,
            dry_run=options.dry_run,
            progress=_Teller(lines=not options.json),
        )
    _conclude(options, target, outcomes)
    return _exit_code(outcomes)


def _ledger(directory: Path, *, dry_run: bool) -> Ledger:
    path = directory / "ledger.db"
    if dry_run:
        return Ledger(path if path.exists() else None)
    state.prepare(directory)
    return Ledger(path)


class _Teller:
    """Tells what becomes of each session, and what is wrong with the destination once."""

    def __init__(self, *, lines: bool) -> None:
        self._lines = lines
        self._told: str | None = None

    def __call__(self, outcome: Outcome) -> None:
        if outcome.unreachable:
            if outcome.message != self._told:
                _note(outcome.message or "")
            self._told = outcome.message
        elif outcome.state == "failed":
            _note(f"{outcome.name}: {outcome.message}")
        elif self._lines and outcome.state != "unchanged":
            print(report.line(outcome), flush=True)  # noqa: T201  # the command's result


def _note(sentence: str) -> None:
    # A recorded name may stand in it.
    print(f"lctrack-upload: {report.printable(sentence)}", file=sys.stderr, flush=True)  # noqa: T201  # for a person


def _conclude(options: argparse.Namespace, target: Target, outcomes: Sequence[Outcome]) -> None:
    if options.json:
        report.write_json(outcomes, target, options.to, sys.stdout)
        return
    print(report.total(outcomes))  # noqa: T201  # the command's result
    if any(outcome.state in ("delivered", "unchanged") for outcome in outcomes) and (hint := target.hint()):
        print(f"next: {hint}")  # noqa: T201  # likewise


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    states = {outcome.state for outcome in outcomes}
    if "failed" not in states:
        return DONE
    return PARTLY if "delivered" in states else FAILED
