"""The suite that every target passes: subclass `TargetSuite`, and give it destinations.

Two deliveries are the same when what the tracker then holds is the same. So the oracle is the tracker itself, read with
its own client, after one clean delivery; what a test does to another destination must come to that.

Kills are simulated between a step and its acknowledgement, where a crash costs most; what a kill in the middle of a
request leaves can only be seen with processes, which is for the target's own tests.
"""

import abc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pytest

from lctrack_uploaders import destinations, registry, settings
from lctrack_uploaders.contract import Target
from lctrack_uploaders.delivery import Outcome, Rules, deliver
from lctrack_uploaders.errors import UploadError, UsageError
from lctrack_uploaders.ledger import Ledger
from lctrack_uploaders.patience import Patience
from lctrack_uploaders.secrets import Redactor
from lctrack_uploaders.testing.faulty import Faulty, Killed
from lctrack_uploaders.testing.sessions import grown, young
from lctrack_uploaders.testing.tables import Rows, TableLogs
from lctrack_uploaders.units import Unit, units

CANARY = "canary-4711-secret-0123456789abcdef0123456789abcdef01234567"
"""The value of every secret in these tests, as long as the longest that an SDK insists on."""


class Destination(Protocol):
    """A place to deliver to, which holds nothing of these sessions yet."""

    @property
    def salt(self) -> str:
        """Eight hexadecimal digits, with which all ids begin; different for each destination."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The target's options: `{"tracking_uri": "http://…"}`."""

    def everything(self) -> Any:
        """Read all that the tracker holds of these sessions, as JSON, without what two clean deliveries differ in."""

    def broken(self) -> AbstractContextManager[object]:
        """Make the tracker fail or vanish for a while."""


class TargetSuite(abc.ABC):
    """What every target promises. Name the subclass `Test…`."""

    kind: ClassVar[str]
    """The target's kind, as after `--to`."""
    wrong: ClassVar[Sequence[Mapping[str, Any]]]
    """Options that cannot be right."""

    @pytest.fixture
    @abc.abstractmethod
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        """Give what makes destinations."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> Path:
        """Give the path of a ledger that is not there yet."""
        return tmp_path / "state" / "ledger.db"

    def test_sessions_are_delivered(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """Afterwards the tracker holds what it did not."""
        destination = make_destination()
        before = told(destination)

        assert [outcome.state for outcome in self.deliver(destination, ledger)] == ["delivered", "delivered"]
        assert told(destination) != before

    def test_repeating_changes_nothing(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """Not even a request is made."""
        destination = make_destination()
        self.deliver(destination, ledger)
        before = told(destination)

        assert [outcome.state for outcome in self.deliver(destination, ledger)] == ["unchanged", "unchanged"]
        assert told(destination) == before

    def test_a_lost_ledger_doubles_nothing(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """Runs are found again, steps repeated in place."""
        destination = make_destination()
        self.deliver(destination, ledger)
        before = told(destination)

        found = self.deliver(destination, ledger.with_name("another.db"))

        assert [outcome.state for outcome in found] == ["delivered", "delivered"]
        assert told(destination) == before

    def test_killed_after_every_step_it_comes_to_the_same(
        self, make_destination: Callable[[], Destination], ledger: Path
    ) -> None:
        """Each step is stored, and the process killed before the ledger knows: so each is done twice."""
        clean, killed = make_destination(), make_destination()
        self.deliver(clean, ledger.with_name("clean.db"))
        kills, steps = 0, sum(len(self.target(clean, ledger).plan(unit)) for unit in cut(clean))
        while kills <= steps:
            # The first step is the repetition of the one that was cut off.
            target = Faulty(self.target(killed, ledger), kill_after=0 if kills == 0 else 1)
            try:
                found = self.deliver(killed, ledger, target=target)
                break
            except Killed:
                kills += 1

        # One less, or a run that goes on comes no further than the last.
        assert steps - 1 <= kills <= steps
        assert {outcome.state for outcome in found} <= {"delivered", "unchanged"}
        assert told(killed) == told(clean)

    def test_a_session_that_grew_is_continued(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """What comes of two deliveries is what comes of one."""
        clean, twice = make_destination(), make_destination()
        self.deliver(clean, ledger.with_name("clean.db"), grown)
        self.deliver(twice, ledger, young)

        assert [outcome.state for outcome in self.deliver(twice, ledger, grown)] == ["unchanged", "delivered"]
        assert told(twice) == told(clean)

    def test_one_refused_session_keeps_nothing_from_the_other(
        self, make_destination: Callable[[], Destination], ledger: Path
    ) -> None:
        """The failure is told, and later the session is completed."""
        clean, partly = make_destination(), make_destination()
        self.deliver(clean, ledger.with_name("clean.db"))

        refusing = Faulty(self.target(partly, ledger), refuse="session a")
        first = self.deliver(partly, ledger, target=refusing)
        again = self.deliver(partly, ledger, retry_failed=True)

        assert [(outcome.state, outcome.message) for outcome in first] == [
            ("failed", "This session is refused."),
            ("delivered", None),
        ]
        assert [outcome.state for outcome in again] == ["delivered", "unchanged"]
        assert told(partly) == told(clean)

    def test_a_destination_that_fails_is_told_and_served_by_the_next_run(
        self, make_destination: Callable[[], Destination], ledger: Path
    ) -> None:
        """In a sentence each, without a traceback."""
        clean, late = make_destination(), make_destination()
        self.deliver(clean, ledger.with_name("clean.db"))

        with late.broken():
            failed = self.deliver(late, ledger)

        assert [outcome.state for outcome in failed] == ["failed", "failed"]
        assert [outcome.message for outcome in failed if not is_a_sentence(outcome.message)] == []
        assert {outcome.state for outcome in self.deliver(late, ledger)} == {"delivered"}
        assert told(late) == told(clean)

    def test_no_secret_is_told_or_noted(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """Neither when all is well nor when nothing is."""
        destination = make_destination()
        with destination.broken():
            found = self.deliver(destination, ledger)
        found += self.deliver(destination, ledger)
        target = self.target(destination, ledger)

        said = [target.address, str(target.hint()), *map(str, found), *map(target.place, cut(destination))]
        said += [path.read_bytes().decode(errors="replace") for path in ledger.parent.glob("*.db*")]
        assert [text for text in said if CANARY in text] == []

    def test_wrong_options_are_refused_in_one_sentence(self, tmp_path: Path) -> None:
        """Before anything is contacted."""
        assert self.wrong
        for options in self.wrong:
            with pytest.raises(UsageError) as refused:
                create(self.kind, options, tmp_path)
            assert is_a_sentence(str(refused.value))

    def test_a_plan_contacts_nothing_and_is_always_the_same(
        self, make_destination: Callable[[], Destination], ledger: Path
    ) -> None:
        """Its steps have names of their own, and those that a session has kept keep their digests."""
        destination = make_destination()
        with destination.broken():
            target, other = self.target(destination, ledger), self.target(destination, ledger)
            for unit in cut(destination):
                plan = target.plan(unit)
                assert list(plan) == list(other.plan(unit))
                assert len({step.name for step in plan}) == len(plan) > 0

    def test_a_check_writes_nothing(self, make_destination: Callable[[], Destination], ledger: Path) -> None:
        """And says what it found, or what is wrong."""
        destination = make_destination()
        before = told(destination)

        assert self.target(destination, ledger).check()
        assert told(destination) == before
        with destination.broken(), pytest.raises(UploadError) as refused:
            self.target(destination, ledger).check()
        assert is_a_sentence(str(refused.value))

    def test_importing_the_module_imports_nothing_heavy(self) -> None:
        """So that `lctrack-upload --help` answers at once."""
        code = (
            "import sys; from lctrack_uploaders import registry; before = set(sys.modules);"
            f"module = registry.target_module({self.kind!r});"
            "own = {getattr(module, '__name__', '').partition('.')[0], *sys.stdlib_module_names};"
            "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before} - own))"
        )
        found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert found.stdout.strip() == ""

    def target(self, destination: Destination, ledger: Path) -> Target:
        """Make a target, as a process of its own would."""
        return create(self.kind, destination.options, ledger.parent)

    def deliver(
        self,
        destination: Destination,
        ledger: Path,
        rows: Callable[[str], Rows] = young,
        *,
        target: Target | None = None,
        retry_failed: bool = False,
    ) -> list[Outcome]:
        """Deliver the sessions, as a process of its own would."""
        ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        redactor = Redactor()
        redactor.learn([CANARY])
        rules = Rules(patience=Patience(retries=0), retry_failed=retry_failed, redact=redactor)
        to = target or self.target(destination, ledger)
        try:
            with Ledger(ledger) as book:
                return deliver(cut(destination, rows), to, self.kind, book, rules, progress=lambda _: None)
        finally:
            to.close()


def create(kind: str, options: Mapping[str, Any], state: Path) -> Target:
    """Make a target with all its secrets set."""
    module = registry.target_module(kind)
    environ = dict.fromkeys(module.SECRETS, CANARY)
    actions = destinations.options_of(kind)
    return module.create(settings.layered(actions, options, {}, {}), state, environ)


def cut(destination: Destination, rows: Callable[[str], Rows] = young) -> Iterator[Unit]:
    """Give the sessions as units."""
    return units(TableLogs(rows(destination.salt)))


def told(destination: Destination) -> str:
    """Give what the tracker holds, as text that can be compared with another destination's."""
    text = json.dumps(destination.everything(), sort_keys=True, indent=1, default=str)
    return text.replace(destination.salt, "(salt)")


def is_a_sentence(text: str | None) -> bool:
    """Tell whether a text is one line that ends like a sentence."""
    return text is not None and "\n" not in text.strip() and text.endswith(".")
