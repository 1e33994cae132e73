"""The description of a chain, a model or an agent: what trackers call the model architecture."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from langchain_core.load import dumpd

__all__ = ["Asset", "describe_asset"]


class Asset(NamedTuple):
    """A described asset: `kind` is `serialized` (LangChain's description, secrets left out) or `source` (text)."""

    kind: str
    name: str | None
    value: Any
    graph: Any


def describe_asset(asset: Any) -> Asset:
    """Describe an asset without running it.

    Args:
        asset: A runnable, a chain, an agent, a model; or the path of the source file that defines one.

    Returns:
        Its description, with the graph of its parts where it has one.

    Raises:
        OSError: A path was given that cannot be read.
    """
    if isinstance(asset, str | os.PathLike):
        path = Path(asset)
        return Asset("source", path.name, path.read_text(encoding="utf-8", errors="replace"), None)
    name = getattr(asset, "name", None) or type(asset).__name__
    value = _dumped(asset)
    return Asset("serialized", name if isinstance(name, str) else type(asset).__name__, value, _graph(asset))


def _dumped(asset: Any) -> Any:
    """Give LangChain's description, or the asset itself for the recorder to describe as it does any other object."""
    try:
        return dumpd(asset)
    except Exception:  # noqa: BLE001  # it follows cycles until it fails, and runs code of the application's classes
        return asset


def _graph(asset: Any) -> Any:
    """Give the nodes and edges of a runnable; many have none, and some cannot tell."""
    get_graph = getattr(asset, "get_graph", None)
    if get_graph is None:
        return None
    try:
        return get_graph().to_json()
    except Exception:  # noqa: BLE001  # a graph is built from the application's own schemas; it is worth no failure
        return None
