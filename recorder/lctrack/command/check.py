"""What is wrong with the lines of a segment.

Notes are what a recording looks like when its process was killed or its disk was full: nothing acknowledged is
missing. Everything else is a problem.
"""

from typing import Any, NamedTuple

from lctrack._lines import Line, UnsoundLineError, decode
from lctrack.command.references import References
from lctrack.format import FORMAT

__all__ = ["Check", "Finding"]


class Finding(NamedTuple):
    """Something found.

    Attributes:
        kind: `problem` or `note`.
        line: Line in the segment, from 1; 0 for the segment as a whole.
        byte_offset: Where that line begins in the JSONL.
        reason: What is the matter.
    """

    kind: str
    line: int
    byte_offset: int
    reason: str


class _Unsound(NamedTuple):
    line: Line
    reason: str


class Check:
    """Looks at the lines of a file, one after the other; then call `finish`.

    Attributes:
        findings: What was found, in the order of the lines but for what only the following lines could tell.
        events: How many events there were.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.events = 0
        self._line = Line(0, 0, b"")
        self._begin()

    def _begin(self) -> None:
        self._expected = 0
        self._begun = self._ended = self._unknown = False
        self._references = References()
        self._unsound: list[_Unsound] = []

    def add(self, line: Line) -> None:
        """Look at the next line."""
        if not line.whole and self._unsound and self._unsound[-1].line.number == line.number:
            return  # the same line goes on
        try:
            record = decode(line)
        except UnsoundLineError as error:
            self._unsound.append(_Unsound(line, str(error)))
            return
        if record is None:
            return
        self.events += 1
        if record["event"] == "segment_start" and record.get("seq") == 0 and self._begun:
            # Somebody has put several segments into one file.
            self.finish()
            self._begin()
        self._line = line
        if not self._unknown:
            self._look_at(record)
        self._begun = True

    def finish(self) -> None:
        """Tell what the end of the segment tells."""
        torn = self._unsound.pop() if self._unsound and self._unsound[-1].line.torn and not self._ended else None
        self._settle(cut=False)
        if torn:
            self._note(torn.line, torn.reason)
        if not self._begun:
            self._note(Line(0, 0, b""), "holds no event")
        elif not self._ended:
            self._note(Line(0, 0, b""), "has no segment_end: its writer was killed, or still writes")

    def _look_at(self, record: dict[str, Any]) -> None:
        unsound, seq = len(self._unsound), record.get("seq")
        if not self._begun and not unsound and record["event"] != "segment_start":
            self._problem("the segment does not begin with segment_start")
        if self._ended:
            self._problem("comes after segment_end")
        # What is cut where writing failed has given its number to the next line.
        cut = seq == self._expected and all(_begins(line.content, self._expected) for line, _ in self._unsound)
        self._settle(cut=cut)
        self._number(seq, 0 if cut else unsound)
        if record["event"] == "segment_start":
            self._version(record.get("format"))
        elif record["event"] == "segment_end":
            self._ended = True
            if record.get("events") != self._expected:
                self._problem(f"counts {record.get('events')} lines where there should be {self._expected}")
        if b'"$' in self._line.content or record["event"] == "blob":
            for reason in self._references.broken(record):
                self._problem(reason)

    def _settle(self, *, cut: bool) -> None:
        """Decide about the unsound lines before this one."""
        for line, reason in self._unsound:
            if cut:
                self._note(line, f"{reason}: cut where writing failed, its event was not acknowledged")
            else:
                self.findings.append(Finding("problem", line.number, line.offset, reason))
        self._unsound = []

    def _number(self, seq: Any, unsound: int) -> None:
        if type(seq) is not int:
            self._problem("has no seq")
        elif seq < self._expected:
            self._problem(f"seq {seq} where {self._expected} is expected: the line is here twice, or out of order")
        else:
            missing = seq - self._expected - unsound
            if missing > 0:
                lines = "a line is missing, or comes" if missing == 1 else f"{missing} lines are missing, or come"
                self._problem(f"seq {seq} where {self._expected + unsound} is expected: {lines} later")
            self._expected = seq + 1

    def _version(self, version: Any) -> None:
        if type(version) is not int:
            self._problem("tells no format version")
        elif version > FORMAT:
            self._problem(f"log format {version}, and this lctrack knows {FORMAT}: bring a newer one")
            self._unknown = True

    def _problem(self, reason: str) -> None:
        self.findings.append(Finding("problem", self._line.number, self._line.offset, reason))

    def _note(self, line: Line, reason: str) -> None:
        self.findings.append(Finding("note", line.number, line.offset, reason))


def _begins(content: bytes, seq: int) -> bool:
    """Tell whether a line is the beginning of the one with that number."""
    number = b'{"seq":%d,' % seq
    return content.startswith(number) or number.startswith(content.rstrip(b"\n"))
