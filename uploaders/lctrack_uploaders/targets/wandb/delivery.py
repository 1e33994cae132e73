"""The delivery of one session to its run on a server, step by step. Each step may be done again, whole, at any time."""

import time
from functools import cached_property
from typing import Any

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.errors import LostError, TerminalError, TransientError, UploadError
from lctrack_uploaders.targets.wandb import history, names, plan, tables, writing
from lctrack_uploaders.targets.wandb.configuration import Configuration
from lctrack_uploaders.targets.wandb.sdk import Sdk
from lctrack_uploaders.targets.wandb.server import Found, Server
from lctrack_uploaders.units import Unit

SHOWN_AFTER = 20.0
"""Seconds in which a server shows what it has taken."""


class WandbDelivery(Delivery):
    """The delivery of one session to a server. The SDK's run begins with the first step and ends with the last."""

    def __init__(self, sdk: Sdk, server: Server, settings: Configuration, entity: str, unit: Unit) -> None:
        self._sdk = sdk
        self._server = server
        self._unit = unit
        self._place = (entity, names.project(unit, settings), names.run_id(unit.session_id))
        self._found = server.run(*self._place)
        self._begun = False

    @property
    def remote_id(self) -> str:
        """The run's path."""
        return "/".join(self._place)

    def do(self, step: Step) -> None:
        """Do a step, and wait until the server has what it sends."""
        try:
            if step.name == plan.RUN:
                self._write()
            else:
                scratch = self._sdk.scratch / self._place[-1] / step.name
                writing.artifact(self._sdk.load(), self._run, self._unit, step, scratch).wait()
        except UploadError:
            raise
        except Exception as error:  # whatever an SDK raises must become one sentence
            self._end()
            raise _explained(self._place[-1], error) from error

    def verify(self) -> None:
        """Read the run back."""
        self._read_back()

    def close(self) -> None:
        """End the SDK's run, if it goes on."""
        self._end()

    @cached_property
    def _run(self) -> Any:
        run = self._sdk.begin(self._unit, self._place[0])
        self._begun = True
        return run

    def _write(self) -> None:
        run = self._run
        # Asked for only now, when the run is ours: what an uploader that was killed had sent is there.
        found = self._server.run(*self._place) or Found("", 0, 0)
        known = self._server.marks(*self._place, found) if found.steps else set()
        writing.fill(self._sdk.load(), run, self._unit, known, max(found.steps, run.step))
        self._begun = False
        del self._run
        writing.finish(run, self._unit)
        self._read_back()

    def _read_back(self) -> None:
        """Compare what the server shows with what was sent; it may take it a moment."""
        deadline = time.monotonic() + SHOWN_AFTER
        while (missing := self._missing()) and time.monotonic() < deadline:
            time.sleep(0.2)
        if missing:
            raise LostError(f"W&B's run {self._place[-1]} does not read back as it was written ({missing}): try again.")

    def _missing(self) -> str | None:
        found = self._server.run(*self._place)
        if found is None:
            return "there is none"
        wanted = [name for name in tables.SHOWN if name in self._unit.tables]
        if not {*wanted, *history.totals(self._unit)} <= found.summary.keys():
            return "its summary is incomplete"
        marks = {row.mark for row in history.rows(self._unit)}
        try:
            there = self._server.marks(*self._place, found) if found.steps else set()
        except TransientError:
            there = set()
        return None if marks <= there else "its history is incomplete"

    def _end(self) -> None:
        if self._begun:
            run, self._begun = self._run, False
            del self._run
            run.finish()


def _explained(name: str, error: Exception) -> UploadError:
    reason = " ".join(str(error).split())[:300].rstrip(".")
    if "previously created and deleted" in reason:
        return TerminalError(
            f"W&B's run {name} was deleted, and W&B gives its id to no other: restore it, or name another project."
        )
    if type(error).__name__ in ("UsageError", "ValueError", "AuthenticationError"):
        return TerminalError(f"W&B's client refused the run {name} ({type(error).__name__}): {reason}.")
    return TransientError(f"W&B's client failed at the run {name} ({type(error).__name__}): {reason}; try again later.")
