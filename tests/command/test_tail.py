"""`lctrack tail` shows the last events, and those of a recording that goes on."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lctrack import Recorder
from lctrack._seal import seal
from lctrack.command.follow import Followed
from lctrack.command.segments import Segment
from tests.command.conftest import Command
from tests.command.logs import SAMPLES, copied_samples, end, finished, line, segment, start


def shown(lctrack: Command, *arguments: object) -> list[str]:
    """Give what is shown, without the times."""
    result = lctrack("tail", *arguments)
    assert (result.code, result.err) == (0, "")
    times, texts = zip(*(re.split(r"(?<=^.{18})  ", text, maxsplit=1) for text in result.out.splitlines()), strict=True)
    assert all(re.fullmatch(r"\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", time) for time in times)
    return [re.sub(" {2,}", " | ", text) for text in texts]


def test_every_event_of_a_sample_is_shown(lctrack: Command) -> None:
    lines = shown(lctrack, SAMPLES / "c-react", "-n", 100)
    assert len(lines) == 37
    assert lines[-1] == "segment_end | closed"
    assert "tool_start | Calculator | " in "\n".join(lines)


def test_ten_are_shown_unless_told(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path, events=40)
    assert [*(f"text | event {n}" for n in range(32, 41)), "segment_end | closed"] == shown(lctrack, tmp_path)
    assert shown(lctrack, tmp_path, "-n", 1) == ["segment_end | closed"]
    assert lctrack("tail", tmp_path, "-n", 0).out == ""


@pytest.mark.parametrize("count", ["-1", "x", "1e9", "100001"])
def test_what_is_no_number_is_wrong_usage(lctrack: Command, tmp_path: Path, count: str) -> None:
    finished(tmp_path)
    assert lctrack("tail", tmp_path, f"-n={count}").code == 2


def test_the_last_events_are_those_of_all_segments_by_their_time(lctrack: Command, tmp_path: Path) -> None:
    now = 1_795_202_226_000_000_000
    segment(tmp_path, [line(0, ts=now, text="1"), line(1, ts=now + 10, text="4")], "a")
    segment(tmp_path, [line(0, ts=now + 5, text="2"), line(1, ts=now + 6, text="3")], "b")
    seal(segment(tmp_path, [line(0, ts=now + 20, text="5")], "c"), force=True)
    assert shown(lctrack, tmp_path, "-n", 4) == ["text | 2", "text | 3", "text | 4", "text | 5"]


def test_sealed_segments_are_shown_as_they_were(lctrack: Command, tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    before = shown(lctrack, copies, "-n", 1000)
    lctrack("seal", copies, "--force")
    after = shown(lctrack, copies, "-n", 1000)
    # The torn line is waited for in the JSONL; it will not be completed any more.
    assert before == [text for text in after if "torn: " not in text]


@pytest.mark.parametrize(
    ("event", "fields", "text"),
    [
        ("llm_start", {"prompts": ["why?"]}, "llm_start | why?"),
        ("chat_model_start", {"messages": [[{"content": "a"}, {"content": "b"}]]}, "chat_model_start | b"),
        ("llm_end", {"generations": [[{"text": "hello"}]], "llm_output": {"x": 1}}, "llm_end | hello"),
        (
            "llm_end",
            {"generations": [[{"text": "", "message": {"content": "", "tool_calls": [{"name": "f"}]}}]]},
            'llm_end | {"name": "f"}',
        ),
        ("tool_start", {"input_str": "2+2", "inputs": {"x": 1}}, "tool_start | 2+2"),
        ("chain_start", {"inputs": {"a": 1}}, 'chain_start | {"a": 1}'),
        ("chain_end", {"outputs": None, "inputs": "x"}, "chain_end | x"),
        ("tool_error", {"error": {"type": "E", "message": "m"}}, "! tool_error | E: m"),
        (
            "chain_error",
            {"error": {"type": "langgraph.errors.GraphInterrupt", "message": "m"}},
            "chain_error | langgraph.errors.GraphInterrupt: m",
        ),
        ("chain_error", {"error": {"type": ["x"], "message": "m"}}, "! chain_error | ['x']: m"),
        ("agent_action", {"action": {"tool": "t", "log": "thinking"}}, "agent_action | thinking"),
        ("score", {"key": "k", "value": 0.5}, "score | k = 0.5"),
        ("dropped", {"count": 3, "reason": "full"}, "! dropped | 3 lost: full"),
        ("retriever_end", {"documents": []}, "retriever_end | []"),
        ("new_event", {"own": 1}, "new_event"),
        ("text", {"text": "a\x1b[2J\r\n\u202eb\u200b"}, r"text | a\x1b[2J\r\n\u202eb\u200b"),
        ("text\x1b", {"text": "b"}, r"text\x1b | b"),
    ],
)
def test_an_event_is_one_readable_line(
    lctrack: Command, tmp_path: Path, event: str, fields: dict[str, Any], text: str
) -> None:
    segment(tmp_path, [line(0, event, **fields)])
    assert shown(lctrack, tmp_path) == [text]


def test_references_are_shown_as_what_they_stand_for(lctrack: Command, tmp_path: Path) -> None:
    blobs = [
        line(1, "blob", digest="a", value=[{"content": "first"}]),
        line(2, "blob", digest="b", value={"$blob": "a", "$append": [{"content": "second"}]}),
    ]
    events = [
        line(3, inputs={"$blob": "a"}),
        line(4, inputs=[{"$blob": "b"}]),
        line(5, inputs={"$blob": "b", "$append": [{"content": "third"}]}),
        line(6, inputs={"$blob": "b", "$append": []}),
        line(7, inputs={"$literal": {"$blob": "data"}}),
        line(8, inputs={"$blob": "missing"}),
    ]
    segment(tmp_path, [*blobs, *events])
    assert shown(lctrack, tmp_path) == [
        "text | first",
        "text | second",
        "text | third",
        "text | second",
        'text | {"$blob": "data"}',
        "text | …",
    ]


def test_a_line_that_is_no_event_is_told_in_its_place(lctrack: Command, tmp_path: Path) -> None:
    path = segment(tmp_path, [line(0, text="a"), b"\xff\x1b\n", line(1, text="b"), b'{"torn'])
    assert shown(lctrack, tmp_path) == ["text | a", f"! line 2 of {path}: not UTF-8 at byte 1", "text | b"]


# ------------------------------------------------------------------ following


class Tail:
    """`lctrack tail -f` in a process of its own."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lctrack", "tail", "-f", *arguments, str(directory)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for text in self._process.stdout:
            self._lines.put(text)

    def until(self, wanted: str) -> list[str]:
        """Wait for a line with this text; gives those before it too."""
        seen: list[str] = []
        while not seen or wanted not in seen[-1]:
            seen.append(self._lines.get(timeout=20).rstrip())
        return seen

    def interrupt(self) -> tuple[int, str]:
        assert self._process.stderr
        self._process.send_signal(signal.SIGINT)
        errors = self._process.stderr.read()
        return self._process.wait(timeout=20), errors

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def tails() -> Iterator[list[Tail]]:
    """Ends what is put into it."""
    started: list[Tail] = []
    yield started
    for tail in started:
        tail.stop()


def say(recorder: Recorder, name: str) -> None:
    with recorder.span(name, inputs="x" * 50):
        pass


def test_following_shows_new_events_new_segments_and_ends_quietly(tmp_path: Path, tails: list[Tail]) -> None:
    recorder = Recorder(tmp_path, name="live")
    say(recorder, "before")
    tail = Tail(tmp_path, "-n", "1")
    tails.append(tail)
    assert [text.split()[2] for text in tail.until("span_end")] == ["span_end"]
    say(recorder, "during")
    assert [text.split()[2] for text in tail.until("span_end")] == ["span_start", "span_end"]
    recorder.close()
    tail.until("segment_end")
    say(recorder, "in the next segment")
    events = [text.split()[2] for text in tail.until("span_end")]
    assert sorted(events) == ["segment_start", "session_start", "span_end", "span_start"]
    recorder.close()
    tail.until("segment_end")
    assert tail.interrupt() == (0, "")


def test_following_waits_for_the_first_segment_and_reads_one_that_is_sealed_at_once(
    tmp_path: Path, tails: list[Tail]
) -> None:
    tail = Tail(tmp_path)
    tails.append(tail)
    seal(finished(tmp_path))
    assert len(tail.until("segment_end")) == 5
    code, errors = tail.interrupt()
    assert (code, errors.startswith("lctrack tail: no log files in ")) in {(0, True), (0, False)}


def test_what_was_written_before_a_segment_was_sealed_is_shown_once(tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1, text="one")])
    followed = Followed(Segment(path, path.name, sealed=False))
    assert len(list(followed.read())) == 2
    assert not followed.has_grown()
    with path.open("ab") as stream:
        stream.write(line(2, text="two") + end(3))
    seal(path)
    assert followed.has_grown()
    assert [each.text.split()[-1] for each in followed.read()] == ["two", "closed"]
    assert not followed.has_grown()


def test_a_line_is_shown_when_it_is_complete(tmp_path: Path) -> None:
    path = segment(tmp_path, [line(0, text="one")[:20]])
    followed = Followed(Segment(path, path.name, sealed=False))
    assert list(followed.read()) == []
    with path.open("ab") as stream:
        stream.write(line(0, text="one")[20:])
    assert len(list(followed.read())) == 1
    assert list(followed.read()) == []


def test_what_was_there_is_read_for_its_blobs_though_not_shown(tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1, "blob", digest="a", value="said before")])
    followed = Followed(Segment(path, path.name, sealed=False))
    followed.skip()
    assert not followed.has_grown()
    with path.open("ab") as stream:
        stream.write(line(2, inputs={"$blob": "a"}))
    assert followed.has_grown()
    assert [each.text.partition("said")[2] for each in followed.read()] == [" before"]


def test_a_segment_that_is_removed_is_let_go(tmp_path: Path) -> None:
    path = finished(tmp_path)
    followed = Followed(Segment(path, path.name, sealed=False))
    path.unlink()
    with pytest.raises(FileNotFoundError):
        list(followed.read())
    assert not followed.has_grown()


def test_a_pipe_that_is_closed_ends_it_quietly(tmp_path: Path) -> None:
    finished(tmp_path, events=5_000)
    command = f"{sys.executable} -m lctrack tail {tmp_path} -n 5000 | head -n 1"
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, env=os.environ)
    assert (len(result.stdout.splitlines()), result.stderr) == (1, "")
