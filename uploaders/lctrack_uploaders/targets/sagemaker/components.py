"""A session's run: an experiment, the trial that the SDK keeps its runs in, and a trial component.

All names are derived from the session, so that a run is found again whatever the ledger knows. What exists is asked for
before anything is made, and what somebody else made meanwhile is taken as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lctrack_uploaders.errors import LostError
from lctrack_uploaders.targets.sagemaker import explaining, names, parameters, session
from lctrack_uploaders.units import Unit

_SDK_TAG = {"Key": "sagemaker:trial-component-source", "Value": "run"}
"""By which the SDK knows its own runs; `list_runs` leaves out what does not have it."""


def is_prepared(client: Any, experiment_name: str) -> bool:
    """Tell whether the experiment is there with its trial.

    Args:
        client: Of SageMaker.
        experiment_name: Of the experiment.

    Returns:
        Whether nothing is to be made.
    """
    return _described(lambda: client.describe_trial(TrialName=names.group(experiment_name))) is not None


def prepare(client: Any, experiment_name: str) -> None:
    """Make the experiment and its trial.

    Args:
        client: Of SageMaker.
        experiment_name: Of the experiment.
    """
    group = names.group(experiment_name)
    _make(lambda: client.create_experiment(ExperimentName=experiment_name))
    _make(lambda: client.create_trial(TrialName=group, ExperimentName=experiment_name))


def find_or_create(client: Any, name: str, experiment_name: str, unit: Unit) -> Any:
    """Find or make the trial component of a session, in its trial.

    Args:
        client: Of SageMaker.
        name: Of the trial component.
        experiment_name: Of the experiment, which is there with its trial.
        unit: The session.

    Returns:
        Its description.
    """
    described = {
        "TrialComponentName": name,
        "DisplayName": names.display(unit.name),
        "StartTime": _time(unit.start),
        "Status": {"PrimaryStatus": "InProgress"},
        "Tags": [_SDK_TAG, {"Key": "lctrack.session", "Value": names.part(unit.session_id)}],
    }

    def describe() -> Any:
        return client.describe_trial_component(TrialComponentName=name)

    group = names.group(experiment_name)
    found = _described(describe)
    if found is None:
        _make(lambda: client.create_trial_component(**described))
        trials = []
    else:
        # A process may have ended before it came to its trial.
        trials = client.list_trials(TrialComponentName=name)["TrialSummaries"]
    if group not in [trial["TrialName"] for trial in trials]:
        client.associate_trial_component(TrialComponentName=name, TrialName=group)
    return describe() if found is None else found


def write(client: Any, name: str, unit: Unit) -> None:
    """Write name, start and parameters.

    Args:
        client: Of SageMaker.
        name: Of the trial component.
        unit: The session.
    """
    client.update_trial_component(
        TrialComponentName=name,
        DisplayName=names.display(unit.name),
        StartTime=_time(unit.start),
        Parameters=parameters.accepted(unit),
    )


def finish(
    client: Any, found: Mapping[str, Any], unit: Unit, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> None:
    """Register artifacts, and give the run its status and end.

    Args:
        client: Of SageMaker.
        found: The trial component, as it was described when the delivery began.
        unit: The session.
        inputs: Artifacts it was made from, by name.
        outputs: Artifacts it has, by name.
    """
    gone = {
        f"{way}ArtifactsToRemove": sorted(found.get(f"{way}Artifacts", {}).keys() - now.keys())
        for way, now in (("Input", inputs), ("Output", outputs))
    }
    client.update_trial_component(
        TrialComponentName=found["TrialComponentName"],
        Status={"PrimaryStatus": session.ending(unit)},
        InputArtifacts=inputs,
        OutputArtifacts=outputs,
        **({} if unit.is_open else {"EndTime": _time(unit.end)}),
        **{key: value for key, value in gone.items() if value},
    )


def verify(client: Any, name: str, unit: Unit, outputs: Sequence[str]) -> None:
    """Read the trial component back.

    Args:
        client: Of SageMaker.
        name: Of the trial component.
        unit: The session.
        outputs: Names of the artifacts that it should have.

    Raises:
        LostError: If it does not read back as it was written.
    """
    found = client.describe_trial_component(TrialComponentName=name)
    if (
        found.get("Status", {}).get("PrimaryStatus") != session.ending(unit)
        or found.get("StartTime") != _time(unit.start)
        or (not unit.is_open and found.get("EndTime") != _time(unit.end))
        or not parameters.accepted(unit).keys() <= found.get("Parameters", {}).keys()
        or not set(outputs) <= found.get("OutputArtifacts", {}).keys()
    ):
        raise LostError(f"SageMaker's trial component {name} does not read back as it was written: try again.")


def _described(describe: Callable[[], Any]) -> Any | None:
    try:
        return describe()
    except Exception as error:
        if not explaining.is_gone(error):
            raise
    return None


def _make(create: Callable[[], Any]) -> None:
    try:
        create()
    except Exception as error:
        if not explaining.is_there(error):
            raise


def _time(nanoseconds: int) -> datetime:
    # To the millisecond, as the service keeps times; the parameters have all digits.
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=nanoseconds // 1_000_000)
