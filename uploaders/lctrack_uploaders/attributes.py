"""What a span's attributes are called where more than one back end reads them.

OpenTelemetry's conventions for generative AI (`gen_ai.*`) and OpenInference's stand side by side: the back ends that
know both do not count tokens twice. Only what a run *is* belongs here (kind, model, tokens, tool, session); its inputs
and outputs are large, and each target adds them once, under the names it reads.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lctrack_uploaders.spans import Span

Value = str | bool | int | float | Sequence[str]
"""What OpenTelemetry allows as the value of an attribute."""

_OPENINFERENCE_KINDS = {
    "llm": "LLM",
    "chat_model": "LLM",
    "chain": "CHAIN",
    "tool": "TOOL",
    "retriever": "RETRIEVER",
    "agent": "AGENT",
    "embedding": "EMBEDDING",
    "reranker": "RERANKER",
    "guardrail": "GUARDRAIL",
    "evaluator": "EVALUATOR",
}
_OPERATIONS = {
    "llm": "text_completion",
    "chat_model": "chat",
    "tool": "execute_tool",
    "agent": "invoke_agent",
    "embedding": "embeddings",
}
_TOKENS = {
    "input_tokens": ("gen_ai.usage.input_tokens", "llm.token_count.prompt"),
    "output_tokens": ("gen_ai.usage.output_tokens", "llm.token_count.completion"),
    "total_tokens": ("llm.token_count.total",),
    "cached_tokens": ("gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read"),
    "cache_write_tokens": ("gen_ai.usage.cache_creation.input_tokens", "llm.token_count.prompt_details.cache_write"),
    "reasoning_tokens": ("llm.token_count.completion_details.reasoning",),
}
_CONVERSATION_KEYS = ("thread_id", "session_id", "conversation_id")
"""Keys under which applications put a conversation's id into the metadata, the usual one first."""


def common(span: Span, session_id: str) -> dict[str, Value]:
    """Give the attributes that say what a run is.

    Args:
        span: The run.
        session_id: The recorded session it belongs to.

    Returns:
        Value by attribute name.
    """
    found: dict[str, Value | None] = {
        "session.id": session_id,
        "user.id": _text(span.metadata.get("user_id")),
        "gen_ai.conversation.id": next(filter(None, map(_text, map(span.metadata.get, _CONVERSATION_KEYS))), None),
        "openinference.span.kind": _OPENINFERENCE_KINDS.get(span.kind, "CHAIN"),
        "gen_ai.operation.name": _OPERATIONS.get(span.kind),
        "metadata": json.dumps(span.metadata, ensure_ascii=False) if span.metadata else None,
        "tag.tags": span.tags or None,
        "error.type": span.error.type if span.error else None,
        "lctrack.run_id": span.run_id,
        "lctrack.kind": span.kind,
        "lctrack.parent_run_id": span.recorded_parent,
        "lctrack.open": True if span.status == "open" else None,
        "lctrack.made_up": True if span.made_up else None,
        "lctrack.time_to_first_token_ms": span.time_to_first_token_ms,
        **_model(span),
    }
    for column, names in _TOKENS.items():
        found.update(dict.fromkeys(names, span.tokens.get(column)))
    if span.kind == "tool":
        found.update({"tool.name": span.name, "gen_ai.tool.name": span.name})
    return {name: value for name, value in found.items() if value is not None}


def _model(span: Span) -> Mapping[str, Value | None]:
    provider = _text(span.metadata.get("ls_provider"))
    return {
        "gen_ai.request.model": span.model,
        "gen_ai.response.model": span.model,
        "gen_ai.provider.name": provider if span.model else None,
        "llm.model_name": span.model,
        "llm.provider": provider if span.model else None,
        "llm.invocation_parameters": span.params,
    }


def _text(value: Any) -> str | None:
    """Give an id as text; objects and the like are none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
