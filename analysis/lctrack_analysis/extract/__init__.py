"""From one event to the rows it alone can give."""

from lctrack_analysis.extract.rows import extract

__all__ = ["extract"]
