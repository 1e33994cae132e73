"""Names and values, judged by the service's own model, which comes with botocore."""

import argparse
import functools
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack_uploaders.targets.sagemaker import names
from lctrack_uploaders.targets.sagemaker.configuration import OPTIONS, Configuration, configuration

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.text("aB-1_\n ", max_size=200)


@functools.cache
def model() -> Any:
    """Load the service's model, which takes half a second."""
    pytest.importorskip("moto")
    import botocore.session

    return botocore.session.get_session().get_service_model("sagemaker")


def complaint(operation: str, **sent: Any) -> str | None:
    """Give what SageMaker would refuse of a request."""
    shape = model().operation_model(operation).input_shape
    from tests.uploaders.sagemaker_server import complaint as of

    return of(shape, sent)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_whatever_a_project_and_a_session_are_called_sagemaker_takes_the_names(project: str, session: str) -> None:
    experiment, run = names.part(project), names.part(session)
    name = names.component(experiment, run)

    assert complaint("CreateTrial", ExperimentName=experiment, TrialName=names.group(experiment)) is None
    assert complaint("CreateTrialComponent", TrialComponentName=name, DisplayName=names.display(session)) is None
    assert name == name.lower()


@settings(deadline=None)
@given(st.dictionaries(TEXTS, TEXTS, max_size=5))
def test_whatever_a_parameter_is_sagemaker_takes_it(found: Mapping[str, str]) -> None:
    sent = {names.key(key, names.MAX_PARAMETER): {"StringValue": names.value(value)} for key, value in found.items()}

    assert len(sent) == len(found)
    assert complaint("UpdateTrialComponent", TrialComponentName="a", Parameters=sent) is None


@pytest.mark.parametrize("odd", [{"Parameters": {"a": {"StringValue": "x" * 2501}}}, {"DisplayName": "a b"}])
def test_the_judge_refuses_what_the_service_refuses(odd: Mapping[str, Any]) -> None:
    assert complaint("UpdateTrialComponent", TrialComponentName="a", **odd) is not None


@given(TEXTS, TEXTS)
def test_unlike_names_stay_unlike_but_for_case(one: str, other: str) -> None:
    assert (names.part(one) == names.part(other)) <= (one.lower() == other.lower())


def test_a_name_that_sagemaker_takes_is_kept() -> None:
    assert names.part("01a1fb53-42b7-75ea") == "01a1fb53-42b7-75ea"
    assert names.part("Demo") == "demo"
    assert names.part("my project") == f"my-project-{names.part('my project')[-8:]}"


def test_the_options_are_told_apart_in_the_address_and_credentials_are_not_in_it() -> None:
    options = argparse.Namespace(**{f"sagemaker_{option.name.replace('-', '_')}": None for option in OPTIONS})
    environ = {"AWS_ACCESS_KEY_ID": "AKIA-canary", "AWS_SECRET_ACCESS_KEY": "canary", "AWS_DEFAULT_REGION": "eu-west-1"}
    found = configuration(options, environ)

    assert found.region == "eu-west-1"
    assert found.address("eu-west-1") == "sagemaker://eu-west-1"
    assert "canary" not in repr(found)
    assert Configuration(bucket="b", prefix="p/q", profile="lab").address("r") == "sagemaker://r/b/p/q?profile=lab"


def test_a_profile_that_was_named_wins_over_keys_and_keys_over_the_variable() -> None:
    options = argparse.Namespace(**{f"sagemaker_{option.name.replace('-', '_')}": None for option in OPTIONS})
    environ = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "key", "AWS_PROFILE": "lab"}

    assert configuration(options, environ).credentials is not None
    options.sagemaker_profile = "lab"
    assert configuration(options, environ).credentials is None
