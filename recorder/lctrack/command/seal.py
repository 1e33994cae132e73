"""`lctrack seal`: finished segments become Parquet files."""

import argparse
from pathlib import Path

from lctrack._finished import writer_of
from lctrack._seal import SealError
from lctrack._seal import seal as seal_segment
from lctrack._sealed import require_pyarrow
from lctrack.command.errors import Exit
from lctrack.command.output import note, plural, size, visible, write
from lctrack.command.segments import Segment, find_segments

__all__ = ["DOES", "add_arguments", "run"]

DOES = "turn finished segments into Parquet files, which stand for them byte for byte (needs pyarrow)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument(
        "--force", action="store_true", help="seal segments too of which it is not known that their writer has ended"
    )


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    require_pyarrow()
    segments = [segment for segment in find_segments(options.logs) if not segment.sealed]
    done = failed = 0
    for segment in segments:
        try:
            writer = writer_of(segment.path)
            if not writer.finished and not options.force:
                note(f"lctrack seal: {segment.path} is left open: {writer.why}")
                continue
            before = segment.path.stat().st_size
            _tell(segment, before, seal_segment(segment.path, force=options.force))
            done += 1
        except (SealError, OSError) as error:
            note(f"lctrack seal: {error}")
            failed += 1
    left = f", {len(segments) - done - failed} left open" if len(segments) > done + failed else ""
    note(f"{plural(done, 'segment')} sealed{left}{f', {failed} failed' if failed else ''}")
    return Exit.DONE if not failed else Exit.PARTLY if done else Exit.FAILED


def _tell(segment: Segment, before: int, sealed: Path) -> None:
    write(visible(f"{segment.name} → {sealed.name}, {size(before)} → {size(sealed.stat().st_size)}"))
