import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders.targets.mlflow import names

validation = pytest.importorskip("mlflow.utils.validation")

TEXT = st.text() | st.text(alphabet="./ab~-") | st.text(min_size=240, max_size=260, alphabet="a/")


@given(TEXT)
def test_every_name_becomes_one_that_mlflow_takes(text: str) -> None:
    legal = names.key(text)

    validation._validate_param_name(legal)
    validation._validate_metric_name(legal)
    validation._validate_tag_name(legal)
    assert 0 < len(legal) <= names.MAX_KEY
    assert "\n" not in legal


@given(TEXT, TEXT)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (names.key(one) == names.key(other)) == (one == other)


@pytest.mark.parametrize("name", ["temperature", "call/input_tokens", "ü ö", "a.b:c-d"])
def test_a_name_that_mlflow_takes_is_kept(name: str) -> None:
    assert names.key(name) == name


@given(st.text(), st.integers(1, 20))
def test_a_text_within_the_limit_is_not_cut(text: str, limit: int) -> None:
    cut = names.cut(text, limit)

    assert cut == (text if len(text) <= limit else text[: limit - 1] + "…")


@given(st.text())
def test_the_key_of_a_session_can_stand_in_a_filter(session_id: str) -> None:
    assert not set(names.session_key(session_id)) & set("'\"`\\\n")


def test_the_key_of_an_ordinary_session_is_its_id() -> None:
    assert names.session_key("4f7b2f7e-7f6c-4d3a-9a57-2f8a5f7a1b11") == "4f7b2f7e-7f6c-4d3a-9a57-2f8a5f7a1b11"
