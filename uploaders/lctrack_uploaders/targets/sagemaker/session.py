"""What a session is called at SageMaker, and how it ended. Everything follows from the session alone."""

from lctrack_uploaders.targets.sagemaker import names
from lctrack_uploaders.targets.sagemaker.configuration import DEFAULT_EXPERIMENT, Configuration
from lctrack_uploaders.units import Unit


def experiment(unit: Unit, settings: Configuration) -> str:
    """Give the name of a session's experiment.

    Args:
        unit: The session.
        settings: Where to.

    Returns:
        What the user said, else the session's project, else `lctrack`, as SageMaker takes it.
    """
    return names.part(settings.experiment or unit.labels.get("project") or DEFAULT_EXPERIMENT)


def component(unit: Unit, experiment_name: str) -> str:
    """Give the name of a session's trial component: the session's id says which, its label may change."""
    return names.component(experiment_name, names.part(unit.session_id))


def ending(unit: Unit) -> str:
    """Give the status of a session's run."""
    if unit.is_open:
        return "InProgress"
    return "Failed" if unit.failed else "Completed"
