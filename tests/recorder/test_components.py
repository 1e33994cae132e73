"""The description of an asset lists what it is made of, with parameters and without secrets."""

from pathlib import Path
from typing import Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.chat_models import SimpleChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import ConfigurableField, RunnableLambda, RunnableParallel
from langchain_core.tools.retriever import create_retriever_tool
from langgraph.graph import END, START, StateGraph
from pydantic import Field, SecretStr

from lctrack import LogCallbackHandler
from tests.recorder.applications import Library, agent, chain, double
from tests.recorder.support import Line, files, only
from tests.recorder.test_assets import recorded


class Model(SimpleChatModel):
    """A model as integrations have them: one secret that says so, others that do not."""

    temperature: float = 0.3
    api_key: str = "sk-attribute"
    key: SecretStr = SecretStr("sk-typed")
    default_headers: dict[str, str] = Field(default={"Authorization": "Bearer sk-header"})
    options: dict[str, Any] = Field(default={"base": "https://user:sk-address@host/", "max_tokens": 100})

    @property
    def _llm_type(self) -> str:
        return "house"

    def _call(self, *_: Any, **__: Any) -> str:
        return "yes"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self.bind(tools=[tool.name for tool in tools])


class State(TypedDict):
    text: str


MODEL = Model(temperature=0.9)


def ask_the_model_of_the_module(_: State) -> State:
    return {"text": MODEL.invoke("hi").text}


def graph_of(**nodes: Any) -> Any:
    building: Any = StateGraph(State)
    above = START
    for name, node in nodes.items():
        building.add_node(name, node)
        building.add_edge(above, name)
        above = name
    building.add_edge(above, END)
    return building.compile()


def components(directory: Path, asset: Any) -> dict[str, Line]:
    return {component["path"]: component for component in recorded(directory, asset)["components"]}


def kinds(directory: Path, asset: Any) -> dict[str, str]:
    return {path: component["kind"] for path, component in components(directory, asset).items()}


def test_a_chain_is_made_of_its_steps_with_their_parameters(tmp_path: Path) -> None:
    found = components(tmp_path, PromptTemplate.from_template("About {topic}") | Model() | StrOutputParser())
    assert list(found) == ["", "/first", "/middle/0", "/last"]
    assert [component["kind"] for component in found.values()] == ["chain", "prompt", "chat_model", "parser"]
    steps = {"first": {"component": "/first"}, "middle": [{"component": "/middle/0"}], "last": {"component": "/last"}}
    assert found[""]["parameters"] == steps
    assert found["/first"]["parameters"]["template"] == "About {topic}"
    assert found["/middle/0"]["class"].endswith("test_components.Model")
    assert found["/middle/0"]["parameters"]["temperature"] == 0.3
    assert found["/middle/0"]["parameters"]["_type"] == "house"


def test_branches_bindings_and_fallbacks_are_looked_into(tmp_path: Path) -> None:
    fallback: Any = Library()
    asset: Any = RunnableParallel(a=Model().bind(stop=["x"]), b=Model().with_retry().with_fallbacks([fallback]))
    assert kinds(tmp_path, asset) == {
        "": "chain",
        "/steps__/a": "chain",
        "/steps__/a/bound": "chat_model",
        "/steps__/b": "chain",
        "/steps__/b/runnable": "chain",
        "/steps__/b/runnable/bound": "chat_model",
        "/steps__/b/fallbacks/0": "retriever",
    }


def test_what_can_be_configured_is_named(tmp_path: Path) -> None:
    asset = Model().configurable_fields(temperature=ConfigurableField(id="warmth"))
    found = components(tmp_path, asset)
    assert found[""]["parameters"]["fields"]["temperature"][0] == "warmth"
    assert found["/default"]["parameters"]["temperature"] == 0.3


def test_a_tool_has_its_arguments_and_what_its_function_refers_to(tmp_path: Path) -> None:
    assert components(tmp_path / "a", double)[""]["parameters"]["args"] == {
        "number": {"title": "Number", "type": "integer"}
    }
    looking = create_retriever_tool(Library(), "look_up", "Looks up.")
    assert kinds(tmp_path / "b", looking)["/func/retriever"] == "retriever"


def test_a_graph_is_made_of_its_nodes_and_those_of_graphs_within_it(tmp_path: Path) -> None:
    inner = graph_of(think=ask_the_model_of_the_module)
    found = components(tmp_path, graph_of(write=chain() | (lambda result: result), check=inner))
    assert {
        "": "graph",
        "/nodes/write": "chain",
        "/nodes/check": "graph",
        "/nodes/check/nodes/think": "chain",
        "/nodes/check/nodes/think/func/MODEL": "chat_model",
    }.items() <= {path: component["kind"] for path, component in found.items()}.items()
    assert found["/nodes/check/nodes/think/func/MODEL"]["parameters"]["temperature"] == 0.9
    drawn = only(tmp_path, "asset")["graph"]
    assert "check:think" in [node["id"] for node in drawn["nodes"]]


def test_an_agent_is_made_of_its_model_and_its_tools(tmp_path: Path) -> None:
    found = kinds(tmp_path, create_agent(Model(), [double], system_prompt="Be brief."))
    assert found["/nodes/model/func/model"] == "chat_model"
    assert found["/nodes/tools/_tools_by_name/double"] == "tool"


def test_a_classic_agent_is_made_of_its_runnable_and_its_tools(tmp_path: Path) -> None:
    found = kinds(tmp_path, agent())
    assert (found[""], found["/agent/runnable"], found["/tools/0"]) == ("agent", "chain", "tool")
    assert [path for path, kind in found.items() if kind == "llm"] == ["/agent/runnable/middle/1/bound"]


def test_assets_that_hold_runnables_are_looked_into(tmp_path: Path) -> None:
    assert kinds(tmp_path, {"a": [Model()]}) == {"/a/0": "chat_model"}


def test_an_object_without_runnables_has_no_components(tmp_path: Path) -> None:
    assert "components" not in recorded(tmp_path, {"a": 1})


@pytest.mark.parametrize(
    "asset",
    [
        Model(),
        Model() | StrOutputParser(),
        Model().bind(api_key="sk-bound"),
        Model().configurable_fields(temperature=ConfigurableField(id="warmth")),
        create_agent(Model(), [double]),
        graph_of(think=ask_the_model_of_the_module),
    ],
    ids=lambda asset: type(asset).__name__,
)
@pytest.mark.parametrize("masking", [True, False])
def test_no_secret_of_a_model_is_in_the_log_whatever_the_options_say(tmp_path: Path, asset: Any, masking: bool) -> None:
    with LogCallbackHandler(tmp_path, mask_secrets=masking) as handler:
        handler.flush_tracker(asset)
    (file,) = files(tmp_path)
    assert "sk-" not in file.read_text()
    assert "max_tokens" in file.read_text()


def test_what_langchain_calls_a_secret_is_one_whatever_its_name(tmp_path: Path) -> None:
    class Guarded(Model):
        door: str = "sesame"

        @property
        def lc_secrets(self) -> dict[str, str]:
            return {"door": "DOOR"}

    assert components(tmp_path, Guarded())[""]["parameters"]["door"] == "**********"


def test_a_chain_that_holds_itself_is_described_once(tmp_path: Path) -> None:
    looping: Any = RunnableLambda(lambda value: [looping.invoke(value)])
    assert kinds(tmp_path, looping) == {"": "chain"}


def test_properties_that_raise_cost_nothing_but_themselves(tmp_path: Path) -> None:
    class Odd(Model):
        @property
        def lc_secrets(self) -> dict[str, str]:
            raise LookupError("not now")

    assert components(tmp_path, Odd())[""]["parameters"]["temperature"] == 0.3


def test_a_chain_of_very_many_parts_is_described_by_the_first(tmp_path: Path) -> None:
    found = components(tmp_path, RunnableParallel({f"part {number}": RunnableLambda(str) for number in range(1_100)}))
    assert len(found) <= 1_000


def test_the_architecture_that_wandb_shows_can_be_made_from_it(tmp_path: Path) -> None:
    """Its `model_dict` nests each component in the one that holds it, with `_kind`, `_class` and parameters."""
    tree: dict[str, Any] = {}
    for path, component in components(tmp_path, chain()).items():
        place = tree
        for step in filter(None, path.split("/")):
            place = place.setdefault(step, {})
        place |= {"_kind": component["kind"], "_class": component["class"]}
    assert (tree["_kind"], tree["first"]["_kind"], tree["middle"]["0"]["_kind"]) == ("chain", "prompt", "chat_model")
    assert set(tree["last"]["steps__"]) == {"kind", "text"}
