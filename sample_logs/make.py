"""Make the sample logs: `python -m sample_logs.make [DIR]`, from the top of the checkout.

Runs every scenario while it is recorded, each into a folder of its own, and adds a recording that was cut off. What
the recorder wrote stays as it is, except for what would tell about the machine (see `neutral`). Made again, the logs
are the same but for ids, times, process ids, the order in which threads came, and the versions of the libraries.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from sysconfig import get_path

from sample_logs.scenarios import SCENARIOS, sequential

__all__ = ["make"]

HERE = Path(__file__).parent
HOST = "sample-host"
TORN = "torn"
"""Folder of the recording whose process was killed in the middle of a line."""


def make(directory: Path) -> list[Path]:
    """Record all scenarios, in place of the recordings that are there.

    Args:
        directory: Where their folders are made.

    Returns:
        The files written.
    """
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        for scenario in SCENARIOS:
            scenario.run(fresh / scenario.key, ())
        sequential.run(fresh / TORN)
        for file in sorted(fresh.glob("*/*.jsonl")):
            content = neutral(file.read_text(encoding="utf-8"))
            file.write_text(torn(content) if file.parent.name == TORN else content, encoding="utf-8")
        return [written for folder in sorted(fresh.iterdir()) for written in _replace(directory / folder.name, folder)]


def neutral(content: str) -> str:
    """Take out of a recording what would tell about the machine it was made on.

    Paths in tracebacks are made relative to the checkout, to `site-packages` or to Python's own library, and the
    host gets another name. Nothing else is changed.

    Args:
        content: A whole segment.

    Raises:
        ValueError: A blob holds such a path.
    """
    blobs = _blobs(content)
    for prefix, substitute in (
        (get_path("purelib"), "site-packages"),
        (get_path("stdlib"), "python"),
        (f"{HERE.parent}/", ""),
    ):
        content = content.replace(prefix, substitute)
    # Lines refer to a blob by a digest of its value, so one that was changed here would no longer be the one they mean.
    if _blobs(content) != blobs:
        raise ValueError("a blob tells about the machine")
    return re.sub(r'"host":"[^"]*"', f'"host":"{HOST}"', content, count=1)


def _blobs(content: str) -> list[str]:
    return [line for line in content.split("\n") if '"event":"blob"' in line]


def torn(content: str) -> str:
    """Cut a recording off in the middle of the line that tells of the last answer, as a power cut would."""
    lines = content.split("\n")
    last = max(number for number, line in enumerate(lines) if '"event":"llm_end"' in line)
    return "\n".join([*lines[:last], lines[last][: len(lines[last]) // 2]])


def _replace(target: Path, folder: Path) -> list[Path]:
    """Put a folder's recordings in place of those of the target."""
    target.mkdir(parents=True, exist_ok=True)
    for earlier in target.glob("*.jsonl"):
        earlier.unlink()
    return [Path(shutil.move(file, target / file.name)) for file in sorted(folder.iterdir())]


if __name__ == "__main__":
    files = make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
    print(f"{len(files)} files, {sum(file.stat().st_size for file in files):,} bytes")
