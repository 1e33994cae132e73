"""From log files to MLflow with the installed command, in a process of its own."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.uploaders.readback import Store

SEALED = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        sys.stderr.write(f"network: {event} {arguments}\\n")
        raise PermissionError(event)

sys.addaudithook(refuse)
from lctrack_uploaders.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def recorded(logs: Path) -> Path:
    """Record a session of three runs, one of which fails."""
    from lctrack import Recorder

    with Recorder(logs, project="checks", name="release") as recorder, recorder.span("agent", kind="agent") as span:
        span.set_outputs({"answer": 42})
        # A model's provider is what makes MLflow look for prices.
        with recorder.span("model", kind="llm", model="gpt-4o-mini", metadata={"ls_provider": "openai"}) as model:
            model.set_usage(input_tokens=1000, output_tokens=10)
        with suppress(LookupError), recorder.span("search", kind="tool", inputs={"q": "x"}):
            raise LookupError("nothing found")
    return logs


def test_a_recorded_session_reaches_the_default_store_without_a_network_or_a_word_too_many(recorded: Path) -> None:
    command = [sys.executable, "-c", SEALED, str(recorded), "--to", "mlflow"]

    # MLflow keeps to itself under test and in CI, and where it is told to: here nobody tells it.
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)

    assert (found.returncode, found.stderr) == (0, "")
    store = Store(f"sqlite:///{recorded}/.lctrack/mlflow.db", recorded, "")
    (experiment,) = store.client.search_experiments(filter_string="name = 'checks'")
    (run,) = store.client.search_runs([experiment.experiment_id])
    first, second, third = found.stdout.splitlines()
    assert first == f"release ({run.data.tags['lctrack.session']}): run {run.info.run_id}, 1 trace"
    assert (second, third) == ("1 delivered", f"next: mlflow ui --backend-store-uri {store.uri}")
    (trace,) = store.traces(run).values()
    spans = {span.name: span for span in trace.data.spans}
    assert (spans["agent"].span_type, spans["agent"].outputs) == ("AGENT", {"answer": 42})
    assert spans["model"].attributes["mlflow.llm.cost"]["input_cost"] > 0
    assert spans["search"].parent_id == spans["agent"].span_id
    assert spans["search"].status.description == "nothing found"
