"""What spaCy sees in generated texts: counts as columns, and displaCy's pictures as HTML files.

    logs = lctrack_analysis.load("logs", visualize=True)
    logs.draw().directory / logs.session_analysis["dependency_tree"][0]

`docs/pictures.md` tells more. spaCy is imported when there is a text that it has not seen, and never before.
"""

from lctrack_analysis.formats import MOST_DRAWN as MOST
from lctrack_analysis.pictures.columns import ANNOTATION, PICTURES

__all__ = ["ANNOTATION", "DEFAULT_MODEL", "MOST", "PICTURES"]

DEFAULT_MODEL = "en_core_web_sm"
"""The model that LangChain's trackers use."""
