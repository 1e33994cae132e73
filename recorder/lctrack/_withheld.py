"""Events without what went into runs, or came out of them: `record_inputs=False`, `record_outputs=False`.

What stays is what the recorder or LangChain counts and names: times, kinds, names, models, tokens, finish reasons, how
many prompts, messages, generations and documents there were, the types and places of errors. Everything of an event is
left out unless it is known to be such, so a field that nobody thought of is not written.

Accepts: outputs may quote inputs, and the messages of a graph hold both; to have neither, leave out both.
"""

from collections.abc import Callable, Mapping
from typing import Any

from lctrack._error import Failure
from lctrack._structure import MASK, structure

__all__ = ["withheld"]

_SIZES = frozenset(
    """
    completion_tokens completion_tokens_details input_token_details input_tokens input_tokens_details
    output_token_details output_tokens output_tokens_details prompt_tokens prompt_tokens_details token_usage
    total_tokens usage usage_metadata accepted_prediction_tokens audio audio_tokens cache_creation cache_read
    cache_creation_input_tokens cache_read_input_tokens cached_tokens reasoning reasoning_tokens
    rejected_prediction_tokens
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
_NAMES = frozenset(
    """
    _type finish_reason id model model_id model_name model_provider service_tier stop_reason system_fingerprint
    tool_call_id type
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
_LONGEST_NAME = 100


class _LeftOut(str):
    """A mask whose place is listed already."""

    __slots__ = ()


_MASK = _LeftOut(MASK)
_IN_PLACE_OF: dict[str, Any] = {
    **{name: [_MASK] for name in ("documents", "generations", "interrupts", "messages", "prompts")},
    **{name: {} for name in ("extra", "llm_output", "params", "serialized")},
}
"""What is written where not even the form of a field can be told."""
_DEPTH = 4


def withheld(event: str, fields: Mapping[str, Any], *, inputs: bool, outputs: bool) -> Mapping[str, Any]:
    """Leave out inputs, outputs or both.

    Args:
        event: What the event is called.
        fields: Its own fields.
        inputs: Whether the inputs are left out.
        outputs: Whether the outputs are.

    Returns:
        Fields of the same names and kinds, with `masked` (JSON pointers) where something was left out. Fields without
        content are as they were.
    """
    left: dict[str, Any] = {}
    masked: list[str] = []
    for name, value in fields.items():
        replace = _FIELDS.get((event, name)) or _FIELDS.get(("", name))
        if replace is None or value is None or not ((inputs and replace.inputs) or (outputs and replace.outputs)):
            left[name] = value
            continue
        try:
            left[name] = replace.by(value)
        except Exception:  # noqa: BLE001  # any property of the application's objects may raise
            left[name] = _IN_PLACE_OF.get(name, _MASK)
        masked.append(f"/{name}")
    if masked:
        left["masked"] = masked
    return left


class _Replace:
    """How a field is replaced, and whether it is of the inputs, of the outputs, or may be of both."""

    def __init__(self, by: Callable[[Any], Any], *, inputs: bool = False, outputs: bool = False) -> None:
        self.by = by
        self.inputs = inputs
        self.outputs = outputs


def _whole(_: Any) -> str:
    return _MASK


def _each(value: Any) -> list[str]:
    return [_MASK for _ in value] if isinstance(value, list | tuple) else [_MASK]


def _messages(batch: Any) -> list[Any]:
    return [list(map(_message, conversation)) for conversation in batch]


def _message(message: Any) -> dict[str, Any]:
    kept = {name: getattr(message, name, None) for name in ("type", "id", "tool_call_id")}
    return {"content": _MASK, **{name: text for name, text in kept.items() if _is_name(text)}}


def _generations(prompts: Any) -> list[Any]:
    return [[_generation(one) for one in prompt] for prompt in prompts]


def _generation(generation: Any) -> dict[str, Any]:
    left = {"text": _MASK, "type": type(generation).__name__, "generation_info": _told(generation, "generation_info")}
    message = getattr(generation, "message", None)
    if message is not None:
        left["message"] = {
            **_message(message),
            "response_metadata": _told(message, "response_metadata"),
            "usage_metadata": _counts(getattr(message, "usage_metadata", None), _DEPTH),
        }
    return left


def _told(owner: Any, name: str) -> dict[str, Any]:
    return _names_and_counts(getattr(owner, name, None))


def _names_and_counts(value: Any) -> dict[str, Any]:
    """Keep what tells of a model and its answer, but not the answer."""
    if not isinstance(value, dict):
        return {}
    names = {key: item for key, item in value.items() if key in _NAMES and _is_name(item)}
    counts = {key: _counts(item, _DEPTH) for key, item in value.items() if key in _SIZES}
    return names | {key: item for key, item in counts.items() if item is not None}


def _counts(value: Any, depth: int) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if value is None or isinstance(value, str | bool) or not depth:
        return None
    inner = value if isinstance(value, dict) else structure(value)
    return {key: count for key in _SIZES & inner.keys() if (count := _counts(inner[key], depth - 1)) is not None}


def _params(value: Any) -> dict[str, Any]:
    """Keep the settings of a model that are names, numbers and switches."""
    numbers = {key: item for key, item in value.items() if type(key) is str and type(item) in (int, float, bool)}
    return _names_and_counts(value) | numbers


def _serialized(value: Any) -> dict[str, Any]:
    kept = {name: value[name] for name in ("lc", "type", "id", "name") if name in value}
    path = kept.get("id")
    if not (isinstance(path, list) and all(map(_is_name, path))):
        kept.pop("id", None)
    return {name: item for name, item in kept.items() if isinstance(item, int | list) or _is_name(item)}


def _documents(value: Any) -> list[Any]:
    return [{"page_content": _MASK, "metadata": {}, "type": "Document"} for _ in value]


def _action(value: Any) -> Any:
    tool = getattr(value, "tool", None)
    return {"tool": tool, "tool_input": _MASK, "log": _MASK} if _is_name(tool) else _MASK


def _stream_event(value: Any) -> Any:
    kind = value.get("event")
    return {"event": kind} if _is_name(kind) else _MASK


def _failure(error: Any) -> dict[str, str]:
    bare = error.bare if isinstance(error, Failure) else ""
    return {"type": error["type"], "message": _MASK, "traceback": bare}


def _kind_of(reason: str) -> str:
    return reason.partition(":")[0]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_NAME


_INPUT, _OUTPUT, _EITHER = {"inputs": True}, {"outputs": True}, {"inputs": True, "outputs": True}
_FIELDS: dict[tuple[str, str], _Replace] = {
    ("", "prompts"): _Replace(_each, **_INPUT),
    ("", "messages"): _Replace(_messages, **_INPUT),
    ("", "inputs"): _Replace(_whole, **_INPUT),
    ("", "input_str"): _Replace(_whole, **_INPUT),
    ("", "query"): _Replace(_whole, **_INPUT),
    ("", "generations"): _Replace(_generations, **_OUTPUT),
    ("", "llm_output"): _Replace(_names_and_counts, **_OUTPUT),
    ("", "outputs"): _Replace(_whole, **_OUTPUT),
    ("", "output"): _Replace(_whole, **_OUTPUT),
    ("", "documents"): _Replace(_documents, **_OUTPUT),
    ("", "token"): _Replace(_whole, **_OUTPUT),
    ("stream_event", "data"): _Replace(_stream_event, **_OUTPUT),
    ("dropped", "reason"): _Replace(_kind_of, **_EITHER),
    ("custom_event", "data"): _Replace(_whole, **_EITHER),
    ("", "interrupts"): _Replace(_each, **_EITHER),
    ("", "action"): _Replace(_action, **_EITHER),
    ("", "finish"): _Replace(_whole, **_EITHER),
    ("", "text"): _Replace(_whole, **_EITHER),
    ("", "error"): _Replace(_failure, **_EITHER),
    # These tell how a component was made, which may hold prompts, examples, and a test's answers.
    ("", "serialized"): _Replace(_serialized, **_EITHER),
    ("", "params"): _Replace(_params, **_EITHER),
    ("", "extra"): _Replace(_params, **_EITHER),
}
"""By event and field, or by field in all events."""
