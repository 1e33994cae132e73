"""Which part of the logs is looked at: filters by project, session, name, tag and time."""

from lctrack_analysis.selection.moments import Moment, moment
from lctrack_analysis.selection.selection import Selection, select

__all__ = ["Moment", "Selection", "moment", "select"]
