"""A stand-in for SageMaker, S3 and STS: moto, made as strict as the service where moto is lax.

    python -m tests.uploaders.sagemaker_server PORT

What a request may hold is taken from the service's own model, which comes with botocore and whose lengths, counts and
patterns neither botocore nor moto look at. Besides, a name is made once; tags are kept; a metric is neither two weeks
old nor two hours ahead; and a search knows the parents of a trial component, as `ExperimentAnalytics` needs it.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

import botocore.session
from moto.core.responses import ActionResult
from moto.sagemaker import exceptions, models, responses
from moto.sagemakermetrics import responses as metrics
from moto.server import main

CHECKED = (
    "CreateExperiment", "CreateTrial", "CreateTrialComponent", "UpdateTrialComponent", "AssociateTrialComponent",
    "DescribeTrialComponent", "ListTrials", "ListTrialComponents",
)  # fmt: skip
NEW = {"CreateExperiment": "ExperimentName", "CreateTrial": "TrialName", "CreateTrialComponent": "TrialComponentName"}
"""What is made once, and what it is called."""
OLDEST, NEWEST = 14 * 86_400, 2 * 3600


def complaint(shape: Any, value: Any, where: str = "the request") -> str | None:
    """Give what of a value the service would refuse."""
    limits = shape.metadata
    if isinstance(value, str | list | dict) and not limits.get("min", 0) <= len(value) <= limits.get("max", 1 << 30):
        return f"{where} has the length {len(value)}, and may have {limits}"
    if isinstance(value, str) and not re.fullmatch(pattern(limits.get("pattern", "(?s).*")), value):
        return f"{where} is {value!r}, and must be like {limits['pattern']}"
    if isinstance(value, str) and value not in limits.get("enum", [value]):
        return f"{where} is {value!r}"
    parts: list[tuple[Any, Any, str]] = []
    if shape.type_name == "structure":
        missing = set(limits.get("required", shape.required_members)) - value.keys()
        if missing or value.keys() - shape.members.keys():
            return f"{where} lacks {missing}, or has other members"
        parts = [(shape.members[name], part, f"{where}.{name}") for name, part in value.items()]
    elif shape.type_name == "map":
        parts = [(shape.key, key, f"{where} key") for key in value]
        parts += [(shape.value, part, f"{where}[{key!r}]") for key, part in value.items()]
    elif shape.type_name == "list":
        parts = [(shape.member, part, f"{where}[]") for part in value]
    return next((found for part in parts if (found := complaint(*part))), None)


def pattern(java: str) -> str:
    """Give a pattern of the service as Python knows it."""
    return java.replace(r"\p{L}", r"\w").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")


def strict(original: Callable[[Any], Any], operation: str, service: str) -> Callable[[Any], Any]:
    """Give a method of moto's that looks at the request first."""
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape

    def answer(self: Any) -> Any:
        sent = json.loads(self.body)
        refuse(complaint(shape, sent))
        if operation in NEW:
            refuse_known(self.sagemaker_backend, operation, sent)
        result = original(self)
        if operation == "CreateTrialComponent":
            self.sagemaker_backend.trial_components[sent["TrialComponentName"]].tags = sent.get("Tags", [])
        return result

    return answer


def refuse(reason: str | None) -> None:
    """Answer as the service does."""
    if reason:
        raise exceptions.AWSValidationException(f"1 validation error detected: {reason}")


def refuse_known(backend: Any, operation: str, sent: dict[str, Any]) -> None:
    """Make no name twice: case does not tell two apart."""
    name = sent[NEW[operation]].lower()
    held = {"CreateExperiment": backend.experiments, "CreateTrial": backend.trials}
    known = held.get(operation, backend.trial_components)
    refuse(f"{name} already exists" if name in {other.lower() for other in known} else None)


def put_metrics(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Look at the times besides."""
    checked = strict(original, "BatchPutMetrics", "sagemaker-metrics")

    def answer(self: Any) -> Any:
        now = time.time()
        times = [point["Timestamp"] for point in json.loads(self.body)["MetricData"]]
        refuse(None if all(now - OLDEST < at < now + NEWEST for at in times) else f"a metric has the time of {times}")
        return checked(self)

    return answer


def search(self: Any, resource: Any = None, search_expression: Any = None) -> Any:
    """Search trial components by name, trial or experiment; each has its parents, tags and metrics."""
    assert resource == "ExperimentTrialComponent"
    found = []
    for name, component in self.trial_components.items():
        trials = [trial for trial in self.trials.values() if name in trial.trial_components]
        parents = [{"TrialName": trial.trial_name, "ExperimentName": trial.experiment_name} for trial in trials]
        known = {
            "TrialComponentName": [name],
            **{f"Parents.{key}": [each[key] for each in parents] for key in ("TrialName", "ExperimentName")},
        }
        if all(wanted["Value"] in known[wanted["Name"]] for wanted in search_expression["Filters"]):
            described = {**component.response_object, "Parents": parents, "Tags": component.tags}
            found.append({"TrialComponent": described})
    return {"Results": found}


def list_trial_components(self: Any) -> Any:
    """List those of an experiment, whatever the trial, which moto does not."""
    backend, experiment = self.sagemaker_backend, self._get_param("ExperimentName")
    trials = [trial for trial in backend.trials.values() if experiment in (None, trial.experiment_name)]
    listed = {name for trial in trials for name in trial.trial_components}
    held = [component for name, component in backend.trial_components.items() if name in listed]
    keys = {"TrialComponentName": "trial_component_name", "TrialComponentArn": "arn", "CreationTime": "creation_time"}
    summaries = [{key: getattr(component, name) for key, name in keys.items()} for component in held]
    return ActionResult({"TrialComponentSummaries": summaries})


def tighten() -> None:
    """Make moto strict."""
    response = metrics.SageMakerMetricsResponse
    changes: list[tuple[type, str, Callable[..., Any]]] = [
        (responses.SageMakerResponse, "list_trial_components", list_trial_components),
        (response, "batch_put_metrics", put_metrics(response.batch_put_metrics)),
        (models.SageMakerModelBackend, "search", search),
    ]
    for owner, name, function in changes:
        setattr(owner, name, function)
    for operation in CHECKED:
        method = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        original = getattr(responses.SageMakerResponse, method)
        setattr(responses.SageMakerResponse, method, strict(original, operation, "sagemaker"))


if __name__ == "__main__":
    tighten()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
