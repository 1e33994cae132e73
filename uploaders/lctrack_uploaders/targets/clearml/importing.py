"""The SDK's import of a session's file, in a process of its own.

    python -m lctrack_uploaders.targets.clearml.importing FILE

It says what it does on the way, keeps one server for the whole process, and may wait long for a file to arrive: none
of which is any of the uploader's. The process ends with the one that started it, so that nothing is imported behind the
back of the next run: its input is a pipe, whose end it waits for.
"""

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.errors import MissingExtraError, TransientError
from lctrack_uploaders.targets.clearml.configuration import Configuration

PATIENCE = 1800
"""Seconds that an import may take."""
_NOT_INSTALLED = 3


def run(file: Path, settings: Configuration, environ: Mapping[str, str]) -> None:
    """Import a file.

    Args:
        file: The file.
        settings: The server.
        environ: The environment; what it says of ClearML does not count.

    Raises:
        UploadError: It did not work, as far as the SDK tells.
    """
    known = {name: value for name, value in environ.items() if not name.startswith(("CLEARML_", "TRAINS_"))}
    said = {
        "CLEARML_API_HOST": settings.api,
        "CLEARML_FILES_HOST": settings.files,
        "CLEARML_WEB_HOST": settings.web,
        "CLEARML_API_ACCESS_KEY": settings.key or "",
        "CLEARML_API_SECRET_KEY": settings.secret or "",
        "CLEARML_CONFIG_FILE": str(file.parent / "clearml.conf"),
        "CLEARML_CACHE_DIR": str(file.parent / "cache"),
        "CLEARML_SUPPRESS_UPDATE_MESSAGE": "1",
        "TMPDIR": str(file.parent),
    }
    (file.parent / "clearml.conf").write_text("sdk {}\n", encoding="utf-8")
    line = [sys.executable, "-m", __name__, str(file)]
    with subprocess.Popen(  # noqa: S603  # our own interpreter and module
        line, env={**known, **said}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            # The input stays open until the output ends.
            assert process.stdout is not None  # noqa: S101  # a pipe was asked for
            timer = threading.Timer(PATIENCE, process.kill)
            timer.start()
            told = process.stdout.read().decode(errors="replace")
            process.wait()
            timer.cancel()
        except BaseException:
            process.kill()
            raise
    if process.returncode == _NOT_INSTALLED:
        raise MissingExtraError(
            'The target clearml needs a package that is not installed: pip install "lctrack-uploaders[clearml]".'
        )
    if process.returncode:
        last = " ".join((told.strip().splitlines() or [""])[-1].split())[:300].rstrip(".")
        raise TransientError(f"ClearML's client failed at the import: {last}; try again later.")


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _main(file: str) -> int:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        from clearml import Task  # noqa: PLC0415  # needs the extra `clearml`
    except ImportError:
        return _NOT_INSTALLED
    return 0 if Task.import_offline_session(file) else 1


if __name__ == "__main__":
    try:
        status = _main(sys.argv[1])
    except Exception:  # noqa: BLE001  # whatever an SDK raises, the last line tells
        traceback.print_exc(file=sys.stdout)
        status = 1
    sys.stdout.flush()
    # Not through the SDK's own handlers, which look for a task of this process.
    os._exit(status)
