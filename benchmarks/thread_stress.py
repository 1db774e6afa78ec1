"""Use one pipeline from several threads at once, as a web service does, and count the documents annotated differently.

    python benchmarks/thread_stress.py [--docs 10000] [--threads 8] [--components bioner_crf ...]

Each component is trained on invented sentences. One thread annotates all texts by a fresh copy of the pipeline; then
the threads share another fresh copy, each with its part of the texts, one text at a time; then one thread annotates
texts with that copy again, which shows caches that the threads corrupted. Fails unless all agree.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from spacy.language import Language

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / part) for part in ("", "pipeline")]

from every_component import BUILDERS, reload, result, texts  # noqa: E402


def annotate(nlp: Language, some: list[str]) -> list[Any]:
    found = []
    for text in some:
        try:
            found.append(result(nlp(text)))
        except Exception as error:  # counted as a wrong document, by its name
            found.append(f"{type(error).__name__}: {error}"[:90])
    return found


def stress(nlp: Language, some: list[str], threads: int) -> tuple[int, int, list[str], float, float]:
    """Return the wrong documents of the threads, those of one thread afterwards, the errors, and the seconds."""
    sys.setswitchinterval(1e-5)
    alone, shared = reload(nlp), reload(nlp)
    start = time.perf_counter()
    expected = annotate(alone, some)
    middle = time.perf_counter()
    parts = [some[i::threads] for i in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        together: list[Any] = [None] * len(some)
        for i, found in enumerate(pool.map(lambda part: annotate(shared, part), parts)):
            together[i::threads] = found
    end = time.perf_counter()
    later = some[:: max(1, len(some) // 1000)]
    after = annotate(shared, later)
    wrong = sum(found != right for found, right in zip(together, expected, strict=True))
    wrong_after = sum(found != expected[some.index(text)] for found, text in zip(after, later, strict=True))
    errors = sorted({found for found in together if isinstance(found, str)})
    return wrong, wrong_after, errors, middle - start, end - middle


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--components", nargs="*", default=list(BUILDERS), choices=list(BUILDERS))
    args = parser.parse_args()
    failed = 0
    for name in args.components:
        with TemporaryDirectory() as folder:
            nlp = BUILDERS[name](Path(folder))
            wrong, after, errors, alone, together = stress(nlp, texts(args.docs, new_words=True), args.threads)
        failed += wrong + after
        print(
            f"{name:20} {wrong} of {args.docs} documents wrong over {args.threads} threads, {after} afterwards; "
            f"{alone:.1f} s in one thread, {together:.1f} s in all",
            flush=True,
        )
        for error in errors[:3]:
            print(f"    {error}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
