"""From paths to events: finds the log files, reads their lines, keeps what is sound and lists the rest."""

from lctrack_analysis.read.events import Event, Problem, Reader
from lctrack_analysis.read.files import find_files

__all__ = ["Event", "Problem", "Reader", "find_files"]
