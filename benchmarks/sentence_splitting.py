"""Sentence boundaries against a corpus whose sentences are known, beside spaCy's sentencizer.

usage: python benchmarks/sentence_splitting.py CONLL_FILE

CONLL_FILE: one token a line, blank lines between sentences, -DOCSTART- between documents (JNLPBA, whose sentences
were made by hand). The first sentence of a document is not counted. Fails unless our F1 is the higher one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import spacy

from spacy_bioner.tokenizers.sentences import sentence_spans

Splitter = Callable[[str], list[tuple[int, int]]]
NO_SPACE_BEFORE = {*".,;:)]}%?!'", "'s", "''", "..."}
NO_SPACE_AFTER = {*"([{", "``"}


def documents(path: Path) -> Iterator[tuple[str, list[int]]]:
    """Yield the text of each document, spaced as in print, and where its sentences start."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    text, starts = "", []
    for block in blocks:
        tokens = [line.split("\t")[0] for line in block.splitlines() if line.strip()]
        if tokens and tokens[0] == "-DOCSTART-":
            if text:
                yield text, starts
            text, starts = "", []
            tokens = tokens[1:]
        if tokens:
            text += " " if text else ""
            starts.append(len(text))
            text += joined(tokens)
    if text:
        yield text, starts


def joined(tokens: list[str]) -> str:
    text = tokens[0]
    for previous, token in pairwise(tokens):
        text += token if token in NO_SPACE_BEFORE or previous in NO_SPACE_AFTER else f" {token}"
    return text


def measure(path: Path, split: Splitter) -> tuple[float, float, float]:
    """Return precision, recall and F1 of sentence starts inside documents."""
    found = gold = both = 0
    for text, starts in documents(path):
        ours, theirs = {start for start, _ in split(text)} - {0}, set(starts) - {0}
        found += len(ours)
        gold += len(theirs)
        both += len(ours & theirs)
    return both / found, both / gold, 2 * both / (found + gold)


def sentencizer() -> Splitter:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    return lambda text: [(sent.start_char, sent.end_char) for sent in nlp(text).sents]


def main(path: Path) -> int:
    scores = {}
    for name, split in (("bioner_sentences", sentence_spans), ("sentencizer", sentencizer())):
        start = time.perf_counter()
        precision, recall, scores[name] = measure(path, split)
        seconds = time.perf_counter() - start
        print(f"{name:18} P {precision:.4f}  R {recall:.4f}  F1 {scores[name]:.4f}  ({seconds:.1f} s)")
    return int(scores["bioner_sentences"] <= scores["sentencizer"])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
