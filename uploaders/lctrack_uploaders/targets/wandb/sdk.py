"""The SDK, kept to what it is asked for: no statistics, no error reports, nothing of this machine, nothing left behind.

Whatever W&B's variables and files say about other runs is none of ours, so they are out of sight while the SDK is in
use. It writes into a directory of our own, which goes with it, and so does its service process.
"""

import contextlib
import os
import tempfile
import threading
from pathlib import Path
from typing import Any

from lctrack_uploaders.targets.wandb import names
from lctrack_uploaders.targets.wandb.configuration import Configuration
from lctrack_uploaders.units import Unit

PREFIX = "WANDB_"
_RETRIES = 3
_LONGEST_WAIT = 2.0
"""Seconds between two attempts of the SDK's, before the engine's own patience begins."""
_FINISH = 1800.0
"""Seconds that the SDK may take to send what it holds."""


class Sdk:
    """The SDK in this process. One at a time is in use, because its environment is the process's."""

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._turn = threading.RLock()  # of the threads, for what is started once and for the SDK's own globals
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._hidden: dict[str, str] = {}

    @property
    def scratch(self) -> Path:
        """A directory for what the SDK writes, as long as it is in use."""
        with self._turn:
            return self._prepared()

    def _prepared(self) -> Path:
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="lctrack-wandb-", ignore_cleanup_errors=True)
            self._hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}
            places = dict.fromkeys(("DATA_DIR", "CACHE_DIR", "CONFIG_DIR", "ARTIFACT_DIR"), self._scratch.name)
            quiet = {"ERROR_REPORTING": "false", "SILENT": "true", "CONSOLE": "off", "DISABLE_GIT": "true"}
            os.environ.update({f"{PREFIX}{name}": value for name, value in (places | quiet).items()})
        return Path(self._scratch.name)

    def load(self) -> Any:
        """Import the SDK, in an environment that keeps it quiet."""
        with self._turn:
            _ = self.scratch
            import wandb  # noqa: PLC0415  # needs the extra `wandb`, and the environment

            return wandb

    def begin(self, unit: Unit, entity: str | None, *, directory: Path | None = None) -> Any:
        """Begin or resume a session's run.

        Args:
            unit: The session.
            entity: The user or team.
            directory: Where the run directory goes, which makes the run an offline one.

        Returns:
            The SDK's run.
        """
        wandb = self.load()
        settings = wandb.Settings(
            api_key=self._settings.key,
            base_url=self._settings.url,
            console="off",
            disable_code=True,
            disable_git=True,
            finish_timeout=_FINISH,
            finish_timeout_raises=True,
            host="",
            init_timeout=60.0,
            program="lctrack-upload",
            save_code=False,
            silent=True,
            x_disable_machine_info=True,
            x_disable_meta=True,
            x_disable_stats=True,
            x_file_stream_retry_max=_RETRIES,
            x_file_stream_retry_wait_max_seconds=_LONGEST_WAIT,
            x_file_stream_transmit_interval=0.5,
            x_file_transfer_retry_max=_RETRIES,
            x_file_transfer_retry_wait_max_seconds=_LONGEST_WAIT,
            x_graphql_retry_max=_RETRIES,
            x_graphql_retry_wait_max_seconds=_LONGEST_WAIT,
            x_save_requirements=False,
            # A run that still goes on is not said to have ended; W&B itself notices when nothing more comes.
            x_update_finish_state=not unit.is_open,
        )
        with self._turn:
            return wandb.init(
                entity=entity,
                project=names.project(unit, self._settings),
                id=names.run_id(unit.session_id),
                resume=None if directory else "allow",
                mode="offline" if directory else "online",
                reinit="create_new",
                dir=str(directory or self.scratch),
                name=names.cut(unit.name),
                notes=unit.notes,
                tags=names.tags(unit),
                group=names.cut(unit.labels["group"]) if "group" in unit.labels else None,
                job_type=names.cut(unit.labels["job_type"]) if "job_type" in unit.labels else None,
                settings=settings,
            )

    def close(self) -> None:
        """End the service process, and remove what the SDK has written."""
        if self._scratch is None:
            return
        with self._turn:
            import wandb  # noqa: PLC0415  # as in `load`

            with contextlib.suppress(Exception, SystemExit):  # it ends the process where its service ended badly
                wandb.teardown()
            self._scratch.cleanup()
            self._scratch = None
            for name in [name for name in os.environ if name.startswith(PREFIX)]:
                del os.environ[name]
            os.environ.update(self._hidden)
