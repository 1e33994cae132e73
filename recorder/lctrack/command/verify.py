"""`lctrack verify`: whether everything is as it was written."""

import argparse
import hashlib
import json
from typing import NamedTuple

from lctrack._sealed import Sealed, SealError, describe, require_pyarrow
from lctrack._survey import Survey
from lctrack.command.check import Check, Finding
from lctrack.command.errors import CommandError, Exit
from lctrack.command.output import note, plural, visible, write
from lctrack.command.segments import Segment, find_segments, lines_of

__all__ = ["DOES", "add_arguments", "run"]

DOES = "check every line: JSON, sequence, torn tails, references, and what sealed segments hold"


class _Checked(NamedTuple):
    segment: Segment
    events: int
    findings: list[Finding]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    segments = find_segments(options.logs)
    skipped = _unreadable(segments)
    checked = [_check(segment) for segment in segments if segment not in skipped]
    problems = sum(finding.kind == "problem" for each in checked for finding in each.findings)
    if options.json:
        _print_json(checked)
    else:
        _print(checked, problems)
    if skipped:
        note(
            f"lctrack verify: {plural(len(skipped), 'sealed segment')} not verified:"
            " that needs pyarrow: pip install pyarrow"
        )
    return Exit.PROBLEMS if problems else Exit.PARTLY if skipped else Exit.DONE


def _unreadable(segments: list[Segment]) -> list[Segment]:
    """List the segments that nothing here can read: the sealed ones, where there is no pyarrow."""
    sealed = [segment for segment in segments if segment.sealed]
    try:
        if sealed:
            require_pyarrow()
    except SealError:
        return sealed
    return []


def _check(segment: Segment) -> _Checked:
    check, survey, digest, size = Check(), Survey(), hashlib.sha256(), 0
    try:
        for line in lines_of(segment):
            digest.update(line.content)
            size += len(line.content)
            survey.add(line)
            check.add(line)
        check.finish()
        if segment.sealed and describe(segment.path) != Sealed(size, digest.hexdigest(), survey.facts):
            check.findings.append(Finding("problem", 0, 0, "does not hold what it says was sealed"))
    except (CommandError, SealError) as error:
        check.findings.append(Finding("problem", 0, 0, str(error)))
    if segment.both:
        check.findings.append(Finding("note", 0, 0, "was not sealed to the end: lctrack seal does that"))
    return _Checked(segment, check.events, check.findings)


def _print_json(checked: list[_Checked]) -> None:
    findings = [{"file": str(each.segment.path), **finding._asdict()} for each in checked for finding in each.findings]
    answer = {
        "segments": len(checked),
        "events": sum(each.events for each in checked),
        "problems": [_without_kind(finding) for finding in findings if finding["kind"] == "problem"],
        "notes": [_without_kind(finding) for finding in findings if finding["kind"] == "note"],
    }
    write(json.dumps(answer, indent=2))


def _without_kind(finding: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in finding.items() if key != "kind"}


def _print(checked: list[_Checked], problems: int) -> None:
    for each in checked:
        for finding in each.findings:
            place = f"{each.segment.path}:{finding.line}" if finding.line else str(each.segment.path)
            write(visible(f"{finding.kind}: {place}: {finding.reason}"))
    counts = (
        plural(len(checked), "segment"),
        plural(sum(each.events for each in checked), "event"),
        plural(problems, "problem"),
        plural(sum(len(each.findings) for each in checked) - problems, "note"),
    )
    write(" · ".join(counts))
