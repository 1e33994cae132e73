"""Token counts, model names and finish reasons, wherever a provider's integration puts them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lctrack_analysis.extract.values import as_count

__all__ = [
    "NO_USAGE",
    "Usage",
    "finish_reason",
    "model_of_answer",
    "model_of_params",
    "read_usage",
    "usage_of_prompt",
    "usage_of_run",
]


class Usage(NamedTuple):
    """Token counts, in the order of `columns.TOKENS`; None where nothing was said."""

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None


NO_USAGE = Usage()

# LangChain's usage_metadata, OpenAI's, Anthropic's and Google's own names, and those of lctrack's spans.
_INPUT = ("input_tokens", "prompt_tokens", "prompt_token_count", "input_token_count")
_OUTPUT = ("output_tokens", "completion_tokens", "candidates_token_count", "generated_token_count")
_TOTAL = ("total_tokens", "total_token_count")
_INPUT_DETAILS = ("input_token_details", "prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS = ("output_token_details", "completion_tokens_details", "output_tokens_details")
_CACHED = ("cache_read", "cached_tokens", "cache_read_input_tokens")
_CACHE_WRITE = ("cache_creation", "cache_write_tokens", "cache_creation_input_tokens")
_CACHE_WRITE_PARTS = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")  # by how long they stay
_REASONING = ("reasoning", "reasoning_tokens")
_BESIDE_INPUT = ("cache_read_input_tokens", "cache_creation_input_tokens")  # Anthropic's input_tokens leaves these out
_PLACES = ("token_usage", "usage", "usage_metadata")
_MODELS = ("model_name", "model", "model_id", "ls_model_name", "deployment_name", "azure_deployment")
_FINISHES = ("finish_reason", "stop_reason", "done_reason", "finishReason", "completion_reason")


def read_usage(counts: Any) -> Usage:
    """Read token counts from an object that holds them under any of the known names."""
    if not isinstance(counts, dict) or not counts:
        return NO_USAGE
    given, made, total = _first(counts, _INPUT), _first(counts, _OUTPUT), _first(counts, _TOTAL)
    if as_count(counts.get("input_tokens")) is not None:
        given = _sum((given, *(as_count(counts.get(name)) for name in _BESIDE_INPUT)))
    if total is None and given is not None and made is not None:
        total = _sum((given, made))
    return Usage(
        given,
        made,
        total,
        _detail(counts, _INPUT_DETAILS, _CACHED),
        _cache_write(counts),
        _detail(counts, _OUTPUT_DETAILS, _REASONING),
    )


def usage_of_prompt(answers: Sequence[Mapping[str, Any]]) -> list[Usage]:
    """Read the token counts of each answer to one prompt.

    Returns:
        Those of each; where several carry the same, these are of all of them together, and only the first has them.
    """
    usages = [_usage_of_answer(answer) for answer in answers]
    return [NO_USAGE if usage in usages[:place] else usage for place, usage in enumerate(usages)]


def usage_of_run(answers: list[Usage], llm_output: Any) -> Usage:
    """Sum what the generations of a run carry; where they carry nothing, read the run's `llm_output`."""
    if any(usage != NO_USAGE for usage in answers):
        return Usage(*(_sum(counts) for counts in zip(*answers, strict=True)))
    if isinstance(llm_output, dict):
        for place in _PLACES:
            usage = read_usage(llm_output.get(place))
            if usage != NO_USAGE:
                return usage
        return read_usage(llm_output)
    return NO_USAGE


def finish_reason(generation: Mapping[str, Any]) -> str | None:
    """Read why a generation stopped."""
    return next((reason for source in _carriers(generation) if (reason := _text(source, _FINISHES))), None)


def model_of_answer(generations: list[Mapping[str, Any]], llm_output: Any) -> str | None:
    """Read which model answered."""
    if isinstance(llm_output, dict) and (model := _text(llm_output, _MODELS)):
        return model
    sources = (source for generation in generations for source in _carriers(generation))
    return next((model for source in sources if (model := _text(source, _MODELS))), None)


def model_of_params(params: Any, metadata: Any) -> str | None:
    """Read which model was asked for."""
    for source in (params, metadata):
        if isinstance(source, dict) and (model := _text(source, _MODELS)):
            return model
    return None


def _usage_of_answer(generation: Mapping[str, Any]) -> Usage:
    for source in _carriers(generation):
        for place in _PLACES:
            if place in source and (usage := read_usage(source[place])) != NO_USAGE:
                return usage
    return NO_USAGE


def _carriers(generation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a generation in which integrations leave such things."""
    message = generation.get("message")
    if isinstance(message, dict):
        yield message
        if isinstance(message.get("response_metadata"), dict):
            yield message["response_metadata"]
    if isinstance(generation.get("generation_info"), dict):
        yield generation["generation_info"]


def _first(counts: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    for name in names:  # a generator would take as long as everything else here
        if name in counts and (count := as_count(counts[name])) is not None:
            return count
    return None


def _detail(counts: Mapping[str, Any], holders: tuple[str, ...], names: tuple[str, ...]) -> int | None:
    for holder in holders:
        details = counts.get(holder)
        if isinstance(details, dict) and (count := _first(details, names)) is not None:
            return count
    return _first(counts, names)


def _cache_write(counts: Mapping[str, Any]) -> int | None:
    """Read the tokens written to a cache, which LangChain gives as a whole or in parts, the whole then being 0."""
    whole = _detail(counts, _INPUT_DETAILS, _CACHE_WRITE)
    return whole or _sum(_detail(counts, _INPUT_DETAILS, (part,)) for part in _CACHE_WRITE_PARTS) or whole


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return as_count(sum(known)) if known else None


def _text(source: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if name in source and isinstance(text := source[name], str) and text:
            return text
    return None
