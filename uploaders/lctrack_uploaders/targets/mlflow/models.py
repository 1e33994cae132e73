"""A session's model as MLflow's logged model, the output of its run.

MLflow gives a logged model an id of its own, and may be left with half of one; so it is found again by the run and by
what it was made from, and what is not that is deleted. Like a trace it is known to a whole server; unlike a run's
times, that of its making is always now.
"""

from pathlib import Path
from typing import Any

from lctrack_uploaders.errors import LostError, OmittedError
from lctrack_uploaders.targets.mlflow import names
from lctrack_uploaders.targets.mlflow.building import built
from lctrack_uploaders.targets.mlflow.recipe import Recipe
from lctrack_uploaders.units import Unit

NAME = "model"
"""Of every logged model: `runs:/<run id>/model` leads to it."""
SOURCE, DIGEST = "lctrack.source", "lctrack.digest"
"""Tags: the file's name, and what the model was made from."""


def write(client: Any, experiment: str, run_id: str, recipe: Recipe | None, unit: Unit) -> None:
    """Make the model and log it, unless the run has it.

    Args:
        client: MLflow's client.
        experiment: Experiment id.
        run_id: The run.
        recipe: What from, or None.
        unit: The session.

    Raises:
        OmittedError: None can be made.
    """
    if recipe is None:
        raise OmittedError(
            f"{unit.name}: no MLflow model, because no source file was recorded: flush_tracker('chain.py') does that.",
            again=False,
        )
    known = None
    for model in _of_run(client, experiment, run_id):
        if known is None and str(model.status) == "READY" and model.tags.get(DIGEST) == recipe.digest:
            known = model
        else:
            # Half a one, one of an earlier source, or a twin.
            client.delete_logged_model(model.model_id)
    if known is None:
        with built(recipe, unit.name) as folder:
            tags = {SOURCE: recipe.file, DIGEST: recipe.digest, "lctrack.session": names.session_key(unit.session_id)}
            made = client.create_logged_model(experiment, name=NAME, source_run_id=run_id, tags=tags)
            known = _fill(client, made, run_id, folder)
    _link(client, run_id, known.model_id)


def _of_run(client: Any, experiment: str, run_id: str) -> list[Any]:
    found = client.search_logged_models([experiment], f"source_run_id = '{run_id}'")
    return sorted((model for model in found if model.name == NAME), key=lambda model: str(model.model_id))


def _fill(client: Any, model: Any, run_id: str, folder: Path) -> Any:
    _describe(folder, model, run_id)
    client.log_model_artifacts(model.model_id, str(folder))
    there = {file.path for file in client.list_logged_model_artifacts(model.model_id)}
    if not {file.name for file in folder.iterdir()} <= there:
        raise LostError(f"The model of MLflow's run {run_id} does not read back as it was written: try again.")
    return client.finalize_logged_model(model.model_id, "READY")


def _describe(folder: Path, model: Any, run_id: str) -> None:
    """Say in the model's own file which one it is, and nothing about where it was made."""
    from mlflow.models import Model  # noqa: PLC0415  # needs the environment set, see connection

    described = Model.load(str(folder))
    described.run_id = run_id
    described.model_id = described.model_uuid = model.model_id
    described.artifact_path = model.artifact_location
    function = described.flavors["python_function"]
    function["model_code_path"] = Path(function["model_code_path"]).name
    described.save(str(folder / "MLmodel"))


def _link(client: Any, run_id: str, model_id: str) -> None:
    from mlflow.entities import LoggedModelOutput  # noqa: PLC0415  # likewise

    # MLflow would keep a second link beside the first.
    outputs = client.get_run(run_id).outputs
    if model_id not in {output.model_id for output in (outputs.model_outputs if outputs else ())}:
        client.log_outputs(run_id, [LoggedModelOutput(model_id, 0)])
