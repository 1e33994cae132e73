"""A report: a folder of files, or one page, that shows what is in the logs to whoever opens it in a browser."""

from lctrack_analysis.report.writing import Written, write_report

__all__ = ["Written", "write_report"]
