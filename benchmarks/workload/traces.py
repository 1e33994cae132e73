"""Traces as an application makes them: a completion chain, retrieval, and an agent with tools, some of which fail.

Each is a generator of events without their place in a segment; which of their messages become blobs follows what the
recorder does. A seeded generator of random numbers decides everything, so that equal seeds make equal logs.
"""

import random
import uuid
from collections.abc import Callable, Generator, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

__all__ = ["TRACES", "Recording"]

Event = dict[str, Any]

_TEXT = (
    "sensor reading courier shipment valve pressure report answer question deploy summary model archive turbine "
    "bearing station window signal record engine budget review chapter garden painter robot dream harbour winter "
    "number engineer measure compare the a of and to in that with for under over before after between several"
)
_WORDS = _TEXT.split()
_SERIALIZED = {"lc": 1, "type": "not_implemented", "id": ["langchain", "llms", "Scripted"], "name": "Scripted"}
_PARAMS = {"model_name": "scripted-instruct-1", "temperature": 0.0, "_type": "scripted", "stop": None}
_CHAT_PARAMS = {"model": "scripted-chat-1", "temperature": 0.2, "_type": "scripted-chat", "stop": None}
_STEP_NS = 300_000


class Recording:
    """What one recorder knows: the clock, the session, and the blobs of the segment it writes.

    Args:
        choose: Makes all choices.
        now: Unix time of the first event, in nanoseconds.
    """

    def __init__(self, choose: random.Random, now: int) -> None:
        self.choose = choose
        self.now = now
        self.session_id = ""
        self.blobs: set[str] = set()
        # Building texts word by word would take longer than everything else.
        self._sentences = [" ".join(choose.choices(_WORDS, k=choose.randint(6, 18))) + "." for _ in range(2_000)]

    def text(self, sentences: int) -> str:
        """Give some sentences."""
        return " ".join(self.choose.choices(self._sentences, k=sentences))

    def uuid(self) -> str:
        """Give a new id."""
        return str(uuid.UUID(int=self.choose.getrandbits(128), version=4))

    def event(self, kind: str, run: "Run | None" = None, /, **fields: Any) -> Event:
        """Give an event of a run, a little later than the one before."""
        self.now += self.choose.randint(1, _STEP_NS)
        made: Event = {"ts": self.now, "event": kind, "session_id": self.session_id}
        if run is not None:
            made |= {"trace_id": run.trace_id, "run_id": run.run_id}
            if run.parent:
                made["parent_run_id"] = run.parent
        return made | fields

    def blob(self, value: Any) -> tuple[list[Event], dict[str, Any]]:
        """Give the line that holds a value, if the segment has none yet, and the reference to it."""
        digest = blake2b(orjson.dumps(value), digest_size=16).hexdigest()
        if digest in self.blobs:
            return [], {"$blob": digest}
        self.blobs.add(digest)
        return [{"ts": self.now, "event": "blob", "digest": digest, "value": value}], {"$blob": digest}


class Run(NamedTuple):
    """Ids of a run."""

    run_id: str
    trace_id: str
    parent: str | None

    @classmethod
    def root(cls, recording: Recording) -> "Run":
        """Give the run that a trace begins with."""
        run_id = recording.uuid()
        return cls(run_id, run_id, None)

    def child(self, recording: Recording) -> "Run":
        """Give a run within this one."""
        return Run(recording.uuid(), self.trace_id, self.run_id)


def _started(recording: Recording, kind: str, run: Run, called: str, **fields: Any) -> Event:
    tags = {"tags": [f"seq:step:{recording.choose.randint(1, 3)}"]} if run.parent else {}
    metadata = {"metadata": {"user": f"u{recording.choose.randint(1, 50)}", "lc_versions": {"langchain-core": "1.7.2"}}}
    return recording.event(kind, run, name=called, **tags, **metadata, thread=139674253036416, **fields)


def _error(kind: str, message: str) -> dict[str, str]:
    return {"type": kind, "message": message, "traceback": f"Traceback (most recent call last):\n{kind}: {message}\n"}


def _usage(prompt: str, answer: str) -> dict[str, int]:
    given, made = len(prompt) // 4, len(answer) // 4
    return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}


def completion(recording: Recording) -> Iterator[Event]:
    """A prompt template and a completion model in a chain; one in fifty calls fails."""
    root = Run.root(recording)
    model = root.child(recording)
    title, prompt, answer = recording.text(1), recording.text(28), recording.text(24)
    yield _started(recording, "chain_start", root, "synopsis", inputs={"title": title})
    yield _started(recording, "llm_start", model, "Scripted", serialized=_SERIALIZED, prompts=[prompt], params=_PARAMS)
    if recording.choose.random() < 0.02:  # noqa: PLR2004  # one in fifty
        error = _error("TimeoutError", "the model did not answer")
        yield recording.event("llm_error", model, error=error)
        yield recording.event("chain_error", root, error=error)
        return
    output = {"token_usage": _usage(prompt, answer), "model_name": "scripted-instruct-1"}
    generation = {"text": answer, "generation_info": {"finish_reason": "stop"}, "type": "Generation"}
    yield recording.event("llm_end", model, generations=[[generation]], llm_output=output)
    yield recording.event("chain_end", root, outputs={"text": answer})


def retrieval(recording: Recording) -> Iterator[Event]:
    """A question answered from documents."""
    root = Run.root(recording)
    search, template, model = (root.child(recording) for _ in range(3))
    question = recording.text(1)
    documents: list[dict[str, Any]] = [
        {"id": None, "metadata": {"source": f"{place}.md"}, "page_content": recording.text(8), "type": "Document"}
        for place in range(3)
    ]
    prompt = "\n".join([question, *(document["page_content"] for document in documents)])
    yield _started(recording, "chain_start", root, "handbook", inputs=question)
    yield _started(recording, "retriever_start", search, "KeywordRetriever", query=question)
    yield recording.event("retriever_end", search, documents=documents)
    yield _started(recording, "chain_start", template, "prompt", run_type="prompt", inputs={"question": question})
    blobs, message = recording.blob(_message("human", prompt))
    yield from blobs
    yield recording.event("chain_end", template, outputs={"messages": [message]})
    yield from _chat(recording, model, [message], (prompt, recording.text(8)), [])
    yield recording.event("chain_end", root, outputs=recording.text(8))


def agent(recording: Recording) -> Iterator[Event]:
    """Several turns of a chat model and the tools it asks for; one tool in twenty fails."""
    root = Run.root(recording)
    history: list[dict[str, Any]] = []
    for kind, length in (("system", 3), ("human", 2)):
        blobs, message = recording.blob(_message(kind, recording.text(length)))
        yield from blobs
        history.append(message)
    yield _started(recording, "chain_start", root, "adviser", inputs={"messages": history[1:]})
    for _ in range(recording.choose.randint(1, 5)):
        call = {"name": "search", "args": {"query": recording.text(1)}, "id": recording.uuid(), "type": "tool_call"}
        model, tool = root.child(recording), root.child(recording)
        said = recording.text(3)
        answers = yield from _chat(recording, model, history, (said, said), [call])
        yield _started(
            recording, "tool_start", tool, "search", input_str=str(call["args"]), inputs=call["args"],
            tool_call_id=call["id"], serialized={"name": "search", "description": "Finds answers."},
        )  # fmt: skip
        if recording.choose.random() < 0.05:  # noqa: PLR2004  # one in twenty
            yield recording.event("tool_error", tool, error=_error("ValueError", "nothing found"))
            yield recording.event("chain_error", root, error=_error("ValueError", "nothing found"))
            return
        found = _message("tool", recording.text(12), tool_call_id=call["id"], status="success")
        blobs, message = recording.blob(found)
        yield from blobs
        yield recording.event("tool_end", tool, output=message)
        history += [answers, message]
    model = root.child(recording)
    answer = yield from _chat(recording, model, history, ("", recording.text(10)), [])
    yield recording.event("chain_end", root, outputs={"messages": [*history[1:], answer]})


def _message(kind: str, content: str, **fields: Any) -> dict[str, Any]:
    return {
        "content": content, "additional_kwargs": {}, "response_metadata": {}, "type": kind, "name": None, "id": None,
        **fields,
    }  # fmt: skip


def _chat(
    recording: Recording,
    run: Run,
    messages: list[dict[str, Any]],
    said: tuple[str, str],
    calls: list[dict[str, Any]],
) -> Generator[Event, None, dict[str, Any]]:
    """Give a chat model's run, which is asked one text and says another; returns the reference to its answer."""
    prompt, text = said
    yield _started(
        recording, "chat_model_start", run, "ScriptedChat",
        serialized=_SERIALIZED, messages=[messages], params=_CHAT_PARAMS,
    )  # fmt: skip
    counts = _usage(prompt, text)
    usage = {"input_tokens": counts["prompt_tokens"], "output_tokens": counts["completion_tokens"]}
    answer = _message(
        "ai", text, id=f"lc_run--{run.run_id}", tool_calls=calls, invalid_tool_calls=[],
        usage_metadata={**usage, "total_tokens": counts["total_tokens"], "input_token_details": {"cache_read": 8}},
        response_metadata={"finish_reason": "stop", "model_name": "scripted-chat-1"},
    )  # fmt: skip
    blobs, reference = recording.blob(answer)
    yield from blobs
    generation = {"text": text, "generation_info": None, "type": "ChatGeneration", "message": reference}
    streamed = {"first_token_ts": recording.now + 1, "chunks": 12} if recording.choose.random() < 0.5 else None  # noqa: PLR2004  # half of them
    stream = {"stream": streamed} if streamed else {}
    yield recording.event("llm_end", run, generations=[[generation]], **stream)
    return reference


TRACES: tuple[tuple[Callable[[Recording], Iterator[Event]], int], ...] = (
    (completion, 5),
    (retrieval, 2),
    (agent, 2),
)
"""Kinds of traces, and how often each is met."""
