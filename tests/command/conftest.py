"""Runs the command in this process, as a shell would."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from lctrack.command.cli import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def lctrack(capsys: pytest.CaptureFixture[str]) -> Command:
    """Gives a function: `lctrack("status", tmp_path)`."""

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return Result(code, *capsys.readouterr())

    return run
