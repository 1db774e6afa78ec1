"""Speed of BioTokenizer and NltkTokenizer beside spaCy's English tokenizer, on running text.

usage: python benchmarks/tokenizer_speed.py TEXT_FILE [LINES]

TEXT_FILE: one text a line, plain, .gz or .xz; the first LINES (default 60,000) are read. The tokenizers take turns
five times over the same lines. The first round, with empty caches, is shown and the ratio is that of the best later
rounds. Fails if BioTokenizer is slower than English.
"""

from __future__ import annotations

import gzip
import lzma
import sys
import time
from itertools import islice
from pathlib import Path

import spacy

TOKENIZERS = {
    "English": None,
    "BioTokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"},
    "NltkTokenizer": {"@tokenizers": "spacy-bioner.NltkTokenizer.v1"},
}


def read_lines(path: Path, count: int) -> list[str]:
    opener = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8") as file:
        return [line.rstrip("\n") for line in islice(file, count)]


def main(path: Path, count: int) -> int:
    lines = read_lines(path, count)
    characters = sum(map(len, lines))
    print(f"{len(lines)} lines, {characters / 1e6:.1f} M characters; M characters/s, by round")
    pipelines = {
        name: spacy.blank("en", config={"nlp": {"tokenizer": config}} if config else {})
        for name, config in TOKENIZERS.items()
    }
    speeds: dict[str, list[float]] = {name: [] for name in pipelines}
    for _ in range(5):
        for name, nlp in pipelines.items():
            start = time.perf_counter()
            for line in lines:
                nlp.tokenizer(line)
            speeds[name].append(characters / (time.perf_counter() - start) / 1e6)
    for name, rounds in speeds.items():
        first, later = (rounds[0] / speeds["English"][0], max(rounds[1:]) / max(speeds["English"][1:]))
        shown = " ".join(f"{speed:6.2f}" for speed in rounds)
        print(f"{name:14} {shown}   against English: first round {first:.2f}, later rounds {later:.2f}")
    return int(max(speeds["BioTokenizer"][1:]) < max(speeds["English"][1:]))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 60_000))
