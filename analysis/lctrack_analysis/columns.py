"""Every table and column there is, once: code, documentation and tests all read this list.

A change to a column's name, type or meaning raises `SCHEMA_VERSION`.

Times are UTC with nanoseconds (`TIMESTAMP_NS`), durations are milliseconds, tokens are counts. Columns of type
`JSON` hold JSON text; ids are text.
"""

from lctrack_analysis.complexity import COUNTS
from lctrack_analysis.pictures import ANNOTATION
from lctrack_analysis.schema import COST, TOKENS, TOTAL_COST, Column, Table
from lctrack_analysis.schema import ERROR_MESSAGE as _ERROR_MESSAGE
from lctrack_analysis.schema import ERROR_TYPE as _ERROR_TYPE
from lctrack_analysis.schema import GENERATION_INDEX as _GENERATION_INDEX
from lctrack_analysis.schema import PROMPT_INDEX as _PROMPT_INDEX
from lctrack_analysis.schema import RUN as _RUN
from lctrack_analysis.schema import SESSION as _SESSION
from lctrack_analysis.schema import TRACE as _TRACE
from lctrack_analysis.tracker_columns import COUNTERS, METRICS, RETRIEVER_COUNTERS, TRACKER_TABLES

__all__ = [
    "ANNOTATION",
    "COMPLEXITY",
    "COUNTERS",
    "LATENCIES",
    "LATENCY_KINDS",
    "METRICS",
    "RETRIEVER_COUNTERS",
    "SCHEMA_VERSION",
    "TABLES",
    "TOKENS",
    "Column",
    "Table",
]

SCHEMA_VERSION = 3

_TAGS = Column("tags", "VARCHAR[]", "tags as recorded")
_METADATA = Column("metadata", "JSON", "metadata as recorded")
_START = Column("start_time", "TIMESTAMP_NS", "when it started (null when the start was not recorded)")
_END = Column("end_time", "TIMESTAMP_NS", "when it ended (null while open)")
_DURATION = Column("duration_ms", "DOUBLE", "end minus start, milliseconds")
_TTFT = Column("time_to_first_token_ms", "DOUBLE", "start to first streamed token, milliseconds")
_STATUS = Column(
    "status", "VARCHAR", "`ok`, `error`, `interrupted` when it paused to ask, or `open` when no end was recorded"
)
_TRACE_STATUS = Column(
    "status",
    "VARCHAR",
    "that of its root run; `interrupted` instead of `ok` where a run in it paused to ask, and none of the same kind, "
    "name and depth went through later in it",
)
_MODEL = Column("model", "VARCHAR", "model name, as the provider or the parameters give it")

LATENCY_KINDS = {"llm": ("llm", "chat_model"), "chain": ("chain",), "tool": ("tool",), "retriever": ("retriever",)}
"""Prefix of a latency column, and the kinds of run it covers."""

LATENCIES = tuple(
    Column(f"{prefix}_p{percent}_ms", "DOUBLE", f"{percent}th percentile of {prefix} durations, milliseconds")
    for prefix in LATENCY_KINDS
    for percent in (50, 90, 99)
)
"""Latency percentiles of a session, over runs that ended."""

COMPLEXITY = (
    *METRICS,
    *(Column(count.name, "BIGINT", count.doc) for count in COUNTS),
    Column("text_language", "VARCHAR", "language that the text was measured as"),
    Column("textstat_version", "VARCHAR", "release of textstat whose values these are"),
)
"""The complexity of a generated text; null where there is no text, or where textstat fails."""

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "events",
            "an event, as recorded",
            (
                Column("segment", "VARCHAR", "segment (log file) it was written to"),
                Column("seq", "BIGINT", "position in its segment, from 0"),
                Column("file", "VARCHAR", "file it was read from"),
                Column("line", "BIGINT", "line in that file, from 1"),
                Column("time", "TIMESTAMP_NS", "when it happened"),
                Column("event", "VARCHAR", "name of the event"),
                _SESSION,
                _TRACE,
                _RUN,
                Column("parent_run_id", "VARCHAR", "run that contains it"),
                Column("name", "VARCHAR", "name of the run"),
                _TAGS,
                _METADATA,
                Column("thread", "BIGINT", "identifier of the thread"),
                Column("data", "JSON", "the event's own fields, blobs resolved"),
                Column("masked", "VARCHAR[]", "JSON pointers to values that are not written: secret or redacted"),
                Column("lossy", "VARCHAR[]", "JSON pointers to values that could not be recorded exactly"),
            ),
        ),
        Table(
            "runs",
            "a run (span)",
            (
                _RUN,
                Column("parent_run_id", "VARCHAR", "run that contains it (null for a root)"),
                _TRACE,
                _SESSION,
                Column("depth", "BIGINT", "0 for a root run"),
                Column("kind", "VARCHAR", "`llm`, `chat_model`, `chain`, `tool`, `retriever`, or a span's own kind"),
                Column("run_type", "VARCHAR", "LangChain's finer type of a chain (`prompt`, `parser`, …)"),
                Column("name", "VARCHAR", "name of the run"),
                _START,
                _END,
                _DURATION,
                _STATUS,
                _ERROR_TYPE,
                _ERROR_MESSAGE,
                Column("inputs", "JSON", "prompts, messages, tool input, query or chain inputs"),
                Column("outputs", "JSON", "generations, tool output, documents or chain outputs"),
                _TAGS,
                _METADATA,
                Column("params", "JSON", "invocation parameters of a model call"),
                _MODEL,
                *TOKENS,
                COST,
                Column(
                    "priced_by",
                    "VARCHAR",
                    "the price that was taken, and the table it is from; `unknown` where there is none",
                ),
                _TTFT,
                Column("chunks", "BIGINT", "streamed chunks"),
                Column("serialized", "JSON", "LangChain's description of the component"),
                Column("thread", "BIGINT", "thread in which it started"),
            ),
        ),
        Table(
            "traces",
            "a root run with totals over its tree",
            (
                _TRACE,
                _SESSION,
                Column("name", "VARCHAR", "name of the root run"),
                Column("kind", "VARCHAR", "kind of the root run"),
                _START,
                _END,
                _DURATION,
                _TRACE_STATUS,
                _ERROR_TYPE,
                _ERROR_MESSAGE,
                Column("inputs", "JSON", "inputs of the root run"),
                Column("outputs", "JSON", "outputs of the root run"),
                _TAGS,
                _METADATA,
                Column("runs", "BIGINT", "runs in the tree"),
                Column("depth", "BIGINT", "greatest depth in the tree"),
                Column("llm_calls", "BIGINT", "LLM and chat model runs"),
                Column("tool_calls", "BIGINT", "tool runs"),
                Column("retrievals", "BIGINT", "retriever runs"),
                Column("errors", "BIGINT", "runs that failed"),
                *TOKENS,
                *TOTAL_COST,
                _TTFT,
            ),
        ),
        Table(
            "sessions",
            "a recorded session (between two `flush_tracker` calls)",
            (
                _SESSION,
                Column("project", "VARCHAR", "label"),
                Column("name", "VARCHAR", "label"),
                Column("group_name", "VARCHAR", "label `group` (a word SQL keeps for itself)"),
                Column("entity", "VARCHAR", "label"),
                Column("job_type", "VARCHAR", "label"),
                Column("tags", "VARCHAR[]", "label"),
                Column("notes", "VARCHAR", "label"),
                Column("params", "JSON", "parameters given to the handler"),
                Column("start_time", "TIMESTAMP_NS", "its first event"),
                Column("end_time", "TIMESTAMP_NS", "its last event"),
                _DURATION,
                Column("status", "VARCHAR", "`ended`, or `open` when no end was recorded"),
                Column("host", "VARCHAR", "machine that recorded it"),
                Column("segments", "VARCHAR[]", "segments that hold it"),
                Column("events", "BIGINT", "events recorded"),
                Column("runs", "BIGINT", "runs"),
                Column("traces", "BIGINT", "root runs"),
                *COUNTERS,
                *RETRIEVER_COUNTERS,
                *TOKENS,
                *LATENCIES,
                Column("ttft_p50_ms", "DOUBLE", "median time to first token, milliseconds"),
                *TOTAL_COST,
            ),
        ),
        Table(
            "generations",
            "one generated text",
            (
                _SESSION,
                _TRACE,
                _RUN,
                _PROMPT_INDEX,
                _GENERATION_INDEX,
                Column("kind", "VARCHAR", "`llm` or `chat_model`"),
                Column("name", "VARCHAR", "name of the run"),
                _MODEL,
                Column("prompt", "VARCHAR", "its own prompt; chat messages one a line, `role: text`"),
                Column("messages", "JSON", "the chat messages it answers"),
                Column("text", "VARCHAR", "the generated text"),
                Column("message", "JSON", "the generated chat message"),
                Column("finish_reason", "VARCHAR", "why generation stopped"),
                *TOKENS,
                COST,
                _START,
                _END,
                _DURATION,
                _TTFT,
                Column("partial", "BOOLEAN", "true when an error cut it short"),
                *COMPLEXITY,
                *ANNOTATION,
            ),
        ),
        Table(
            "metrics",
            "a value of a metric of one's own (see [complexity](complexity.md))",
            (
                _SESSION,
                _RUN,
                Column("prompt_index", "BIGINT", "which prompt of the call, from 0"),
                Column("generation_index", "BIGINT", "which answer to that prompt, from 0"),
                Column("metric", "VARCHAR", "name of the metric"),
                Column("value", "DOUBLE", "its value for the generated text"),
            ),
        ),
        Table(
            "complexity",
            "a metric over the generated texts of a session, of a model, or of a model in a session",
            (
                Column("scope", "VARCHAR", "`session`, `model` or `session_model`: what the row is about"),
                Column("session_id", "VARCHAR", "the session (null where the row is about a model)"),
                Column("model", "VARCHAR", "the model (null where the row is about a session, or it is not known)"),
                Column("metric", "VARCHAR", "name of the metric; `text_standard` counts as the higher grade it names"),
                Column("count", "BIGINT", "texts that have a value"),
                Column("mean", "DOUBLE", "mean of the values"),
                Column("median", "DOUBLE", "median"),
                Column("p10", "DOUBLE", "10th percentile"),
                Column("p90", "DOUBLE", "90th percentile"),
            ),
        ),
        Table(
            "messages",
            "one chat message in or out of a call",
            (
                _SESSION,
                _TRACE,
                _RUN,
                Column("direction", "VARCHAR", "`in` or `out`"),
                Column("batch_index", "BIGINT", "which conversation of the call, from 0"),
                Column("position", "BIGINT", "place in the conversation, from 0; answers continue the count"),
                Column("time", "TIMESTAMP_NS", "when the call started (`in`) or ended (`out`)"),
                Column("role", "VARCHAR", "`system`, `user`, `assistant`, `tool`, …"),
                Column("content", "VARCHAR", "its text"),
                Column("blocks", "JSON", "content blocks, where the content is not plain text"),
                Column("name", "VARCHAR", "name of the speaker or tool"),
                Column("message_id", "VARCHAR", "id of the message"),
                Column("tool_call_id", "VARCHAR", "tool call a tool message answers"),
                Column("tool_calls", "JSON", "tool calls an assistant message asks for"),
            ),
        ),
        Table(
            "tool_calls",
            "a tool call: asked for by a model, executed, or both",
            (
                _SESSION,
                _TRACE,
                Column("tool_call_id", "VARCHAR", "id the model gave it"),
                Column("name", "VARCHAR", "name of the tool"),
                Column("arguments", "JSON", "arguments the model gave, or the tool's recorded input"),
                Column("requested_by", "VARCHAR", "run id of the model call that asked for it"),
                Column("request_time", "TIMESTAMP_NS", "when it was asked for"),
                Column("run_id", "VARCHAR", "run id of its execution (null when it was never executed)"),
                _START,
                _END,
                _DURATION,
                Column("status", "VARCHAR", "`ok`, `error`, `interrupted`, `open`, or `requested` when never executed"),
                Column("output", "JSON", "what the tool returned"),
                _ERROR_TYPE,
                _ERROR_MESSAGE,
            ),
        ),
        Table(
            "retrievals",
            "a retriever run",
            (
                _SESSION,
                _TRACE,
                _RUN,
                Column("name", "VARCHAR", "name of the retriever"),
                Column("query", "VARCHAR", "the query"),
                Column("documents", "JSON", "documents found"),
                Column("document_count", "BIGINT", "how many"),
                _START,
                _END,
                _DURATION,
                _STATUS,
            ),
        ),
        Table(
            "errors",
            "a run that failed",
            (
                _SESSION,
                _TRACE,
                _RUN,
                Column("kind", "VARCHAR", "kind of the run"),
                Column("name", "VARCHAR", "name of the run"),
                Column("time", "TIMESTAMP_NS", "when it failed"),
                Column("type", "VARCHAR", "class of the exception"),
                Column("message", "VARCHAR", "text of the exception"),
                Column("traceback", "VARCHAR", "traceback, causes included"),
                Column("is_origin", "BOOLEAN", "false where the same error only passed through from a child run"),
            ),
        ),
        Table(
            "scores",
            "feedback on a run",
            (
                _SESSION,
                _TRACE,
                _RUN,
                Column("time", "TIMESTAMP_NS", "when it was given"),
                Column("key", "VARCHAR", "what is scored"),
                Column("value", "DOUBLE", "the score, where it is a number"),
                Column("label", "VARCHAR", "the score, where it is text"),
                Column("comment", "VARCHAR", "remark"),
            ),
        ),
        Table(
            "assets",
            "a recorded chain, model or agent",
            (
                _SESSION,
                Column("time", "TIMESTAMP_NS", "when it was recorded"),
                Column("name", "VARCHAR", "its name"),
                Column("kind", "VARCHAR", "`serialized` or `source`"),
                Column("value", "JSON", "its description, or the text of the source file"),
                Column("graph", "JSON", "its nodes and edges, where it has a graph"),
            ),
        ),
        Table(
            "tokens",
            'a streamed token, where the recorder kept them (`stream="tokens"`)',
            (
                _SESSION,
                _TRACE,
                _RUN,
                Column("position", "BIGINT", "place in the stream of its run, from 0"),
                Column("time", "TIMESTAMP_NS", "when it came"),
                Column("since_start_ms", "DOUBLE", "start of the run to this token, milliseconds"),
                Column("text", "VARCHAR", "its text"),
            ),
        ),
        Table(
            "conversations",
            "a conversation: traces with the same `thread_id`, `session_id` or `conversation_id` in their metadata",
            (
                Column("conversation_id", "VARCHAR", "the id that the metadata names, the first of these three"),
                Column("project", "VARCHAR", "project of its sessions: projects share no conversation"),
                Column("user_id", "VARCHAR", "`user_id` of the metadata"),
                Column("session_ids", "VARCHAR[]", "sessions it went through"),
                Column("start_time", "TIMESTAMP_NS", "when its first trace started"),
                Column("end_time", "TIMESTAMP_NS", "when its last trace ended"),
                Column("traces", "BIGINT", "traces, which are the turns of most applications"),
                Column("runs", "BIGINT", "runs"),
                Column("llm_calls", "BIGINT", "LLM and chat model runs"),
                Column("tool_calls", "BIGINT", "tool runs"),
                Column("retrievals", "BIGINT", "retriever runs"),
                Column("errors", "BIGINT", "runs that failed"),
                *TOKENS,
                *TOTAL_COST,
            ),
        ),
        *TRACKER_TABLES,
        Table(
            "problems",
            "a line that could not be used",
            (
                Column("file", "VARCHAR", "file"),
                Column("line", "BIGINT", "line, from 1"),
                Column("byte_offset", "BIGINT", "where the line begins in the file"),
                Column("reason", "VARCHAR", "what is wrong with it"),
            ),
        ),
    )
}
"""Every table by name."""
