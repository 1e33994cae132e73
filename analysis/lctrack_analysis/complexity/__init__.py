"""Text complexity: the sixteen metrics that LangChain's trackers compute, exactly as textstat does, and fast.

    with complexity.Meter("en_US") as meter:
        frame = meter.measure(["The first text.", "The second one."])

`docs/complexity.md` tells what the metrics mean.
"""

from lctrack_analysis.complexity.counts import COUNTS
from lctrack_analysis.complexity.languages import DEFAULT
from lctrack_analysis.complexity.meter import Meter
from lctrack_analysis.complexity.metrics import METRICS
from lctrack_analysis.complexity.own import OwnMetric, register

__all__ = ["COUNTS", "DEFAULT", "METRICS", "Meter", "OwnMetric", "register"]
