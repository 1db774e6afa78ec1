"""Annotate many documents, or one very long one, with each component, and measure the memory.

    python benchmarks/soak.py [--docs 200000] [--components bioner_crf ...] [--zones]
    python benchmarks/soak.py --long 1000000 --components bioner_crf bioner_bilstm_crf

Every text has five unique words, as a stream of abstracts has new numbers and names. spaCy's StringStore and Vocab keep
each of them permanently, which is not a leak of a component; so the growth of a pipeline with only the tokenizer, on
the same texts, is subtracted. With --zones each batch is read in ``nlp.memory_zone()``, which frees its words (but not
their slots in spaCy's hash tables, which double now and then).

Memory is what Python's objects take, and what else malloc has given out and not got back, as glibc counts it. Where
there is no glibc it is the resident memory, which also grows by fragmentation, some 100 bytes a document. oneDNN keeps
a kernel of about 28 kB for each shape of a transformer's batches, at most 1,024 (30 MB); here at most 64, so that this
cache, too, is full early.

The first quarter fills the caches; then the peak memory
of the last quarter is compared with that of the second. Fails above 40 bytes per document. With --long: the peak of one
document of this many tokens; fails above 4,000 bytes per token.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "tests" / part) for part in ("", "pipeline")]

from every_component import BUILDERS, blank, texts  # noqa: E402

BATCH, UNHEARD = 500, 5
EVERY = 5000
"""Documents between two measurements of the memory."""
BYTES_A_DOC, BYTES_A_TOKEN = 40, 4_000


_MALLINFO = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")


class _MallocInfo(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [(name, ctypes.c_size_t) for name in _MALLINFO]


def _glibc() -> Any:
    """Return the C library if it counts what it has given out (glibc from 2.33 on), else None."""
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallinfo2.restype = _MallocInfo
    except (OSError, AttributeError):
        return None
    return library


GLIBC = _glibc()


def memory() -> int:
    """Return the bytes of memory in use; see above."""
    if GLIBC is not None:
        info = GLIBC.mallinfo2()
        return info.uordblks + info.hblkhd + python_objects()
    return resident()


def python_objects() -> int:
    """Return the bytes of the objects in Python's own arenas, which do not come from malloc."""
    # Python prints its statistics to standard error, and tells them in no other way.
    with TemporaryFile() as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            sys._debugmallocstats()
        finally:
            os.dup2(before, 2)
            os.close(before)
        file.seek(0)
        (line,) = [line for line in file.read().decode().splitlines() if "bytes in allocated blocks" in line]
    return int(line.partition("=")[2].replace(",", ""))


def resident() -> int:
    """Return the bytes of the process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def batches(docs: int) -> Iterator[list[str]]:
    for seed, start in enumerate(range(0, docs, BATCH)):
        some = texts(min(BATCH, docs - start), seed + 1, new_words=True, sentences_each=1)
        yield [f"{text} {' '.join(f'n{start + i:x}q{k}' for k in range(UNHEARD))}" for i, text in enumerate(some)]


def grow(nlp: Language, docs: int, zones: bool) -> tuple[float, float, float]:
    """Return by how many bytes a document grew the process and the strings; seconds."""
    start = time.perf_counter()
    # A cache that is full starts anew, so that memory goes up and down: its peaks are compared, not two moments.
    peaks, strings, done = [0, 0, 0, 0], [0, 0, 0, 0], 0
    for some in batches(docs):
        with nlp.memory_zone() if zones else nullcontext():
            for _ in nlp.pipe(some):
                pass
        quarter = min(3, 4 * done // docs)
        done += len(some)
        if done % EVERY == 0:
            gc.collect()  # the more objects there are, the longer Python leaves garbage that refers to itself
            peaks[quarter] = max(peaks[quarter], memory())
            strings[quarter] = len(nlp.vocab.strings)
    return (peaks[3] - peaks[1]) / docs * 2, (strings[3] - strings[1]) / docs * 2, time.perf_counter() - start


def read_long(nlp: Language, tokens: int) -> tuple[float, float]:
    """Return the peak, in bytes a token, of tagging one document of so many tokens in sentences; seconds."""
    sentence = nlp.make_doc(" ".join(texts(1000, new_words=False)))
    words = [token.text for token in sentence]
    starts = [i == 0 or words[i - 1] == "." for i in range(len(words))]
    times = tokens // len(words) + 1
    doc = Doc(nlp.vocab, words=(words * times)[:tokens], sent_starts=(starts * times)[:tokens])
    gc.collect()
    before, start = resident(), time.perf_counter()
    for _, pipe in nlp.pipeline:
        pipe(doc)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return (peak - before) / tokens, time.perf_counter() - start


def build(name: str) -> Language:
    """Return a trained pipeline of one component; without a name the tokenizer alone."""
    if not name:
        return blank()
    with TemporaryDirectory() as folder:
        return BUILDERS[name](Path(folder))


def measure(name: str, docs: int, zones: bool) -> tuple[float, float, float]:
    return grow(build(name), docs, zones)


def measure_long(name: str, tokens: int) -> tuple[float, float]:
    return read_long(build(name), tokens)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=int, default=200_000, help="at least 20,000")
    parser.add_argument("--long", type=int, default=0, metavar="TOKENS")
    parser.add_argument("--zones", action="store_true")
    parser.add_argument("--components", nargs="*", default=list(BUILDERS), choices=list(BUILDERS))
    args = parser.parse_args()
    failed = False
    os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "64"
    # A process for each: one that follows another would grow into the memory which that one has freed.
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        if args.long:
            for name in args.components:
                peak, seconds = pool.apply(measure_long, (name, args.long))
                failed |= peak > BYTES_A_TOKEN
                print(f"{name:20} {args.long:,} tokens: {peak:.0f} bytes a token at most, {seconds:.0f} s", flush=True)
            return int(failed)
        tokenizer = pool.apply(measure, ("", args.docs, args.zones))
        print(f"{'the tokenizer alone':20} {tokenizer[0]:7.0f} bytes and {tokenizer[1]:.2f} new strings a document")
        for name in args.components:
            grown, strings, seconds = pool.apply(measure, (name, args.docs, args.zones))
            own = grown - tokenizer[0]
            failed |= own > BYTES_A_DOC
            print(
                f"{name:20} {grown:7.0f} bytes and {strings:.2f} new strings a document, {own:.0f} bytes of its own; "
                f"{args.docs} documents in {seconds:.0f} s",
                flush=True,
            )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
