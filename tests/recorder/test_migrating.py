"""The arguments of the trackers' own handlers are taken, so that moving here is changing an import.

The handlers themselves, as langchain-community has them, say which arguments there are.
"""

import importlib
import inspect
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lctrack import LogCallbackHandler
from lctrack._migrating import KEPT, RENAMED, WITHOUT_EFFECT, FlushLabels, HandlerOptions
from tests.recorder.applications import SYNC
from tests.recorder.support import Line, only, read

ROOT = Path(__file__).parents[2]
HANDLERS = {
    "WandbCallbackHandler": "wandb_callback",
    "ClearMLCallbackHandler": "clearml_callback",
    "MlflowCallbackHandler": "mlflow_callback",
    "SageMakerCallbackHandler": "sagemaker_callback",
    "CometCallbackHandler": "comet_ml_callback",
    "AimCallbackHandler": "aim_callback",
}
SAGEMAKER_RUN = types.SimpleNamespace(experiment_name="adviser", run_name="monday")
PLAUSIBLE: dict[str, Any] = {
    "artifacts_dir": "texts",
    "complexity_metrics": True,
    "custom_metrics": len,
    "entity": "team",
    "experiment": "adviser",
    "experiment_name": "adviser",
    "finish": True,
    "group": "night",
    "job_type": "inference",
    "langchain_asset": None,
    "log_system_params": False,
    "name": "monday",
    "notes": "a note",
    "project": "adviser",
    "project_name": "adviser",
    "repo": "aim://tracker:43800",
    "reset": True,
    "run": SAGEMAKER_RUN,
    "run_id": "0f1e2d",
    "stream_logs": True,
    "system_tracking_interval": 10,
    "tags": ["test"],
    "task_name": "monday",
    "task_type": "inference",
    "tracking_uri": "http://tracker:5000",
    "visualizations": ["dep"],
    "visualize": True,
    "workspace": "team",
}
MEANS = {"experiment": "project", "experiment_name": "project", "project_name": "project", "task_name": "name"}
MEANS |= {"task_type": "job_type", "workspace": "entity"}
PLACES = ("artifacts_dir", "repo", "run_id", "tracking_uri")
LABELS = {"project": "adviser", "name": "monday", "entity": "team", "group": "night", "job_type": "inference"}
LABELS |= {"notes": "a note"}


def arguments(handler: str, method: str) -> list[str]:
    module = importlib.import_module(f"langchain_community.callbacks.{HANDLERS[handler]}")
    return [name for name in inspect.signature(getattr(getattr(module, handler), method)).parameters if name != "self"]


def expected(names: list[str]) -> dict[str, Any]:
    """Give how a session must be labelled."""
    labels: dict[str, Any] = {MEANS.get(name, name): LABELS.get(MEANS.get(name, name)) for name in names}
    labels |= {"project": "adviser", "name": "monday"} if "run" in names else {}
    labels |= {"tags": ["test"]} if "tags" in names else {}
    kept = {name: PLAUSIBLE[name] for name in names if name in PLACES}
    labels |= {"params": {"tracker": kept}} if kept else {}
    return {label: value for label, value in labels.items() if value is not None}


def chat(handler: LogCallbackHandler) -> None:
    SYNC["chat"]({"callbacks": [handler]})


def session(directory: Path) -> Line:
    return dict(only(directory, "session_start")["session"])


@pytest.mark.parametrize("tracker", HANDLERS)
def test_every_argument_of_a_trackers_handler_is_taken_and_labels_the_session(tmp_path: Path, tracker: str) -> None:
    names = arguments(tracker, "__init__")
    assert names
    with LogCallbackHandler(tmp_path, **{name: PLAUSIBLE[name] for name in names}) as handler:
        chat(handler)
    assert expected(names) == session(tmp_path)


@pytest.mark.parametrize("tracker", HANDLERS)
def test_every_argument_of_a_trackers_flush_is_taken_and_labels_the_next_session(tmp_path: Path, tracker: str) -> None:
    names = arguments(tracker, "flush_tracker")
    given = {name: PLAUSIBLE[name] for name in names if name != "finish"}
    with LogCallbackHandler(tmp_path) as handler:
        chat(handler)
        handler.flush_tracker(**given)
        chat(handler)
    starts = [line["session"] for line in read(tmp_path) if line["event"] == "session_start"]
    assert [{}, expected([name for name in names if name != "name"])] == starts


def test_the_documents_have_a_row_for_every_argument_that_says_what_becomes_of_it() -> None:
    page = (ROOT / "docs" / "migrating.md").read_text(encoding="utf-8")
    for tracker in HANDLERS:
        section = page.partition(f"\n### {tracker}\n")[2].partition("\n### ")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, flags=re.MULTILINE))
        assert {*arguments(tracker, "__init__"), *arguments(tracker, "flush_tracker")} == set(rows)
        for name, becomes in rows.items():
            assert f"`{MEANS.get(name, '')}`" in becomes or name not in MEANS
            assert (name in PLACES) == ("`params`" in becomes)
            assert (name in WITHOUT_EFFECT) == becomes.startswith("no effect")


def test_every_name_has_one_meaning() -> None:
    assert len({*RENAMED, *KEPT, *WITHOUT_EFFECT}) == len(RENAMED) + len(KEPT) + len(WITHOUT_EFFECT)
    assert {*RENAMED, *RENAMED.values(), *KEPT, *WITHOUT_EFFECT} <= set(HandlerOptions.__annotations__)


def test_the_types_know_what_the_trackers_take() -> None:
    flushed = {name for tracker in HANDLERS for name in arguments(tracker, "flush_tracker")}
    assert flushed - {"langchain_asset", "name", "reset", "finish"} <= set(FlushLabels.__annotations__)


def test_the_first_argument_may_be_a_sagemaker_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCTRACK_DIR", str(tmp_path))
    with LogCallbackHandler(SAGEMAKER_RUN) as handler:
        chat(handler)
    assert session(tmp_path) == {"project": "adviser", "name": "monday"}


def test_the_first_argument_may_be_what_the_tracer_of_wandb_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LCTRACK_DIR", str(tmp_path))
    run_args = {
        "project": "p",
        "name": "n",
        "tags": ["t"],
        "config": {"k": 3},
        "id": "r1",
        "mode": "offline",
        "dir": "w",
    }
    handler = LogCallbackHandler(run_args, io_serializer=str)
    chat(handler)
    handler.finish()
    params = {"tracker": {"run_id": "r1"}, "k": 3}
    assert session(tmp_path) == {"project": "p", "name": "n", "tags": ["t"], "params": params}


def test_tags_in_pairs_become_a_list(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, tags={"team": "nlp", "stage": "test"}) as handler:
        chat(handler)
    assert session(tmp_path)["tags"] == ["team=nlp", "stage=test"]


def test_one_tag_is_not_taken_for_a_list_of_letters(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, tags="test") as handler:
        chat(handler)
    assert session(tmp_path)["tags"] == ["test"]


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("http://user:secret@tracker:5000", "http://tracker:5000"),
        ("postgresql://user:se@cret@host/db?password=secret", "postgresql://host/db"),
        ("https://tracker/path?token=secret#secret", "https://tracker/path"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("databricks", "databricks"),
    ],
)
def test_an_address_is_kept_without_what_is_secret_in_it(tmp_path: Path, address: str, recorded: str) -> None:
    with LogCallbackHandler(tmp_path, tracking_uri=address) as handler:
        chat(handler)
    assert session(tmp_path)["params"] == {"tracker": {"tracking_uri": recorded}}


def test_a_repository_object_is_kept_by_its_path_alone(tmp_path: Path) -> None:
    repository: Any = types.SimpleNamespace(path="/data/aim")
    with LogCallbackHandler(tmp_path, repo=repository) as handler:
        chat(handler)
    assert session(tmp_path)["params"] == {"tracker": {"repo": "/data/aim"}}


def test_parameters_of_the_users_own_stay_beside_what_is_kept(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, params={"k": 3}) as handler:
        chat(handler)
        handler.flush_tracker(repo="aim")
        chat(handler)
    starts = [line["session"] for line in read(tmp_path) if line["event"] == "session_start"]
    assert starts == [{"params": {"k": 3}}, {"params": {"tracker": {"repo": "aim"}, "k": 3}}]


def test_what_nobody_said_is_not_made_up(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, task_name=None, project_name=None, visualize=True, artifacts_dir="") as handler:
        chat(handler)
    assert session(tmp_path) == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: made(projct="p"), "'projct' (do you mean 'project'?)"),
        (lambda made: made(task_nam="p"), "'task_nam' (do you mean 'task_name'?)"),
        (lambda made: made().flush_tracker(nam="p"), "unknown option 'nam'"),
        (lambda made: made().flush_tracker(complexity_metric=True), "(do you mean 'complexity_metrics'?)"),
        (lambda made: made(project="p", project_name="q"), "project is said twice, as 'p' and as 'q'"),
        (lambda made: made(tags=5), "tags are a list of texts, not 5"),
        (lambda made: made(7), "log_dir is the path of a directory, not int"),
        (lambda made: made("inference", "p"), "positional argument"),
        (lambda made: made().flush_tracker(None, "monday"), "positional argument"),
    ],
)
def test_what_cannot_be_meant_is_a_type_error_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[Any], object], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=re.escape(message)):
        call(LogCallbackHandler)
    assert list(tmp_path.iterdir()) == []


def test_the_same_said_twice_in_the_same_words_is_taken(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, project="p", project_name="p") as handler:
        chat(handler)
    assert session(tmp_path) == {"project": "p"}


def test_an_unknown_label_of_a_flush_leaves_session_and_asset_alone(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        chat(handler)
        with pytest.raises(TypeError, match="colour"):
            handler.flush_tracker({}, colour="red")  # type: ignore[call-arg]  # the point of the test
    assert [line["event"] for line in read(tmp_path) if line["event"] in ("asset", "session_end")] == ["session_end"]


def test_nothing_that_is_given_is_kept_alive(tmp_path: Path) -> None:
    import weakref

    class Run:
        experiment_name = "adviser"
        run_name = "monday"

    run = Run()
    gone = weakref.ref(run)
    handler = LogCallbackHandler(tmp_path, run=run)
    del run
    assert gone() is None
    handler.close()
