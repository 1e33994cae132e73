"""The files of one run, at the place that MLflow named when the run was made or found.

MLflow's client asks the server for that place again before it lists files, and once more before it writes the first.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any


class Files:
    """What of MLflow's client reads and writes files, for one run."""

    def __init__(self, run: Any, uri: str) -> None:
        self._run = run
        self._uri = uri
        self._made: Any = None

    def log_text(self, run_id: str, text: str, file: str) -> None:
        """Write a text; see `MlflowClient.log_text`."""
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, PurePosixPath(file).name)
            path.write_text(text, encoding="utf-8", newline="\n")
            parent = str(PurePosixPath(file).parent)
            self.log_artifact(run_id, str(path), None if parent == "." else parent)

    def log_artifact(self, run_id: str, path: str, directory: str | None = None) -> None:  # noqa: ARG002  # as the client's
        """Write a file; see `MlflowClient.log_artifact`."""
        self._repository.log_artifact(path, directory)

    def list_artifacts(self, run_id: str) -> Sequence[Any]:  # noqa: ARG002  # as the client's
        """List the files at the top; see `MlflowClient.list_artifacts`."""
        found: Sequence[Any] = self._repository.list_artifacts(None)
        return found

    @property
    def _repository(self) -> Any:
        if self._made is None:
            from mlflow.store.artifact.artifact_repository_registry import (  # noqa: PLC0415  # see connection
                get_artifact_repository,
            )

            self._made = get_artifact_repository(self._run.info.artifact_uri, tracking_uri=self._uri)
        return self._made
