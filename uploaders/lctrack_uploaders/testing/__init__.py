"""For those who write a target: sessions to deliver, and a suite of tests that every target passes.

`docs/targets.md` shows its use. It needs pytest, which nothing else in this package does.
"""

from lctrack_uploaders.testing.sessions import grown, young
from lctrack_uploaders.testing.suite import Destination, TargetSuite
from lctrack_uploaders.testing.tables import Rows, TableLogs

__all__ = ["Destination", "Rows", "TableLogs", "TargetSuite", "grown", "young"]
