"""The names of log format 1, for its writer and its readers.

`docs/log-format.md` says what they mean. A change here that an old reader would misread raises `FORMAT`.
"""

from typing import Final

__all__ = [
    "APPEND",
    "BLOB",
    "BOOKKEEPING",
    "ENDS",
    "ENVELOPE",
    "ERRORS",
    "EVENTS",
    "FORMAT",
    "LITERAL",
    "MAX_DEPTH",
    "STARTS",
    "STEERING",
    "SUFFIX",
    "WITHIN",
]

FORMAT: Final = 1
"""Version of the format this package writes."""

SUFFIX: Final = ".jsonl"
"""How the name of a segment file ends."""

MAX_DEPTH: Final = 100
"""Deepest nesting of a line, its own braces included: parsers that readers use fail soon after."""

BLOB: Final = "$blob"
"""Key of an object that stands for a value written before: `{"$blob": "<digest>"}`."""

APPEND: Final = "$append"
"""Beside `BLOB`: the items that follow those of the list it names."""

LITERAL: Final = "$literal"
"""Key of an object that wraps recorded data which itself looks like one of these references."""

ENVELOPE: Final = (
    "seq",
    "ts",
    "event",
    "session_id",
    "trace_id",
    "run_id",
    "parent_run_id",
    "name",
    "tags",
    "metadata",
    "thread",
    "masked",
    "lossy",
)
"""Fields that any line may have; all others are the event's own."""

STARTS: Final = {
    "llm_start": "llm",
    "chat_model_start": "chat_model",
    "chain_start": "chain",
    "tool_start": "tool",
    "retriever_start": "retriever",
    "span_start": "span",
}
"""Events that open a run, and the kind of run (a span names its own)."""

ENDS: Final = {
    "llm_end": "llm",
    "chain_end": "chain",
    "tool_end": "tool",
    "retriever_end": "retriever",
    "span_end": "span",
}
"""Events that close a run well (`llm_end` closes chat models too)."""

ERRORS: Final = {
    "llm_error": "llm",
    "chain_error": "chain",
    "tool_error": "tool",
    "retriever_error": "retriever",
    "span_error": "span",
}
"""Events that close a run with an error."""

STEERING: Final = {
    "langgraph.errors.GraphInterrupt": "interrupted",
    "langgraph.errors.NodeInterrupt": "interrupted",  # the former kind, which is one of the above
    "langgraph.errors.ParentCommand": "ok",  # a node of a subgraph hands over to the graph around it
}
"""Types of `error` that are no errors, because LangGraph steers with them, and how a run came out that one ends."""

WITHIN: Final = (
    "llm_new_token",
    "stream_event",
    "agent_action",
    "agent_finish",
    "text",
    "retry",
    "custom_event",
    "interrupt",
    "resume",
    "score",
)
"""Events that happen within a run."""

BOOKKEEPING: Final = (
    "segment_start",
    "segment_end",
    "session_start",
    "session_end",
    "asset",
    "blob",
    "dropped",
)
"""Events about the recording itself."""

EVENTS: Final = (*STARTS, *ENDS, *ERRORS, *WITHIN, *BOOKKEEPING)
"""Every event of the format."""
