"""The page of a report: a frame that our scripts fill in, and a policy that lets nothing else run or load.

Nothing from logs is in it: data come as pieces, and the scripts put them on the page as text.
"""

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

__all__ = ["folder_files", "folder_page", "single_page"]

SCRIPTS = (
    "load.js", "dom.js", "form.js", "plot.js", "route.js", "rows.js", "overview.js", "index.js", "order.js",
    "traces.js", "waterfall.js", "trace.js", "details.js", "events.js", "messages.js", "values.js", "model.js",
    "tables.js", "compare.js", "start.js",
)  # fmt: skip
"""Our scripts, in the order in which they run."""
STYLE = "report.css"

_POLICY = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; frame-src {frames}; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def folder_files() -> dict[str, bytes]:
    """Give the scripts and the style by name."""
    folder = files("lctrack_analysis.report") / "app"
    return {name: (folder / name).read_bytes() for name in (*SCRIPTS, STYLE)}


def folder_page() -> bytes:
    """Make the page of a report that is a folder."""
    policy = _POLICY.format(scripts="'self'", styles="'self'", frames="'self'")
    return _page(policy=policy, scripts=SCRIPTS, style_file=STYLE, style=None, code=None, pieces={})


def single_page(pieces: dict[str, str]) -> bytes:
    """Make a report of one page.

    Args:
        pieces: Data by name, as JSON that is safe within a page.
    """
    found = {name: content.decode() for name, content in folder_files().items()}
    # The parser gives scripts and styles between these line breaks; the policy allows just them.
    code, style = "\n" + "\n".join(found[name] for name in SCRIPTS), "\n" + found[STYLE]
    policy = _POLICY.format(scripts=_digest(code), styles=_digest(style), frames="'none'")
    return _page(policy=policy, scripts=(), style_file=None, style=style, code=code, pieces=pieces)


def _page(**values: Any) -> bytes:
    environment = Environment(
        loader=PackageLoader("lctrack_analysis.report", "app"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("page.html.j2").render(**values).encode()


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
