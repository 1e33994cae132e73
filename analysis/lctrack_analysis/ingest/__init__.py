"""From files to staged rows: what is known already is taken from the cache, the rest is read on all cores."""

from lctrack_analysis.ingest.cache import Cache
from lctrack_analysis.ingest.reading import Staged, ingest

__all__ = ["Cache", "Staged", "ingest"]
