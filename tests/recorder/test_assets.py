"""The description of a chain, a model or an agent is recorded with the session that ends."""

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.load import Serializable
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableConfig, RunnableLambda, RunnableSerializable
from pydantic import SecretStr

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.applications import agent
from tests.recorder.support import Line, files, only, read


def recorded(directory: Path, asset: Any) -> Line:
    with LogCallbackHandler(directory) as handler:
        handler.flush_tracker(asset)
    assert handler.stats()["dropped"] == 0
    return only(directory, "asset")


def test_a_runnable_is_described_with_its_graph(tmp_path: Path) -> None:
    asset = recorded(tmp_path, PromptTemplate.from_template("Tell about {topic}") | RunnableLambda(str))
    assert (asset["kind"], asset["name"]) == ("serialized", "RunnableSequence")
    assert asset["value"]["id"][-1] == "RunnableSequence"
    assert "Tell about {topic}" in json.dumps(asset["value"])
    assert asset["graph"]["nodes"][0]["data"] == "PromptInput"
    assert "repr" not in json.dumps(asset["value"])
    assert len(asset["graph"]["edges"]) == len(asset["graph"]["nodes"]) - 1


def test_an_agent_is_described(tmp_path: Path) -> None:
    asset = recorded(tmp_path, agent())
    assert (asset["kind"], asset["name"]) == ("serialized", "AgentExecutor")


def test_an_asset_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    assert recorded(tmp_path, RunnableLambda(str, name="story"))["name"] == "story"


@pytest.mark.parametrize("as_path", [str, Path])
def test_a_path_stands_for_the_source_in_it(tmp_path: Path, as_path: type) -> None:
    source = tmp_path / "app.py"
    source.write_text("chain = prompt | model  # ü\n")
    asset = recorded(tmp_path / "logs", as_path(source))
    assert (asset["kind"], asset["name"], asset["value"]) == ("source", "app.py", "chain = prompt | model  # ü\n")


def test_a_source_that_is_not_utf8_is_recorded_all_the_same(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_bytes(b"name = '\xfc'\n")
    assert recorded(tmp_path / "logs", source)["value"] == "name = '\ufffd'\n"


class Client(RunnableSerializable[Any, Any]):
    api_key: str = "sk-listed"
    token: SecretStr = SecretStr("sk-typed")
    serializable: bool = True

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        return {"api_key": "API_KEY", "token": "TOKEN"}

    def invoke(self, input: Any, config: RunnableConfig | None = None, **_: Any) -> Any:  # noqa: A002, ARG002  # Runnable's names
        return input


def test_secrets_are_not_in_the_description(tmp_path: Path) -> None:
    recorded(tmp_path, Client(api_key="sk-given", token=SecretStr("sk-secret")) | RunnableLambda(str))
    (file,) = files(tmp_path)
    assert "API_KEY" in file.read_text()
    assert "sk-" not in file.read_text()


def test_an_asset_that_langchain_cannot_describe_is_described_as_any_object(tmp_path: Path) -> None:
    cyclic: dict[str, Any] = {"name": "loop"}
    cyclic["self"] = cyclic
    asset = recorded(tmp_path, cyclic)
    assert asset["value"] == {"name": "loop", "self": "<cycle>"}
    assert asset["lossy"] == ["/value/self"]


def test_an_asset_is_of_the_session_that_ends(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        session = handler.session_id
        handler.flush_tracker(FakeListChatModel(responses=[]), name="done")
    assert only(tmp_path, "asset")["session_id"] == session
    assert only(tmp_path, "session_end")["session"] == {"name": "done"}


def test_an_asset_can_be_recorded_without_ending_the_session(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        handler.flush_tracker(FakeListChatModel(responses=[]), reset=False)
        handler.flush_tracker(FakeListChatModel(responses=[]), reset=False)
    assert len({line["session_id"] for line in read(tmp_path) if line["event"] == "asset"}) == 1


def test_code_without_langchain_describes_its_assets_itself(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        recorder.asset({"layers": 3}, name="net", graph={"nodes": [], "edges": []})
    asset = only(tmp_path, "asset")
    assert (asset["kind"], asset["name"], asset["value"]) == ("serialized", "net", {"layers": 3})
    assert asset["graph"] == {"nodes": [], "edges": []}


def test_an_object_that_is_no_runnable_has_no_graph(tmp_path: Path) -> None:
    assert "graph" not in recorded(tmp_path, Serializable())
