"""The own fields of events, from what LangChain's callbacks are given."""

from typing import Any

from lctrack._error import error_fields

__all__ = ["extra_fields", "partial_fields", "response_fields", "retry_fields", "run_name"]

# Arguments of callbacks that tell how to print, or repeat what has a place in the envelope.
_UNTOLD = frozenset(
    {
        "color",
        "end",
        "llm_prefix",
        "metadata",
        "name",
        "observation_prefix",
        "parent_run_id",
        "run_id",
        "tags",
        "verbose",
    }
)


def extra_fields(arguments: dict[str, Any]) -> dict[str, Any] | None:
    """Keep the arguments of a callback that have no field of their own and say something."""
    if arguments.keys() <= _UNTOLD:
        return None
    extra = {
        key: value
        for key, value in arguments.items()
        if value is not None and value is not False and key not in _UNTOLD
    }
    return extra or None


def run_name(serialized: dict[str, Any] | None, arguments: dict[str, Any]) -> str | None:
    """Name a run as LangChain's own tracers do: the given name, else that of the class."""
    name = arguments.get("name")
    if name or not isinstance(serialized, dict):
        return name
    name = serialized.get("name")
    path = serialized.get("id")
    if not name and isinstance(path, list) and path:
        name = path[-1]
    return name


def response_fields(response: Any) -> dict[str, Any]:
    """Give what a model answered: `generations` (a list for each prompt) and `llm_output`."""
    if response is None:
        return {}
    return {
        "generations": getattr(response, "generations", response),
        "llm_output": getattr(response, "llm_output", None),
    }


def partial_fields(answer: dict[str, Any], streamed: str) -> dict[str, Any]:
    """Complete the answer of a model that failed by what had been streamed of it, unless it has a text of its own."""
    generations = answer.get("generations") or []
    if not streamed or any(getattr(item, "text", None) for group in generations for item in group):
        return answer
    partial = [{"text": streamed, "generation_info": None, "type": "Generation"}]
    return {**answer, "generations": [partial, *filter(None, generations)]}


def retry_fields(retry_state: Any) -> dict[str, Any]:
    """Give the attempt that failed, how long is waited, in seconds, and with which error."""
    outcome = getattr(retry_state, "outcome", None)
    error = outcome.exception() if outcome is not None and outcome.failed else None
    return {
        "attempt": getattr(retry_state, "attempt_number", None),
        "wait_s": getattr(getattr(retry_state, "next_action", None), "sleep", None),
        "error": error_fields(error) if error is not None else None,
    }
