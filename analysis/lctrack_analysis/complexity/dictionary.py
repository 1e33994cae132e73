"""The CMU Pronouncing Dictionary: how many syllables an English word has.

It lies beside this file as `corpora/cmudict.zip`, in NLTK's form, so that one file serves this package, NLTK and
textstat. Its licence is `LICENSE.cmudict`.
"""

import zipfile
from functools import cache
from pathlib import Path

import polars as pl

__all__ = ["ARCHIVE", "DATA", "pronounced"]

DATA = Path(__file__).parent / "data"
"""Directory to put on `nltk.data.path`."""
ARCHIVE = DATA / "corpora" / "cmudict.zip"


@cache
def pronounced() -> pl.DataFrame:
    """Read the dictionary.

    Returns:
        `word` (lower case, each once) and its `syllables`: the vowels of the first pronunciation, as textstat counts.
    """
    with zipfile.ZipFile(ARCHIVE) as archive:
        lines = pl.Series("line", [archive.read("cmudict/cmudict").decode()]).str.split("\n").explode()
    fields = lines.str.splitn(" ", 3).struct.rename_fields(["word", "pronunciation", "phones"]).struct.unnest()
    return fields.filter(pl.col("pronunciation") == "1").select(
        "word",
        # Only vowels carry a mark of stress.
        syllables=pl.col("phones").str.count_matches("[0-9]").cast(pl.Int64),
    )
