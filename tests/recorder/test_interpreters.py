"""The recorder itself runs on every Python that the distribution says it supports."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import lctrack
from tests.recorder.support import names, read

PROGRAM = """
import asyncio, dataclasses, sys
from lctrack import Recorder

@dataclasses.dataclass
class Point:
    x: float

cycle = {}
cycle["self"] = cycle
sys.setrecursionlimit(100_000)

async def main(recorder):
    async with recorder.span("root", inputs=[Point(1.5), Point(float("nan")), cycle, {1, 2}, "\\ud800", b"x"]) as span:
        with recorder.span("inner"):
            pass
        span.score("good", 1)

with Recorder(sys.argv[1]) as recorder:
    asyncio.run(main(recorder))
assert recorder.stats()["dropped"] == 0
"""


def interpreter(version: str) -> str:
    found = shutil.which(f"python{version}")
    built = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found and not built:
        pytest.skip(f"Python {version} is not installed here")
    return str(built[-1]) if built else str(found)


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_spans_are_recorded_on_each_supported_python(tmp_path: Path, version: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(lctrack.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [interpreter(version), "-W", "error", "-c", PROGRAM, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = read(tmp_path)
    assert lines[0]["python"].startswith(f"{version}.")
    assert names(lines)[2:-2] == ["span_start", "span_start", "span_end", "score", "span_end"]
    assert lines[2]["inputs"] == [{"x": 1.5}, {"x": None}, {"self": "<cycle>"}, [1, 2], "\ufffd", "eA=="]
    assert lines[2]["lossy"] == ["/inputs/1/x", "/inputs/2/self", "/inputs/4", "/inputs/5"]
