"""Two thousand damaged logs: reading raises nothing, loses no sound line, and lists every one that is not."""

import gzip
import random
from pathlib import Path

import orjson
import pytest

from lctrack_analysis.read import Reader
from lctrack_analysis.read.lines import MAX_LINE
from sample_logs.make import HERE

SAMPLES = sorted(HERE.glob("*/*.jsonl"))
MUTATIONS = 2_000


def cut(content: bytes, choose: random.Random) -> bytes:
    return content[: choose.randrange(len(content))]


def flipped(content: bytes, choose: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(choose.randint(1, 5)):
        changed[choose.randrange(len(changed))] ^= 1 << choose.randrange(8)
    return bytes(changed)


def duplicated(content: bytes, choose: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    place = choose.randrange(len(lines))
    return b"".join([*lines[:place], lines[place], *lines[place:]])


def interleaved(content: bytes, choose: random.Random) -> bytes:
    lines, others = content.splitlines(keepends=True), choose.choice(SAMPLES).read_bytes().splitlines(keepends=True)
    return b"".join(line for pair in zip(lines, others, strict=False) for line in pair)


def spliced(content: bytes, choose: random.Random) -> bytes:
    place = choose.randrange(len(content))
    return content[:place] + choose.randbytes(choose.randint(1, 40)) + content[place:]


def recoded(content: bytes, choose: random.Random) -> bytes:
    return content.decode().encode(choose.choice(["utf-16", "utf-8-sig", "utf-16-le", "cp037"]), errors="replace")


PLAIN = (cut, flipped, duplicated, interleaved, spliced, recoded)


def is_sound(line: bytes) -> bool:
    """Judge a line as the format does, by nothing of the reader's."""
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(record, dict) and isinstance(record.get("event"), str) and type(record.get("ts")) is int


def needs_nothing(line: bytes) -> bool:
    """Tell whether a line can be read whatever has become of those before it."""
    return b'"$' not in line and b'"blob"' not in line


@pytest.mark.parametrize("seed", range(20))
def test_damaged_logs_lose_no_sound_line_and_hide_no_other(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)  # noqa: S311  # nothing to keep secret
    for number in range(MUTATIONS // 20):
        content = choose.choice(SAMPLES).read_bytes()[: choose.choice([4_000, 12_000, 40_000])]
        content = choose.choice(PLAIN)(content, choose)
        file = tmp_path / f"{number}.{choose.choice(['jsonl', 'log', 'gz', 'zst'])}"
        file.write_bytes(content)
        reader = Reader([file])
        read = {event.line for event in reader.events()}
        listed = {problem.line for problem in reader.problems}
        if any("log format" in problem.reason for problem in reader.problems):
            continue  # what follows is left out on purpose
        for place, line in enumerate(content.split(b"\n"), 1):
            bare = line.removeprefix(b"\xef\xbb\xbf") if place == 1 else line
            if is_sound(bare) and needs_nothing(bare) and len(bare) < MAX_LINE:
                assert place in read, (seed, number, place)
            elif bare.strip() and not is_sound(bare):
                assert place in listed, (seed, number, place)


@pytest.mark.parametrize("seed", range(20))
def test_compressed_logs_that_were_cut_or_changed_raise_nothing(seed: int, tmp_path: Path) -> None:
    choose = random.Random(seed)  # noqa: S311  # nothing to keep secret
    for number in range(10):
        content = choose.choice(SAMPLES).read_bytes()
        packed = gzip.compress(content)
        packed = choose.choice((cut, flipped, spliced))(packed, choose)
        file = tmp_path / f"{number}.jsonl"
        file.write_bytes(packed)
        reader = Reader([file])
        events = list(reader.events())
        assert reader.problems or len(events) > 1
