"""What the installed textstat says, in as many processes as there are cores.

Run as a script: the texts come as JSON on standard input, the values leave as JSON on standard output.
"""

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from lctrack_analysis.complexity import METRICS
from lctrack_analysis.complexity.dictionary import DATA

NAMES = [metric.name for metric in METRICS]
Values = list[list[Any]]


def values(texts: Sequence[str], lang: str) -> Values:
    """Ask textstat itself: the sixteen values of each text, null where it raises."""
    import nltk
    import textstat

    if str(DATA) not in nltk.data.path:
        nltk.data.path.insert(0, str(DATA))
    measurer = type(textstat.textstat)()
    measurer.set_lang(lang)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [[_value(measurer, name, text) for name in NAMES] for text in texts]


def values_on_all_cores(texts: Mapping[str, Sequence[str]]) -> dict[str, Values]:
    """Do as `values` does, in several processes, for the texts of several languages."""
    workers = len(os.sched_getaffinity(0))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    running = []
    for number in range(workers):
        process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )
        assert process.stdin
        process.stdin.write(json.dumps({lang: given[number::workers] for lang, given in texts.items()}).encode())
        process.stdin.close()
        running.append(process)
    found: dict[str, Values] = {lang: [[] for _ in given] for lang, given in texts.items()}
    for number, process in enumerate(running):
        assert process.stdout
        for lang, part in json.load(process.stdout).items():
            found[lang][number::workers] = part
        assert process.wait() == 0
    return found


def _value(measurer: Any, name: str, text: str) -> Any:
    try:
        return getattr(measurer, name)(text)
    except Exception:  # noqa: BLE001  # whatever it raises
        return None


if __name__ == "__main__":
    json.dump({lang: values(given, lang) for lang, given in json.load(sys.stdin).items()}, sys.stdout)
