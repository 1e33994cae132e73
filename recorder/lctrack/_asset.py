"""The description of a chain, a model or an agent: what trackers call the model architecture."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.load import dumpd

from lctrack._components import components, without_secrets

__all__ = ["Asset", "describe_asset"]


class Asset(NamedTuple):
    """A described asset.

    Attributes:
        kind: `serialized`, or `source` for the text of a file.
        name: What it is called.
        value: LangChain's description, or the text.
        graph: Its nodes and edges, those of graphs within it included.
        components: What it is made of, see `lctrack._components`.
    """

    kind: str
    name: str | None
    value: Any
    graph: Any = None
    components: Any = None


def describe_asset(asset: Any) -> Asset:
    """Describe an asset without running it.

    Args:
        asset: A runnable, a chain, an agent, a model; or the path of the source file that defines one.

    Returns:
        Its description, secrets left out, with the graph of its parts where it has one.

    Raises:
        OSError: A path was given that cannot be read.
    """
    if isinstance(asset, str | os.PathLike):
        path = Path(asset)
        return Asset("source", path.name, path.read_text(encoding="utf-8", errors="replace"))
    name = getattr(asset, "name", None) or type(asset).__name__
    if not isinstance(name, str):
        name = type(asset).__name__
    return Asset("serialized", name, _dumped(asset), _graph(asset), components(asset) or None)


def _dumped(asset: Any) -> Any:
    """Give LangChain's description, or the asset itself for the recorder to describe as it does any other object."""
    try:
        return without_secrets(dumpd(asset))
    except Exception:  # noqa: BLE001  # it follows cycles until it fails, and runs code of the application's classes
        return asset


def _graph(asset: Any) -> Any:
    """Give the nodes and edges of a runnable; many have none, and some cannot tell."""
    # LangGraph's graphs, which have named nodes, can look into the graphs within them; other runnables do so anyway.
    return (hasattr(asset, "nodes") and _drawn(asset, xray=True)) or _drawn(asset)


def _drawn(asset: Any, **options: Any) -> Any:
    try:
        return asset.get_graph(**options).to_json()
    except Exception:  # noqa: BLE001  # a graph is built from the application's own schemas; it is worth no failure
        return None
