"""A connection to one MLflow store, quiet and with short patience.

MLflow on its own waits minutes for a server that is not there, prints to the terminal, and reports to its makers.
Here a delivery contacts nothing but the tracking address, and says what went wrong in one sentence.
"""

import gzip
import importlib.util
import logging
import os
import re
import sqlite3
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from lctrack_uploaders.errors import (
    MissingExtraError,
    RefusedError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
)
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.targets.mlflow.files import Files

OLDEST = (3, 15)
"""Oldest release of MLflow that a server may run."""

PATIENCE = 5
"""Seconds to wait for a first answer."""

_ALWAYS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # MLflow would fetch a list of prices for each provider of a model, and wait long for it in a closed network;
    # so would litellm, which MLflow asks where it is installed. Both come with a list of their own.
    "MLFLOW_MODEL_CATALOG_URI": "",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
_UNLESS_SET = {
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
}
_PLUGIN = "sagemaker_mlflow"
_ADDRESS = "MLFLOW_TRACKING_URI"
"""Where the plugin looks for the ARN that it signs for; whatever address a client was made with."""
_MODEL = ("MLFLOW_ACTIVE_MODEL_ID", "_MLFLOW_ACTIVE_MODEL_ID")
"""Where MLflow finds a model that it would count every metric for, and refuse those of a store without it."""
_CREDENTIALS = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
_TRANSIENT_CODES = frozenset({"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "IO_ERROR"})
_OK, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 200, 401, 403, 429, 500


class Connection:
    """An open connection: MLflow's two clients, and the one request they have no method for."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        if configuration.is_managed and importlib.util.find_spec(_PLUGIN) is None:
            raise MissingExtraError(
                f"{configuration.uri} is an MLflow that SageMaker runs, which needs AWS's plugin: "
                "pip install sagemaker-mlflow."
            )
        self._before = {name: os.environ.get(name) for name in (*_CREDENTIALS, *_MODEL, _ADDRESS)}
        _set_environment()
        self.activate()
        # Only now: MLflow reads some of these variables when it is imported.
        from mlflow import MlflowClient  # noqa: PLC0415  # see above
        from mlflow.tracing.client import TracingClient  # noqa: PLC0415  # see above

        # AWS's plugin, where it is installed, complains at each request of an address that is no ARN.
        logging.getLogger("mlflow.tracking.request_header").setLevel(logging.CRITICAL)
        self.check()
        if configuration.database is None:
            self._check_version()
        with self.explained():
            self.runs: Any = MlflowClient(configuration.uri)
            self.traces: Any = TracingClient(configuration.uri)

    def activate(self) -> None:
        """Give MLflow this store's credentials, which it takes from the environment at each request.

        They stand beside the address, which MLflow puts into its messages. Those of another target must not come here.
        """
        known = self._configuration
        _set(dict(zip(_CREDENTIALS, (known.username, known.password, known.token), strict=True)))
        _set(dict.fromkeys(_MODEL))
        _set({_ADDRESS: known.uri if known.is_managed else self._before[_ADDRESS]})

    def close(self) -> None:
        """Leave the environment as it was."""
        _set(self._before)

    def check(self) -> None:
        """Make sure, within seconds, that the store answers.

        Raises:
            UnreachableError: If it does not.
        """
        if self._configuration.database is None:
            self._check_server()
        else:
            self._check_database()

    def version(self) -> str:
        """Tell what the store is, in a few words."""
        if self._configuration.database is not None:
            return "a SQLite store"
        with self.explained():
            answer = self._request("GET", "/version", timeout=PATIENCE)
        known = re.match(r"[\w.]+", answer.text) if answer.status_code == _OK else None
        return f"MLflow {known[0]}" if known else "MLflow"

    def files(self, run: Any) -> Files:
        """Give the files of a run that was found or made."""
        return Files(run, self._configuration.uri)

    def send(self, experiment_id: str, traces: Sequence[Sequence[Message]], run_id: str) -> None:
        """Store the spans of some traces; spans that are there already are replaced.

        Args:
            experiment_id: Where new traces belong.
            traces: The spans of each trace.
            run_id: The run to link them to. A server that does not do it says nothing: look afterwards.

        Raises:
            UploadError: If the store did not take them.
        """
        with self.explained():
            if self._configuration.database is None:
                self._post(experiment_id, traces, run_id)
            else:
                self._store(experiment_id, traces)
                self.runs.link_traces_to_run([f"tr-{trace[0].trace_id.hex()}" for trace in traces], run_id)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn whatever MLflow, its HTTP client or its database raise into one of our errors.

        Raises:
            UploadError: Of the kind that fits.
        """
        try:
            yield
        except UploadError:
            raise
        except Exception as error:  # whatever an SDK raises must become one sentence
            if os.environ.get("LCTRACK_DEBUG"):
                traceback.print_exc()
            # If the store does not answer at all, that is the better explanation.
            self.check()
            code = getattr(error, "error_code", None)
            reason = self._one_line(error)
            if code is not None and code not in _TRANSIENT_CODES:
                raise TerminalError(f"MLflow at {self._configuration.uri} refused it: {reason}") from error
            raise TransientError(f"MLflow at {self._configuration.uri} failed: {reason}; try again later.") from error

    def _check_database(self) -> None:
        database = self._configuration.database
        # MLflow would try for minutes to open what cannot be opened.
        try:
            if database is None or not database.parent.is_dir():
                raise UnreachableError(f"There is no directory for the MLflow store {database}: make it first.")
            with closing(sqlite3.connect(database, timeout=PATIENCE)) as connection:
                connection.execute("BEGIN IMMEDIATE").execute("ROLLBACK")
        except sqlite3.Error as error:
            raise UnreachableError(
                f"The MLflow store {database} cannot be written ({error}): repair or move it, or name another with "
                "--tracking-uri."
            ) from error

    def _check_server(self) -> None:
        uri = self._configuration.uri
        advice = "check --tracking-uri, and that the server runs"
        needed = "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
        if self._configuration.is_managed:
            advice, needed = f"{advice}; are there AWS credentials, and a network", "the AWS credentials"
        # One that nobody has, because nobody may be allowed to see one that somebody has.
        query = {"experiment_name": "lctrack: does this server answer?"}
        try:
            answer = self._request("GET", "/api/2.0/mlflow/experiments/get-by-name", params=query, timeout=PATIENCE)
        except Exception as error:
            raise UnreachableError(f"The MLflow server {uri} cannot be reached: {advice}.") from error
        if answer.status_code in (_UNAUTHORIZED, _FORBIDDEN):
            raise RefusedError(
                f"The MLflow server {uri} does not let us in (HTTP {answer.status_code}): check {needed}."
            )
        if answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
            raise UnreachableError(
                f"The MLflow server {uri} is in trouble (HTTP {answer.status_code}): try again later."
            )
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not {"experiment", "error_code"} & body.keys():
            raise UnreachableError(f"What answers at {uri} is not an MLflow server: {advice}.")

    def _check_version(self) -> None:
        with self.explained():
            answer = self._request("GET", "/version", timeout=PATIENCE)
        # A service that runs MLflow for others need not tell.
        found = re.match(r"(\d+)\.(\d+)", answer.text) if answer.status_code == _OK else None
        if found and (int(found[1]), int(found[2])) < OLDEST:
            raise RefusedError(
                f"The MLflow server {self._configuration.uri} runs MLflow {found[0]}, which counts tokens twice when a "
                f"trace is sent again: upgrade the server to {OLDEST[0]}.{OLDEST[1]} or newer."
            )

    def _post(self, experiment_id: str, traces: Sequence[Sequence[Message]], run_id: str) -> None:
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        scope.scope.name = "lctrack"
        for trace in traces:
            scope.spans.extend(trace)
        headers = {
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "gzip",
            "x-mlflow-experiment-id": experiment_id,
            "x-mlflow-run-id": run_id,
        }
        body = gzip.compress(request.SerializeToString(), compresslevel=1)
        answer = self._request("POST", "/v1/traces", data=body, extra_headers=headers, max_retries=None)
        if answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
            raise TransientError(
                f"The MLflow server {self._configuration.uri} did not take the traces now (HTTP {answer.status_code}: "
                f"{self._one_line(answer.text)}).",
                wait=_seconds(answer.headers.get("Retry-After")),
            )
        if answer.status_code != _OK:
            reason = self._one_line(answer.text)
            raise TerminalError(
                f"The MLflow server {self._configuration.uri} did not take the traces (HTTP {answer.status_code}: "
                f"{reason}); it must be MLflow {OLDEST[0]}.{OLDEST[1]} or newer, with a database behind it."
            )
        # Something on the way may have answered in the server's place.
        try:
            refused = ExportTraceServiceResponse.FromString(answer.content).partial_success
        except DecodeError as error:
            raise TransientError(
                f"What answers at {self._configuration.uri} did not confirm the traces as MLflow does: try again later."
            ) from error
        if refused.rejected_spans:
            reason = self._one_line(refused.error_message or "no reason given")
            raise TerminalError(f"The MLflow server refused {refused.rejected_spans} spans: {reason}.")

    def _store(self, experiment_id: str, traces: Sequence[Sequence[Message]]) -> None:
        from mlflow.entities import Span  # noqa: PLC0415  # see __init__

        for trace in traces:
            self.traces.log_spans(experiment_id, [Span.from_otel_proto(message) for message in trace])

    def _request(self, method: str, path: str, *, max_retries: int | None = 0, **arguments: Any) -> Any:
        """Make a request as MLflow's client does: with its credentials, certificates and plugins."""
        from mlflow.utils.credentials import get_default_host_creds  # noqa: PLC0415  # see __init__
        from mlflow.utils.rest_utils import http_request  # noqa: PLC0415  # see __init__

        credentials: Any
        if self._configuration.is_managed:
            from mlflow.tracking._tracking_service.utils import _get_store  # noqa: PLC0415  # see __init__

            # The plugin's store knows what host an ARN stands for, and how to sign.
            credentials = _get_store(self._configuration.uri).get_host_creds()  # type: ignore[no-untyped-call]  # as below
        else:
            credentials = get_default_host_creds(self._configuration.uri)  # type: ignore[no-untyped-call]  # MLflow is half typed
        return http_request(  # type: ignore[no-untyped-call]  # likewise
            credentials, path, method, max_retries=max_retries, raise_on_status=False, **arguments
        )

    def _one_line(self, error: Exception | str) -> str:
        """Give the first line of a message, without credentials and of bearable length."""
        text = getattr(error, "message", None) or str(error) or type(error).__name__
        line = str(text).strip().partition("\n")[0].rstrip(".")[:300]
        for secret in (self._configuration.password, self._configuration.token):
            line = line.replace(secret, "***") if secret else line
        return line


def _seconds(text: str | None) -> float | None:
    """Read how long a server asks to be left alone; a date is not taken."""
    return float(text) if text and text.isascii() and text.isdigit() else None


def _set(credentials: Mapping[str, str | None]) -> None:
    for name, value in credentials.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _set_environment() -> None:
    """Tell MLflow how to behave; environment variables are the only way it has for this."""
    os.environ.update(_ALWAYS)
    for name, value in _UNLESS_SET.items():
        os.environ.setdefault(name, value)
