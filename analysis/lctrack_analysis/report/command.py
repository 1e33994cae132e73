"""`--report` of `lctrack-analyze`."""

import argparse
import shlex
from pathlib import Path

from lctrack_analysis.logs import Logs
from lctrack_analysis.report.folder import check_place
from lctrack_analysis.report.writing import write_report

__all__ = ["check_report", "make_report"]


def check_report(options: argparse.Namespace) -> None:
    """Refuse a place that holds something else, before logs are read.

    Raises:
        UsageError: It does.
    """
    if not options.single_file:
        check_place(Path(options.report))


def make_report(logs: Logs, options: argparse.Namespace) -> str:
    """Write a report.

    Args:
        logs: The logs.
        options: The command's options.

    Returns:
        A sentence that tells what to open.

    Raises:
        UsageError: The place holds something else, or cannot be written.
        AnalysisError: There is too much for one page.
    """
    written = write_report(logs, Path(options.report), shlex.join(options.logs), single_file=options.single_file)
    count = f"{written.traces:,} {'trace' if written.traces == 1 else 'traces'}"
    said = f"report of {count} written: open {written.page} in a browser"
    if written.cut:
        told = " and ".join(written.cut)
        return (
            f"{said}; rows of {told} are missing, which take more memory than they may: allow more with --memory-limit"
        )
    return said
