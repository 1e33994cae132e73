"""What `lctrack-upload` does, once its command line is understood."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import lctrack_analysis
from lctrack_uploaders import checking, destinations, lock, report, schedule, segments, settled, signals, state, status
from lctrack_uploaders.delivery import Outcome, Rules, deliver
from lctrack_uploaders.destinations import Named, Sources
from lctrack_uploaders.errors import UploadError
from lctrack_uploaders.ledger import Ledger
from lctrack_uploaders.patience import Patience, Stop, StoppedError
from lctrack_uploaders.progress import Bar
from lctrack_uploaders.selection import Selection, moment
from lctrack_uploaders.units import MAPPING_VERSION, units

DONE, FAILED, PARTLY = 0, 1, 3
LEDGER = "ledger.db"


def run(options: argparse.Namespace, sources: Sources, arguments: Sequence[str]) -> int:
    """Do what the command line asks for.

    Args:
        options: The options of the command.
        sources: Where those of the targets come from.
        arguments: The command line, for a schedule that repeats it.

    Returns:
        Exit code: 0 all done, 1 nothing, 3 some; 128 and the signal's number where one ended it.

    Raises:
        UploadError: If nothing could be begun.
        lctrack_analysis.AnalysisError: If the logs cannot be read.
    """
    directory = (options.state or state.default(options.logs)).absolute()
    if options.status:
        return status.tell(options, _read_only(directory), lctrack_analysis.load)
    targets = destinations.make(options.to, sources, directory)
    if options.install_schedule:
        return schedule.install(options, arguments, directory)
    with ExitStack() as stack:
        for named in targets:
            stack.callback(named.target.close)
        if options.check:
            return checking.check(targets, sources.redactor, as_json=options.json)
        stop = Stop()
        stack.enter_context(signals.obeyed(stop))
        rounds = _Rounds(options, sources, targets, directory, stop)
        return rounds.repeat(options.every) if options.every else rounds.once()


class _Rounds:
    """Delivers to every target, once or again and again."""

    def __init__(
        self, options: argparse.Namespace, sources: Sources, targets: Sequence[Named], directory: Path, stop: Stop
    ) -> None:
        self._options = options
        self._redact = sources.redactor
        self._targets = targets
        self._directory = directory
        self._stop = stop
        self._files: Mapping[str, Path] = {}
        self._is_sound = False  # whether every line of the logs can be used
        self._selection = Selection(
            since=moment(options.since) if options.since else None,
            projects=options.project or (),
            sessions=options.session or (),
        )
        self._rules = Rules(
            dry_run=options.dry_run,
            verify=options.verify,
            retry_failed=options.retry_failed,
            idle=options.idle,
            limit=options.limit,
            jobs=options.jobs,
            patience=Patience(retries=options.retries),
            redact=sources.redactor,
        )

    def repeat(self, seconds: float) -> int:
        """Deliver every so often, until somebody asks for the end; a round that fails is told, and ends nothing."""
        while True:
            try:
                self.once()
                self._stop.sleep(seconds)
            except StoppedError:
                return DONE
            except (UploadError, lctrack_analysis.AnalysisError) as error:
                _note(self._redact(str(error)))
                try:
                    self._stop.sleep(seconds)
                except StoppedError:
                    return DONE

    def once(self) -> int:
        """Deliver once."""
        found: list[Outcome] = []
        # Before the logs are read, so that what is written meanwhile is read by the next run.
        marks = {named.name: settled.mark(vars(self._options), named, MAPPING_VERSION) for named in self._targets}
        may_be_settled = any(marks.values()) and (self._directory / LEDGER).exists()
        logs = None if may_be_settled else self._load()
        with _ledger(self._directory, dry_run=self._options.dry_run) as ledger:
            left = [named for named in self._targets if not self._is_settled(named, ledger, marks[named.name])]
            if left and logs is None:
                logs = self._load()
            for named in left:
                outcomes = self._to(named, logs, ledger)
                mark = marks[named.name]
                if mark and self._is_sound and {one.state for one in outcomes} <= {"delivered", "unchanged"}:
                    ledger.put_settled(named.kind, named.target.address, mark, len(outcomes))
                found += outcomes
        if self._stop.signal is not None and not self._options.every:
            return signals.EXIT_BASE + self._stop.signal
        return PARTLY if (code := exit_code(found)) == FAILED and len(left) < len(self._targets) else code

    def _load(self) -> Any:
        self._files = segments.find(self._options.logs)
        logs = lctrack_analysis.load(self._options.logs)
        problems = len(logs.problems)
        self._is_sound = not problems
        if problems:
            lines = "1 line" if problems == 1 else f"{problems} lines"
            _note(f"{lines} of the logs cannot be used: lctrack-analyze LOGS --table problems shows why.")
        return logs

    def _is_settled(self, named: Named, ledger: Ledger, mark: str | None) -> bool:
        """Tell whether there can be nothing new for a target, and if so, say so."""
        count = ledger.settled(named.kind, named.target.address, mark) if mark else None
        if not count or named.target.is_blank():
            return False
        ledger.put_round(named.kind, named.target.address, named.name, None)
        self._tell(named, report.nothing_new(count))
        return True

    def _to(self, named: Named, logs: Any, ledger: Ledger) -> list[Outcome]:
        chosen = (unit for unit in units(logs, self._files) if unit in self._selection)
        with Bar(len(logs.sessions)) as bar:
            teller = _Teller(bar, lines=not self._options.json, steps=self._options.dry_run)
            outcomes = deliver(chosen, named.target, named.kind, ledger, self._rules, progress=teller, stop=self._stop)
        if not self._options.dry_run:
            ledger.put_round(named.kind, named.target.address, named.name, _trouble(outcomes))
        self._conclude(named, outcomes)
        return outcomes

    def _conclude(self, named: Named, outcomes: Sequence[Outcome]) -> None:
        if self._options.json:
            report.write_json(outcomes, named, sys.stdout)
            return
        reached = any(outcome.state in ("delivered", "unchanged") for outcome in outcomes)
        self._tell(named, report.total(outcomes), hinting=reached)

    def _tell(self, named: Named, sentence: str, *, hinting: bool = True) -> None:
        whose = f"{named.name}: " if len(self._targets) > 1 else ""
        print(f"{whose}{sentence}", flush=True)  # noqa: T201  # the command's result
        if hinting and (hint := named.target.hint()):
            print(f"next: {hint}", flush=True)  # noqa: T201  # likewise


@contextmanager
def _ledger(directory: Path, *, dry_run: bool) -> Iterator[Ledger]:
    if dry_run:
        with _read_only(directory) as ledger:
            yield ledger
        return
    state.prepare(directory)
    with lock.held(directory), Ledger(directory / LEDGER) as ledger:
        yield ledger


def _read_only(directory: Path) -> Ledger:
    path = directory / LEDGER
    return Ledger(path if path.exists() else None)


class _Teller:
    """Tells what becomes of each session, and what is wrong with the destination once."""

    def __init__(self, bar: Bar, *, lines: bool, steps: bool) -> None:
        self._bar = bar
        self._lines = lines
        self._steps = steps
        self._told: str | None = None

    def __call__(self, outcome: Outcome) -> None:
        self._bar.advance()
        for remark in outcome.remarks:
            self._say(remark)
        if outcome.unreachable:
            if outcome.message != self._told:
                self._say(outcome.message or "")
            self._told = outcome.message
        elif outcome.state == "failed":
            again = " (given up before: --retry-failed tries again)" if outcome.given_up else ""
            self._say(f"{outcome.name}: {outcome.message}{again}")
        elif self._lines and outcome.state not in ("unchanged", "left"):
            self._bar.clear()
            print(report.line(outcome), flush=True)  # noqa: T201  # the command's result
            for step in outcome.steps if self._steps else ():
                print(f"  {report.printable(step)}", flush=True)  # noqa: T201  # likewise

    def _say(self, sentence: str) -> None:
        self._bar.clear()
        _note(sentence)


def _note(sentence: str) -> None:
    # A recorded name may stand in it.
    print(f"lctrack-upload: {report.printable(sentence)}", file=sys.stderr, flush=True)  # noqa: T201  # for a person


def _trouble(outcomes: Sequence[Outcome]) -> str | None:
    """Say why not everything was delivered."""
    states = Counter(outcome.state for outcome in outcomes)
    down = next((outcome.message for outcome in outcomes if outcome.unreachable), None)
    if down:
        return down
    return f"{states['failed']} not delivered" if states["failed"] else None


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Give the exit code that says what became of all sessions."""
    states = {outcome.state for outcome in outcomes}
    if "failed" not in states:
        return DONE
    return PARTLY if states & {"delivered", "unchanged"} else FAILED
