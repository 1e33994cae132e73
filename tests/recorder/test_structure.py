"""Objects of an application are recorded as what they are made of, secrets masked."""

import dataclasses
import datetime as dt
import decimal
import enum
import functools
import math
import pathlib
import uuid
from collections import OrderedDict, deque, namedtuple
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from langchain_core.load import Serializable
from langchain_core.messages import ToolMessage
from pydantic import BaseModel, Field, SecretStr
from pydantic.v1 import BaseModel as OldModel
from pydantic.v1 import SecretStr as OldSecret

from lctrack import Recorder, _structure
from lctrack._careful import careful
from lctrack._structure import MASK
from tests.recorder.support import files, nothing_held, only


class Color(str, enum.Enum):  # noqa: UP042  # the two differ in how they print
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Shape(enum.Enum):
    ROUND = "round"


Pair = namedtuple("Pair", "left right")  # noqa: PYI024  # a caller's class without annotations


@dataclasses.dataclass
class Point:
    x: int
    y: Any = None


class Model(BaseModel, extra="allow"):
    name: str = "m"
    inner: Any = None
    hidden: str = Field(default="h", exclude=True)

    @functools.cached_property
    def client(self) -> str:
        return "sk-computed"


class Old(OldModel):
    name: str = "old"
    key: OldSecret = OldSecret("sk-old")


class Client(Serializable):
    api_key: str = "sk-listed"
    token: SecretStr = SecretStr("sk-typed")
    url: str = "https://example.org"

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"api_key": "API_KEY"}


def model_with_a_computed_property() -> Model:
    model = Model(more=1)  # type: ignore[call-arg]  # an extra field
    assert model.client
    return model


STRUCTURED: dict[str, tuple[Any, Any]] = {
    "tuple": ((1, 2), [1, 2]),
    "named tuple": (Pair(1, 2), [1, 2]),
    "set": ({"b", "a"}, ["a", "b"]),
    "deque": (deque([1]), [1]),
    "mapping": (MappingProxyType({"a": 1}), {"a": 1}),
    "ordered dictionary": (OrderedDict(a=1), {"a": 1}),
    "enum": (Shape.ROUND, "round"),
    "enum of text": (Color.RED, "red"),
    "enum of integers": (Level.HIGH, 3),
    "time": (dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC), "2026-01-02T03:04:00+00:00"),
    "duration": (dt.timedelta(minutes=1), 60.0),
    "UUID": (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    "decimal": (decimal.Decimal("1.10"), "1.10"),
    "path": (pathlib.PurePosixPath("/a/b"), "/a/b"),
    "dataclass": (Point(1, Point(2)), {"x": 1, "y": {"x": 2, "y": None}}),
    "pydantic model": (Model(inner=[Model()]), {"name": "m", "inner": [{"name": "m", "inner": None}]}),
    "pydantic model with more": (model_with_a_computed_property(), {"name": "m", "inner": None, "more": 1}),
    "pydantic model of version 1": (Old(), {"name": "old", "key": MASK}),
    "secret": (SecretStr("sk-x"), MASK),
    "object with secrets": (Client(), {"api_key": MASK, "token": MASK, "url": "https://example.org"}),
}


@pytest.mark.parametrize("kind", STRUCTURED)
def test_an_object_is_recorded_as_what_it_is_made_of(tmp_path: Path, kind: str) -> None:
    value, expected = STRUCTURED[kind]
    with Recorder(tmp_path) as recorder, recorder.span("x", inputs=[value]):
        pass
    start = only(tmp_path, "span_start")
    assert start["inputs"] == [expected]
    assert "lossy" not in start


@pytest.mark.parametrize("kind", STRUCTURED)
def test_an_object_is_recorded_the_same_beside_a_value_that_is_lossy(kind: str) -> None:
    value, expected = STRUCTURED[kind]
    lossy: list[str] = []
    assert careful({"data": [value, math.nan]}, lossy, nothing_held()) == {"data": [expected, None]}
    assert lossy == ["/data/1"]


def test_no_secret_is_in_the_file(tmp_path: Path) -> None:
    secrets = [Client(), SecretStr("sk-x"), Old(), {"nested": Client()}, model_with_a_computed_property()]
    with Recorder(tmp_path, params={"client": Client()}) as recorder, recorder.span("x", inputs=secrets) as span:
        span.set_outputs([*secrets, math.nan])
    (file,) = files(tmp_path)
    assert "sk-" not in file.read_text()


def test_a_message_has_the_fields_of_its_class(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder, recorder.span("x", inputs=ToolMessage("42", tool_call_id="c", artifact={1})):
        pass
    message = only(tmp_path, "span_start")["inputs"]
    expected = {"type": "tool", "content": "42", "tool_call_id": "c", "status": "success", "artifact": [1]}
    assert expected.items() <= message.items()


def test_classes_made_on_the_way_do_not_pile_up() -> None:
    for number in range(2 * _structure._MOST_READERS):
        _structure.structure(dataclasses.make_dataclass(f"Made{number}", [])())
    assert len(_structure._readers) <= _structure._MOST_READERS
