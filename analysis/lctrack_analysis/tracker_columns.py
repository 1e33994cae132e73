"""The columns of the tables that LangChain's tracker callbacks make, and the names of what they count and measure."""

from lctrack_analysis import complexity
from lctrack_analysis.pictures import PICTURES
from lctrack_analysis.schema import (
    ERROR_MESSAGE,
    ERROR_TYPE,
    GENERATION_INDEX,
    PROMPT_INDEX,
    RUN,
    SESSION,
    TRACE,
    Column,
    Table,
)

__all__ = ["COUNTERS", "METRICS", "RETRIEVER_COUNTERS", "TRACKER_TABLES"]

COUNTERS = (
    Column("step", "BIGINT", "events counted by LangChain's trackers"),
    Column("starts", "BIGINT", "starts of anything, agent actions included"),
    Column("ends", "BIGINT", "ends of anything, agent finishes included"),
    Column("errors", "BIGINT", "error events"),
    Column("text_ctr", "BIGINT", "text events"),
    Column("chain_starts", "BIGINT", "chain starts"),
    Column("chain_ends", "BIGINT", "chain ends"),
    Column("llm_starts", "BIGINT", "LLM and chat model starts"),
    Column("llm_ends", "BIGINT", "LLM and chat model ends"),
    Column("llm_streams", "BIGINT", "streamed tokens"),
    Column("tool_starts", "BIGINT", "tool starts and agent actions"),
    Column("tool_ends", "BIGINT", "tool ends"),
    Column("agent_ends", "BIGINT", "agent finishes"),
)
"""The thirteen counters of LangChain's tracker callbacks, in their order."""

RETRIEVER_COUNTERS = (
    Column("retriever_starts", "BIGINT", "retriever starts"),
    Column("retriever_ends", "BIGINT", "retriever ends"),
)
"""The two that MLflow's callback counts besides."""

METRICS = tuple(Column(metric.name, metric.type, metric.doc) for metric in complexity.METRICS)
"""What is measured of a generated text; `generations` and `session_analysis` have these columns, in this order."""

_PROMPTS = Column("prompts", "VARCHAR", "the prompt; chat messages one a line, `Role: text`")

TRACKER_TABLES = (
    Table(
        "action_records",
        "a record as LangChain's tracker callbacks keep them: of each event they count one, of model calls one"
        " for each prompt and each answer; [what is different](trackers-tables.md)",
        (
            SESSION,
            TRACE,
            RUN,
            PROMPT_INDEX,
            GENERATION_INDEX,
            Column("time", "TIMESTAMP_NS", "when it happened"),
            Column("segment", "VARCHAR", "segment (log file) it was written to"),
            Column("seq", "BIGINT", "position in its segment, from 0"),
            Column("action", "VARCHAR", "callback it is of: `on_llm_start`, `on_llm_new_token`, …"),
            Column("lc", "BIGINT", "version of LangChain's serialisation"),
            Column("type", "VARCHAR", "kind of description, or of the generation"),
            Column("id", "JSON", "path of the component's class"),
            Column("repr", "VARCHAR", "representation of the component"),
            Column("name", "VARCHAR", "name of the component, or of the run"),
            *COUNTERS,
            *RETRIEVER_COUNTERS,
            _PROMPTS,
            Column("token", "VARCHAR", "the streamed token"),
            Column("model_name", "VARCHAR", "model name in `llm_output`"),
            Column("token_usage_total_tokens", "BIGINT", "of the whole call, as `llm_output` tells"),
            Column("token_usage_prompt_tokens", "BIGINT", "of the whole call, as `llm_output` tells"),
            Column("token_usage_completion_tokens", "BIGINT", "of the whole call, as `llm_output` tells"),
            Column("text", "VARCHAR", "the generated text, or that of a text event"),
            Column("generation_info_finish_reason", "VARCHAR", "why generation stopped, as `generation_info` tells"),
            Column("input", "VARCHAR", "input of a chain: `input` or `human_input` of its inputs, or all of them"),
            Column("outputs", "VARCHAR", "result of a chain: `output` or `text` of its outputs, or all of them"),
            Column("input_str", "VARCHAR", "input of a tool"),
            Column("description", "VARCHAR", "description of a tool"),
            Column("output", "VARCHAR", "what a tool returned, or an agent finished with"),
            Column("tool", "VARCHAR", "tool an agent chose"),
            Column("tool_input", "VARCHAR", "input it chose"),
            Column("log", "VARCHAR", "what the agent wrote about it"),
            Column("query", "VARCHAR", "query of a retriever"),
            Column("documents", "JSON", "documents found"),
            ERROR_TYPE,
            ERROR_MESSAGE,
            Column("record", "JSON", "the record whole, flattened: fields that have no column here too"),
        ),
    ),
    Table(
        "session_analysis",
        "a prompt with its answer, as LangChain's tracker callbacks show them; [what is different](trackers-tables.md)",
        (
            SESSION,
            TRACE,
            RUN,
            PROMPT_INDEX,
            GENERATION_INDEX,
            Column("prompt_step", "BIGINT", "`step` of the prompt in `action_records`"),
            _PROMPTS,
            Column("name", "VARCHAR", "name of the component, or of the run"),
            Column("output_step", "BIGINT", "`step` of the answer, or of the error, in `action_records`"),
            Column("output", "VARCHAR", "the generated text; what was streamed, where the call did not end"),
            Column("token_usage_total_tokens", "BIGINT", "both together"),
            Column("token_usage_prompt_tokens", "BIGINT", "prompt tokens"),
            Column("token_usage_completion_tokens", "BIGINT", "completion tokens"),
            *METRICS,
            *PICTURES,
            ERROR_TYPE,
            ERROR_MESSAGE,
            Column("chat_html", "VARCHAR", "prompt and answer as HTML, all text in it escaped"),
        ),
    ),
)
"""The two tables, with their columns in the order in which the callbacks bring them; ours stand before."""
