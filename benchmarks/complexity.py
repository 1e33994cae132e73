"""What the sixteen complexity metrics cost: lctrack against textstat called as the online trackers call it.

20,000 texts of 150 words of the CMU dictionary, the same in every run, in sentences of 5 to 25 words: once with every
word equally likely, once as in a language, where a word's frequency falls with its rank (Zipf 1949; exponent 1.1).
textstat is asked for all sixteen metrics of each text, one after the other, in one process, as the trackers do; it is
measured on a sample.

Each measurement is a process of its own that has loaded what it needs and measured something before the clock starts.
They take turns, and the fastest of the rounds counts, for other programs only ever slow one down. `one core` is bound
to one, `both cores` is a process and its worker. `again` asks a second time, in a new process, for texts whose metrics
are in the cache. Prints the times and the ratios: by the clock, and by the processor's time, which tells more on a
busy machine.
"""

import itertools
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEXTS, WORDS, SAMPLE, ROUNDS = 20_000, 150, 300, 3
EXPONENTS = {"every word equally likely": 0.0, "frequencies as in a language": 1.1}
KINDS = ("textstat", "one core", "both cores", "again")
WARM_UP = "This text is measured before the clock starts."


def texts(exponent: float, seed: int = 1, count: int = TEXTS) -> list[str]:
    """Make the texts."""
    from lctrack_analysis.complexity.dictionary import pronounced  # noqa: PLC0415  # only the measured processes need it

    source = random.Random(seed)  # noqa: S311  # texts, not secrets
    words = pronounced()["word"].to_list()
    random.Random(0).shuffle(words)  # noqa: S311  # likewise
    weights = list(itertools.accumulate(1 / rank**exponent for rank in range(1, len(words) + 1)))
    return [_text(source, words, weights) for _ in range(count)]


def _text(source: random.Random, words: list[str], weights: list[float]) -> str:
    sentences, left = [], WORDS
    while left:
        sentence = source.choices(words, cum_weights=weights, k=min(left, source.randint(5, 25)))
        left -= len(sentence)
        sentence[0] = sentence[0].capitalize()
        sentence[len(sentence) // 2] += source.choice(("", ","))
        sentences.append(f"{' '.join(sentence)}{source.choice('..?')}")
    return " ".join(sentences)


def with_textstat(exponent: float) -> dict[str, float]:
    """Measure a sample with textstat."""
    from lctrack_analysis.complexity import METRICS  # noqa: PLC0415  # only this process needs it
    from lctrack_analysis.complexity.reference import offer_dictionary  # noqa: PLC0415  # likewise

    offer_dictionary()
    from textstat import textstat  # noqa: PLC0415  # likewise

    methods = [getattr(textstat, metric.name) for metric in METRICS]
    sample = texts(exponent, count=SAMPLE)
    for method in methods:
        method(WARM_UP)
    began, cpu = time.perf_counter(), time.process_time()
    for text in sample:
        for method in methods:
            method(text)
    return {"wall": (time.perf_counter() - began) / SAMPLE, "cpu": (time.process_time() - cpu) / SAMPLE}


def with_lctrack(exponent: float, processes: int, cache: Path | None) -> dict[str, float]:
    """Measure all texts, then others, to see whether memory grows."""
    from lctrack_analysis.complexity import Meter  # noqa: PLC0415  # likewise

    given = texts(exponent)
    with Meter(processes=processes, cache=cache) as meter:
        meter.measure([WARM_UP] if processes == 1 else [f"{WARM_UP} {n}" * 300 for n in range(600)])
        began, cpu = time.perf_counter(), time.process_time()
        meter.measure(given)
        wall, cpu = (time.perf_counter() - began) / TEXTS, (time.process_time() - cpu) / TEXTS
        before = _megabytes()
        if cache is None and processes == 1:
            for seed in (2, 3):
                meter.measure(texts(exponent, seed))
    return {"wall": wall, "cpu": cpu, "megabytes": before, "megabytes_after_three": _megabytes()}


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(kind: str, exponent: float, cache: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "2" if kind == "both cores" else "1"}
    command = [sys.executable, __file__, kind, str(exponent), str(cache)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)  # noqa: S603  # this very file
    return dict(json.loads(done.stdout))


def measure(kind: str, exponent: float, cache: Path) -> dict[str, float]:
    """Measure in this process."""
    if kind != "both cores":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if kind == "textstat":
        return with_textstat(exponent)
    processes = len(os.sched_getaffinity(0)) if kind == "both cores" else 1
    return with_lctrack(exponent, processes, cache if kind == "again" else None)


def compare(exponent: float) -> None:
    """Measure one sort of texts and print."""
    with tempfile.TemporaryDirectory() as directory:
        cache = Path(directory)
        run("again", exponent, cache)  # fills the cache
        found: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
        for _, kind in itertools.product(range(ROUNDS), KINDS):
            found[kind].append(run(kind, exponent, cache))
    wall, cpu = ({kind: min(one[clock] for one in found[kind]) for kind in KINDS} for clock in ("wall", "cpu"))
    for kind in KINDS:
        shown = f"{kind:<12}{wall[kind] * 1e6:14.1f}{wall['textstat'] / wall[kind]:16.1f}"
        if kind != "both cores":  # where a clock of one process tells half
            shown += f"{cpu[kind] * 1e6:18.1f}{cpu['textstat'] / cpu[kind]:16.1f}"
        print(shown)
    last = found["one core"][-1]
    print(f"memory: {last['megabytes']:.0f} MB, {last['megabytes_after_three']:.0f} MB after three times as many texts")


def main() -> None:
    """Measure and print."""
    for name, exponent in EXPONENTS.items():
        print(f"\n{name}")
        print(f"{'':<12}{'µs per text':>14}{'times as fast':>16}{'µs of processor':>18}{'times as fast':>16}")
        compare(exponent)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        kind, exponent, cache = sys.argv[1:]
        print(json.dumps(measure(kind, float(exponent), Path(cache))))
    else:
        main()
