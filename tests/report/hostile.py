"""Texts that a page could obey, in every field of a log that holds text."""

from pathlib import Path
from typing import Any

from tests.analysis.writing import Line, event, numbered, segment_start, write

__all__ = ["PAYLOADS", "write_hostile_logs"]

MARK = "window.obeyed=1"
PAYLOADS = [
    f"<script>{MARK}</script>",
    f"</script><script>{MARK}</script>",
    f"<img src=x onerror={MARK}>",
    f'"><img src=x onerror={MARK}>',
    f"'><svg/onload={MARK}>",
    f"<svg><script>{MARK}</script></svg>",
    f"<svg><animate onbegin={MARK} attributeName=x dur=1s></svg>",
    f"<svg><use href=\"data:image/svg+xml,<svg id=x onload='{MARK}'/>#x\"></svg>",
    f"<iframe src=javascript:{MARK}></iframe>",
    f'<iframe srcdoc="<script>parent.{MARK}</script>"></iframe>',
    f"<body onload={MARK}>",
    f"<a href=javascript:{MARK}>x</a>",
    f"javascript:{MARK}",
    f"JaVaScRiPt:{MARK}",
    f"data:text/html,<script>{MARK}</script>",
    f"[x](javascript:{MARK})",
    f"![x](https://example.invalid/x.png?{MARK})",
    "https://example.invalid/x",
    "<img src=https://example.invalid/pixel.png>",
    "<link rel=stylesheet href=https://example.invalid/x.css>",
    "<style>@import 'https://example.invalid/x.css';*{display:none}</style>",
    "<style>body{background:url(https://example.invalid/x)}</style>",
    "<meta http-equiv=refresh content='0;url=https://example.invalid'>",
    "<base href=https://example.invalid/>",
    f"<form action=javascript:{MARK}><button>x</button></form>",
    f"<details open ontoggle={MARK}>",
    f"<input autofocus onfocus={MARK}>",
    f"<video><source onerror={MARK}></video>",
    f"<math><mtext></p><img src=x onerror={MARK}>",
    f"<!--><script>{MARK}</script>-->",
    f"]]><script>{MARK}</script>",
    "<template><script>x</script></template>",
    "&lt;script&gt;&#x6A;&#97;vascript&colon;",
    "&#60;img src=x onerror=window.obeyed=1&#62;",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}<%= 7*7 %>",
    "{{constructor.constructor('window.obeyed=1')()}}",
    "null \x00 byte \x01 bell \x07",
    "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "right \u202eot left\u202c \u2066x\u2069 \u200f",
    "lines \u2028 and \u2029 paragraphs",
    "\\u003cscript\\u003e \\' \\\" ');window.obeyed=1;('",
    f"'); {MARK}; //",
    f"`${{{MARK}}}`",
    "__proto__",
    "constructor",
    "../../../etc/passwd",
    "#/trace/x?run=<script>",
    "\ufffe\uffff \U0001f600 \U000e0041",
    "x" * 1_000_000,
]


def write_hostile_logs(path: Path) -> Path:
    """Write a log with a trace for each payload, which is in every field of it."""
    return write(
        path, *numbered([segment_start(), *[line for n, text in enumerate(PAYLOADS) for line in _trace(n, text)]])
    )


def _trace(number: int, text: str) -> list[Line]:
    run = text if len(text) < 1000 else "long"
    ids: dict[str, Any] = {"trace_id": run, "session_id": f"s {run}", "tags": [text], "metadata": {text[:1000]: text}}
    second = number * 10.0
    message = {"type": "human", "content": text, "name": text}
    answer = {"type": "ai", "content": text, "tool_calls": [{"name": text, "args": {text[:1000]: text}, "id": text}]}
    info = {"model_name": text, "finish_reason": text}
    document = {"page_content": text, "metadata": {"source": text}}
    nodes = [
        {"id": text, "type": text, "data": text},
        {"id": 1, "type": "runnable", "data": {"id": [text], "name": text}},
    ]
    serialized = {"lc": 1, "type": "constructor", "id": [text], "name": text, "kwargs": {text[:1000]: text}}
    graph = {"nodes": nodes, "edges": [{"source": text, "target": 1}]}
    labels = dict.fromkeys(("project", "name", "group", "entity", "job_type", "notes"), text)
    return [
        event("session_start", second, **ids, session={**labels, "tags": [text], "params": {text[:1000]: text}}),
        event("span_start", second, run_id=run, kind=text, name=text, inputs={"$pool": 0, text[:1000]: text}, **ids),
        event("chat_model_start", second + 1, run_id=f"{run} chat", parent_run_id=run, name=text, messages=[[message]],
              serialized=serialized, params={"model": text}, **ids),
        event("llm_end", second + 2, run_id=f"{run} chat",
              generations=[[{"text": text, "message": {**answer, "response_metadata": info}}]]),
        event("tool_start", second + 3, run_id=f"{run} tool", parent_run_id=run, name=text,
              inputs={text[:1000]: text}, **ids),
        event("tool_error", second + 4, run_id=f"{run} tool", error={"type": text, "message": text, "traceback": text}),
        event("retriever_start", second + 5, run_id=f"{run} find", parent_run_id=run, name=text, query=text, **ids),
        event("retriever_end", second + 6, run_id=f"{run} find", documents=[document]),
        event("score", second + 6, run_id=run, key=text, value=text, comment=text, **ids),
        event("asset", second + 6, name=text, kind="serialized", value=serialized, graph=graph, **ids),
        event("span_end", second + 7, run_id=run, outputs=text),
    ]  # fmt: skip
