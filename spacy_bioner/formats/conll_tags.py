"""The tags of column files: detection of their scheme, and decoding to spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from ..errors import BionerError
from ..tags import MISSING, OUTSIDE, SCHEMES, decode, follows, tag_set
from .conll_rows import TAG, Sentence
from .problems import ProblemLog


def detect_scheme(sentences: Iterable[Sentence]) -> str:
    """Return the scheme under which the fewest tags are illegal; at a tie BIO, then in the order of SCHEMES."""
    # A scheme is a rule about neighbours, so the distinct pairs of neighbours with their counts are all it takes.
    pairs: Counter[tuple[str | None, str | None]] = Counter()
    for sentence in sentences:
        if sentence.tags.count(OUTSIDE) < len(sentence.tags):
            pairs.update(pairwise([None, *(tag or OUTSIDE for tag in sentence.tags), None]))

    def faults(scheme: str) -> int:
        return sum(count for pair, count in pairs.items() if not is_legal(pair, scheme))

    return min(("BIO", *SCHEMES), key=faults)


def is_legal(pair: tuple[str | None, str | None], scheme: str) -> bool:
    """Return whether the second tag is in the scheme and may follow the first; None is the start or the end."""
    letters = {tag[0] for tag in tag_set("X", scheme)} | {MISSING}
    return (pair[1] is None or pair[1][:1] in letters) and follows(*pair, scheme)


class TagReader:
    """Decodes the tags of a file; each distinct tag and each distinct pair of neighbours is checked once."""

    def __init__(self, path: Path, report: ProblemLog, scheme: str, label: str | None) -> None:
        self.path, self.report, self.scheme, self.label = path, report, scheme, label
        self.untyped = False
        self.typed = {OUTSIDE: OUTSIDE, MISSING: MISSING}
        self.legal: dict[tuple[str | None, str | None], bool] = {}

    def interpret(self, sentence: Sentence) -> bool:
        """Set the sentence's spans; return whether its tags are valid."""
        if sentence.tags.count(OUTSIDE) == len(sentence.tags):
            return True
        for i, tag in enumerate(sentence.tags):
            if tag not in self.typed and not self._learn(tag, sentence.line + i):
                return False
        tags = [self.typed[tag] for tag in sentence.tags]
        if MISSING in tags:
            self.report.note("B150", self.path, sentence.line, count=tags.count(MISSING))
        for i, pair in enumerate(pairwise([None, *tags, None])):
            if pair not in self.legal:
                self.legal[pair] = is_legal(pair, self.scheme)
            if not self.legal[pair]:
                sentence.illegal = True
                before, tag = pair[0] or "the start", pair[1] or "the end"
                line = sentence.line + min(i, len(tags) - 1)
                self.report.note("B146", self.path, line, previous=before, tag=tag, scheme=self.scheme)
        sentence.spans = decode(tags, self.scheme)
        return True

    def _learn(self, tag: str, line: int) -> bool:
        if not TAG.fullmatch(tag):
            self.report.add("B144", self.path, line, tag=tag)
            return False
        if len(tag) == 1 and self.label is None:
            raise BionerError("B145", where=f"{self.path}:{line}", tag=tag)
        self.untyped = self.untyped or len(tag) == 1
        self.typed[tag] = tag if len(tag) > 1 else f"{tag}-{self.label}"
        return True
