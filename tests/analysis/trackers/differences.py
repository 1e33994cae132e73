"""Every difference between our tables and those of LangChain's tracker handlers, as the documentation lists them."""

from collections.abc import Callable
from typing import NamedTuple

from lctrack_analysis.complexity import METRICS
from tests.analysis.trackers.compare import ABSENT, FIELD, MISSING, PAIR, TABLE, UNKEPT, Seen
from tests.analysis.trackers.live import COUNTERS

ALL = ("ClearML", "MLflow", "SageMaker", "W&B")
_WITHOUT_RETRIEVERS = ("ClearML", "SageMaker", "W&B")
_BY_KEY = ("ClearML", "W&B")
_PAIRING = ("MLflow", "W&B")
_METRICS = tuple(metric.name for metric in METRICS)
_STEPS = ("prompt_step", "output_step")
_TOKENS = tuple(f"token_usage_{kind}_tokens" for kind in ("total", "prompt", "completion"))


class Difference(NamedTuple):
    """One difference: a row of the documentation."""

    trackers: tuple[str, ...]
    theirs: str
    ours: str
    is_it: Callable[[Seen], bool]

    def explains(self, seen: Seen) -> bool:
        """Tell whether something that was seen is this difference."""
        return seen.tracker in self.trackers and self.is_it(seen)


def _field(*actions: str, fields: tuple[str, ...] = ()) -> Callable[[Seen], bool]:
    return lambda seen: seen.what == FIELD and seen.action in actions and seen.field in fields


def _undescribed(seen: Seen) -> bool:
    """Tell whether a component came without a description, as most do today."""
    return seen.action.endswith("_start") and not {"lc", "id", "description"} & seen.record.keys()


def _is_message(seen: Seen) -> bool:
    return seen.field.startswith("message_") and seen.theirs == ABSENT


def _of_retrieval(seen: Seen) -> bool:
    return (
        (seen.what == MISSING and seen.action.startswith("on_retriever_"))
        or (seen.what == FIELD and seen.field in ("retriever_starts", "retriever_ends") and seen.theirs == ABSENT)
        or (seen.what == FIELD and seen.field in COUNTERS and seen.theirs == seen.ours - _retrievals(seen))
        or (seen.what == PAIR and seen.field in _STEPS and seen.after_retrieval)
    )


def _retrievals(seen: Seen) -> int:
    """Count what a counter counted of retrievers so far."""
    started, ended = int(seen.record["retriever_starts"]), int(seen.record["retriever_ends"])
    failed = started - ended  # in these scenarios none is at work while another event comes
    return {"step": 2 * started, "starts": started, "ends": ended, "errors": failed}.get(seen.field, 0)


RECORDS = (
    Difference(
        ALL,
        "an error only raises the counter `errors`",
        "a record too: `on_llm_error`, `on_chain_error`, … with `error_type` and `error_message`",
        lambda seen: seen.what == MISSING and seen.action.endswith("_error"),
    ),
    Difference(
        ALL,
        "a component without a description (`serialized` is `None`, as of most today) raises: no record of its start",
        "a record with the name of the run",
        lambda seen: seen.what == MISSING and _undescribed(seen),
    ),
    Difference(
        ALL,
        "a description without a `name` gives a record without one",
        "the name of the run, else the last part of `id`",
        lambda seen: seen.what == FIELD and seen.field == "name" and seen.theirs == ABSENT,
    ),
    Difference(
        ALL,
        "a record for each streamed token",
        'a record for each where tokens were kept (`stream="tokens"`); else they are counted at the end of the call',
        lambda seen: seen.what == UNKEPT and seen.action == "on_llm_new_token",
    ),
    Difference(
        _WITHOUT_RETRIEVERS,
        "retrievers are neither counted nor kept",
        "both, as MLflow's handler does it: `retriever_starts`, `retriever_ends`, and `step`, `starts`, `ends` rise",
        _of_retrieval,
    ),
    Difference(
        ("MLflow", "SageMaker"),
        "the prompt is called `prompt`",
        "`prompts`, as with the others",
        _field("on_llm_start", fields=("prompt",)),
    ),
    Difference(
        ALL,
        "tool calls in a prompt of chat messages are a Python list of dicts behind the text",
        "`name(arguments)`, the arguments as JSON",
        lambda seen: _field("on_llm_start", fields=("prompts",))(seen) and "[{'name'" in str(seen.theirs),
    ),
    Difference(
        ("ClearML", "MLflow", "W&B"),
        "of a generated message only what every message has: no tool calls, no tokens",
        "all of it: `message_tool_calls`, `message_usage_metadata_input_tokens`, …",
        lambda seen: _field("on_llm_end", fields=(seen.field,))(seen) and _is_message(seen),
    ),
    Difference(
        ("ClearML", "MLflow", "W&B"),
        "the complexity metrics of an answer are in its record, where they are asked for",
        "in its rows of `session_analysis` and `generations`, always",
        lambda seen: _field("on_llm_end", fields=_METRICS)(seen) and seen.ours == ABSENT,
    ),
    Difference(
        ("SageMaker",),
        "the record of an answer lacks the answer",
        "`text`, `type`, `generation_info_…`, `message_…`",
        lambda seen: (
            _field("on_llm_end", fields=(seen.field,))(seen)
            and (seen.field in ("text", "type") or seen.field.startswith(("generation_info_", "message_")))
            and seen.theirs == ABSENT
        ),
    ),
    Difference(
        _BY_KEY,
        "inputs of a chain without text or a list of dicts under `input` (ClearML: or `human_input`) raise: no record",
        "all inputs, as JSON; of a list, a record for each item",
        lambda seen: seen.what == MISSING and seen.action == "on_chain_start" and not _undescribed(seen),
    ),
    Difference(
        ("MLflow", "SageMaker"),
        "the inputs of a chain are one text, `inputs`: `key=value,…` (SageMaker: any but a dict raise)",
        "`input`: the value of `input` or `human_input`, else all inputs, as JSON; of a list, a record for each item",
        lambda seen: (
            (
                seen.what == FIELD
                and seen.action == "on_chain_start"
                and ABSENT in (seen.theirs, seen.ours)
                and seen.field not in COUNTERS
                and not seen.field.startswith("retriever_")
                and seen.field != "name"
            )
            or (seen.what == MISSING and seen.action == "on_chain_start" and not _undescribed(seen))
        ),
    ),
    Difference(
        ("ClearML",),
        "outputs of a chain under other keys than `output` and `text` are lost, and any but a dict raise",
        "all outputs, as JSON",
        lambda seen: (
            (_field("on_chain_end", fields=("outputs",))(seen) and seen.theirs is None)
            or (seen.what == MISSING and seen.action == "on_chain_end")
        ),
    ),
    Difference(
        ("W&B",),
        "outputs of a chain under another key than `output` raise: no record",
        "`text`, else all outputs, as JSON",
        lambda seen: seen.what == MISSING and seen.action == "on_chain_end",
    ),
    Difference(
        ("MLflow", "SageMaker"),
        "the outputs of a chain are `key=value,…` (SageMaker: any but a dict raise)",
        "the value of `output` or `text`, else all outputs, as JSON",
        lambda seen: (
            _field("on_chain_end", fields=("outputs",))(seen)
            or (seen.tracker == "SageMaker" and seen.what == MISSING and seen.action == "on_chain_end")
        ),
    ),
    Difference(
        ALL,
        "a tool that returns a message gives the message's representation in Python",
        "its content",
        lambda seen: _field("on_tool_end", fields=("output",))(seen) and "content=" in str(seen.theirs),
    ),
    Difference(
        ("MLflow",),
        "documents have a text, and metadata turned into text",
        "documents as they are",
        _field("on_retriever_end", fields=("documents",)),
    ),
)
"""Differences of `action_records`."""

PAIRS = (
    Difference(
        _PAIRING,
        "prompts and answers meet by position: calls that overlap or fail, and calls with several prompts or answers,"
        " are mixed up",
        "they meet by run id and place in the call",
        lambda seen: (
            seen.what == PAIR
            and seen.field in ("prompt_step", "prompts", "chat_html", "name")
            and seen.theirs not in (ABSENT, seen.ours)
            and seen.their_record["prompt_step"] != seen.record["prompt_step"]
            and not seen.after_retrieval
        ),
    ),
    Difference(
        ("ClearML",),
        "no prompts, no names, no `chat_html`; `prompt_step` is the step of the answer",
        "all of them",
        lambda seen: (
            seen.what == PAIR
            and (
                (seen.field in ("prompts", "name", "chat_html") and seen.theirs == ABSENT)
                or (seen.field == "prompt_step" and seen.theirs == seen.their_record["output_step"])
            )
        ),
    ),
    Difference(
        ("SageMaker",),
        "no such table",
        "the table",
        lambda seen: seen.what == TABLE,
    ),
    Difference(
        _PAIRING,
        "no table where columns are missing (W&B: tokens, names) or where there are more or fewer prompts than answers",
        "the table, with nulls",
        lambda seen: seen.what == TABLE,
    ),
    Difference(
        ("ClearML",),
        "no row for a call that failed (MLflow and W&B: no table, see above)",
        "a row with the prompt, what had been streamed, `error_type` and `error_message`",
        lambda seen: seen.what == PAIR and seen.field == "row" and seen.ours["error_type"] is not None,
    ),
    Difference(
        ("ClearML", "MLflow", "W&B"),
        "a column of tokens is left out where one row lacks them; tokens in a message's `usage_metadata` are not seen",
        "the tokens that each call told, wherever it did",
        lambda seen: seen.what == PAIR and seen.field in _TOKENS and seen.theirs == ABSENT,
    ),
    Difference(
        ("ClearML", "MLflow", "W&B"),
        "tokens of a call with several answers stand in each of their rows, and the column cannot be summed",
        "in the first of its rows",
        lambda seen: seen.what == PAIR and seen.field in _TOKENS and seen.ours is None,
    ),
    Difference(
        _PAIRING,
        "`chat_html` is made of the texts as they are: markup and scripts in them come to life",
        "all text is escaped, control characters are replaced",
        lambda seen: seen.what == PAIR and seen.field == "escaped",
    ),
    Difference(
        _PAIRING,
        "tool calls are missing in the answer, and in prompts they are a Python list",
        "`name(arguments)` in both",
        lambda seen: seen.what == PAIR and seen.field in ("prompts", "chat_html") and "({" in str(seen.ours),
    ),
)
"""Differences of `session_analysis`."""

DIFFERENCES = (*RECORDS, *PAIRS)


def table(differences: tuple[Difference, ...]) -> str:
    """Write differences as the documentation shows them."""
    rows = [
        f"| {'all' if each.trackers == ALL else ', '.join(each.trackers)} | {each.theirs} | {each.ours} |"
        for each in differences
    ]
    return "\n".join(["| handler | there | here |", "|---|---|---|", *rows]) + "\n"
