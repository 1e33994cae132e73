"""A model made from a recipe: by another process, because that runs the recorded source.

The process gets the environment but for the credentials of the tracker, no input, and five minutes. What is made is
searched for credentials before anybody else sees it.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from lctrack_uploaders.errors import OmittedError
from lctrack_uploaders.targets.mlflow import builder
from lctrack_uploaders.targets.mlflow.recipe import Recipe

SECONDS = 300.0
"""How long the source may take: imports of large packages included, endless loops not."""

_WITHHELD = re.compile(r"(MLFLOW_TRACKING_|LCTRACK_).*")
_SECRET = re.compile(r".*(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)", re.IGNORECASE)
_LEAST = 8
"""Shorter values of variables may stand anywhere."""
_TURN = threading.Lock()
"""Of the threads that deliver: one such process takes a core and some hundred megabytes."""


@contextmanager
def built(recipe: Recipe, session: str) -> Iterator[Path]:
    """Make a model.

    Args:
        recipe: What from.
        session: What to call the session in a message.

    Yields:
        The folder of the model; it goes when the context ends.

    Raises:
        OmittedError: None can be made.
    """
    if not recipe.file.endswith(".py"):
        raise OmittedError(f"{session}: no MLflow model, because {recipe.file} is not Python.", again=False)
    with TemporaryDirectory(prefix="lctrack-model-") as name:
        directory = Path(name)
        (directory / builder.RECIPE).write_text(json.dumps(asdict(recipe)), encoding="utf-8")
        with _TURN:
            reason = _run(directory)
        if reason is not None:
            raise OmittedError(
                f"{session}: no MLflow model, because {recipe.file} does not run here ({reason}): mend that and run "
                "again with --retry-failed."
            )
        model = directory / builder.MODEL
        for cache in model.rglob("__pycache__"):
            _remove(cache)
        if variable := _leaked(model, os.environ):
            raise OmittedError(
                f"{session}: no MLflow model, because the value of {variable} stands in it: let {recipe.file} read it "
                "from the environment, and record again."
            )
        yield model


def _run(directory: Path) -> str | None:
    """Run the program, and give the reason why it failed."""
    environ = {name: value for name, value in os.environ.items() if not _WITHHELD.fullmatch(name)}
    # Wherever the source itself would log to.
    environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{directory}/mlflow.db"
    command = [sys.executable, "-P", "-m", builder.__name__, str(directory)]
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own program
            command,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            code = process.wait(SECONDS)
        except BaseException as error:
            # What it started goes with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                return f"it took more than {SECONDS:.0f} seconds"
            raise
    told = directory / builder.ERROR
    if code == 0 and (directory / builder.MODEL / "MLmodel").is_file():
        return None
    return told.read_text(encoding="utf-8") if told.is_file() else f"exit code {code}"


def _leaked(model: Path, environ: Mapping[str, str]) -> str | None:
    """Name a variable with a credential whose value stands in one of the files."""
    secrets = {
        value.encode(): name for name, value in environ.items() if _SECRET.fullmatch(name) and len(value) >= _LEAST
    }
    for file in sorted(path for path in model.rglob("*") if path.is_file()):
        content = file.read_bytes()
        for value, name in secrets.items():
            if value in content:
                return name
    return None


def _remove(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
