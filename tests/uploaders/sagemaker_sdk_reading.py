"""Reads with the `sagemaker` SDK, in a process of its own: the SDK asks for older packages than everything else."""

import json
import sys
from typing import Any

from lctrack_uploaders.targets.sagemaker import sdk


def session() -> Any:
    """Give a session of the SDK; AWS's own variables say where and who."""
    import boto3
    from sagemaker.core.helper.session_helper import Session

    return Session(boto_session=boto3.Session())


def run_names(experiment: str) -> list[str]:
    """Give what `list_runs` finds."""
    from sagemaker.core.experiments.run import list_runs

    return [run.run_name for run in list_runs(experiment, sagemaker_session=session())]


def loaded(experiment: str, *names: str) -> dict[str, Any]:
    """Give what `load_run` knows of runs, by name."""
    from sagemaker.core.experiments.run import load_run

    found = {}
    for name in names:
        run = load_run(run_name=name, experiment_name=experiment, sagemaker_session=session())
        component = run._trial_component
        found[name] = {
            "start": component.start_time.timestamp(),
            "session": component.parameters["lctrack.session"],
            "artifacts": sorted(component.output_artifacts),
        }
    return found


def analytics(experiment: str) -> list[dict[str, Any]]:
    """Give the rows of `ExperimentAnalytics`."""
    from sagemaker.core.analytics import ExperimentAnalytics

    frame = ExperimentAnalytics(experiment_name=experiment, sagemaker_session=session()).dataframe()
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


def defaults() -> tuple[str | None, str | None]:
    """Give what the uploader learns of the SDK's configuration."""
    found = sdk.defaults()
    return found.bucket, found.prefix


READERS = {read.__name__: read for read in (run_names, loaded, analytics, defaults)}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(READERS[sys.argv[1]](*sys.argv[2:]), default=str))
