"""Everyday questions, each in a file of its own: a function of the logs that gives rows, or writes a file."""

from lctrack_analysis.questions.compare import compare
from lctrack_analysis.questions.error_groups import error_groups
from lctrack_analysis.questions.export import Export, export
from lctrack_analysis.questions.search import search
from lctrack_analysis.questions.slowest import slowest

__all__ = ["Export", "compare", "error_groups", "export", "search", "slowest"]
