"""The files of one run, at the place that MLflow named when the run was made or found.

MLflow's client asks the server for that place again before it lists files, and once more before it writes the first.
"""

import tempfile
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath
from typing import Any

from lctrack_uploaders.errors import LostError


class Files:
    """What of MLflow's client reads and writes files, for one run."""

    def __init__(self, run: Any, uri: str) -> None:
        self._run = run
        self._uri = uri
        self._made: Any = None
        self._written: dict[str, int] = {}

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
        self._written["/".join(filter(None, (directory, Path(path).name)))] = Path(path).stat().st_size

    def verify(self, names: AbstractSet[str]) -> None:
        """See that files are there, and those written just now as large as they were written.

        A server's answer to a file is as short as that of anything between it and here.

        Args:
            names: The files, by their paths.

        Raises:
            LostError: If they are not.
        """
        expected = names | self._written.keys()
        directories = {str(PurePosixPath(name).parent) for name in expected}
        listed = [self._repository.list_artifacts(None if place == "." else place) for place in sorted(directories)]
        # Of an empty file, a server tells no size.
        found = {file.path: file.file_size or 0 for files in listed for file in files}
        if not expected <= found.keys() or not self._written.items() <= found.items():
            raise LostError(
                f"The files of MLflow's run {self._run.info.run_id} do not read back as they were written: try again."
            )

    @property
    def _repository(self) -> Any:
        if self._made is None:
            from mlflow.store.artifact.artifact_repository_registry import (  # noqa: PLC0415  # see connection
                get_artifact_repository,
            )

            self._made = get_artifact_repository(self._run.info.artifact_uri, tracking_uri=self._uri)
        return self._made
