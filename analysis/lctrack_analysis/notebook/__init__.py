"""What a notebook shows of the logs: frames for pandas, pages for the browser, trees of runs."""

from lctrack_analysis.notebook.methods import Shown
from lctrack_analysis.notebook.session import Session
from lctrack_analysis.notebook.tree import RunTree

__all__ = ["RunTree", "Session", "Shown"]
