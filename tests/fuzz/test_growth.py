"""Twice the input takes about twice the time: of every reader, writer, tag scheme, span function and scorer.

Times are compared with one another, never with a clock: from a base size to eight times of it, the time may grow
24-fold (linear time grows 8-fold, quadratic time 64-fold). The best of some runs counts, as machines are shared.
"""

import time
from collections import Counter

import pytest
import spacy
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner import scoring, spans, tags
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, ade, brat, conll, docbin, jsonl, text
from spacy_bioner.formats.alignment import to_doc
from spacy_bioner.tokenizers.sentences import sentence_spans
from spacy_bioner.training.example_transforms import sentences
from spacy_bioner.training.vectors import read_word2vec

FACTOR, LIMIT = 8, 24
NLP = spacy.blank("xx")


def best(function, value):
    """Return the least processor time of three runs, and of more where they are short."""
    times, start = [], time.process_time()
    while len(times) < 3 or (len(times) < 20 and time.process_time() - start < 0.05):
        before = time.process_time()
        function(value)
        times.append(time.process_time() - before)
    return min(times)


def document(size):
    """A document of many sentences, with mentions side by side and nested, and relations between neighbours."""
    words = ["rash", "of", "skin", "."] * size
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word) + 1)
    tokens = [(end - len(word) - 1, end - 1) for word, end in zip(words, ends[1:], strict=True)]
    found, relations = [], []
    for i in range(size):
        start, end = tokens[4 * i][0], tokens[4 * i + 2][1]
        found.append(Mention(start, end, "A", id=f"T{2 * i + 1}"))
        found.append(Mention(start, start + 4, "B", id=f"T{2 * i + 2}"))
        relations.append(Relation("in", (("a", f"T{2 * i + 1}"), ("b", f"T{2 * i + 2}")), f"R{i + 1}"))
    return Document(" ".join(words), found, f"d{size}", tokens, list(range(0, len(words), 4)), relations=relations)


def flat(size):
    result = document(size)
    result.mentions, result.relations = result.mentions[::2], []
    return result


def columns(size, path):
    path.write_text("a\tB-X\nb\tI-X\nc\tO\n\n" * size)
    return path


def example(size):
    doc = to_doc(document(size), NLP)
    doc.spans["sc"] = [Span(doc, i, i + 1, label="X") for i in range(0, len(doc), 4)]
    return Example(doc, doc)


def read_conll(path, **options):
    return list(conll.read(path, ProblemLog(), **options))


def lines(line):
    def make(size, path):
        path.write_text("".join(line.format(i=i) for i in range(size)))
        return path

    return make


def pair(size, path):
    brat.write([document(size)], path.with_suffix(".tar.gz"))
    return path.with_suffix(".tar.gz")


CASES = {
    "conll": (300, columns, read_conll),
    "conll, one document": (300, columns, lambda path: read_conll(path, group=0)),
    "conll, one sentence": (300, lines("a{i}\tB-X\n"), read_conll),
    "conll, comments": (300, lines("# sent_id = {i}\n\n"), read_conll),
    "conll, written": (300, lambda n, path: ([flat(n)], path), lambda v: conll.write(v[0], v[1])),
    "conll, aligned": (100, lambda n, path: ([document(n)], path), lambda v: conll.write(v[0], v[1])),
    "jsonl": (
        200,
        lambda n, path: jsonl.write([document(n)], path) or path,
        lambda path: list(jsonl.read(path, ProblemLog())),
    ),
    "jsonl, written": (200, lambda n, path: ([document(n)], path), lambda v: jsonl.write(*v)),
    "brat": (100, pair, lambda path: list(brat.read(path, ProblemLog("skip")))),
    "docbin, written": (100, lambda n, path: ([document(n)], path), lambda v: docbin.write(*v)),
    "ade": (300, lines("1|s rash {i} ASA.|rash|2|6|ASA|8|11\n"), lambda path: list(ade.read(path, ProblemLog("skip")))),
    "ade, one sentence": (
        100,
        lambda n, path: lines("1|" + "rash " * n + "x|rash|{{i}}|{{i}}|x|1|2\n".replace("{{i}}", "5"))(20, path),
        lambda path: list(ade.read(path, ProblemLog("skip"))),
    ),
    "text, written": (
        500,
        lambda n, path: ([Document("a " + " " * 20 * n + "\n b" * n)], path),
        lambda v: text.write(*v),
    ),
    "text": (500, lines("line {i}\n\n"), lambda path: list(text.read(path, ProblemLog(), unit="paragraph"))),
    "word2vec": (200, lines("w{i} 1 2 3\n"), read_word2vec),
    "alignment": (100, lambda n, path: document(n), lambda d: to_doc(d, NLP)),
    "alignment, split": (
        100,
        lambda n, path: Document("ab. " * n, [Mention(4 * i, 4 * i + 1, "X") for i in range(n)]),
        lambda d: to_doc(d, NLP, "split"),
    ),
    "sentences of an example": (
        60,
        lambda n, path: example(n),
        lambda e: list(sentences(e, "", "all", Counter())),
    ),
    "sentence_spans": (500, lambda n, path: "A (b. c) [d e.g. F. " * n, sentence_spans),
    "sentence_spans, marks": (500, lambda n, path: "." * n + "(" * n + " " * n + "。" * n, sentence_spans),
    "encode": (1000, lambda n, path: [(2 * i, 2 * i + 1, "X") for i in range(n)], lambda s: tags.encode(s, 2 * len(s))),
    "decode": (1000, lambda n, path: ["B-X", "I-X", "O"] * n, tags.decode),
    "decode, strict": (1000, lambda n, path: ["B-X", "I-X", "O"] * n, lambda t: tags.decode(t, "IOBES", strict=True)),
    "repair": (1000, lambda n, path: ["I-X", "I-Y"] * n, tags.repair),
    "longest_first": (
        500,
        lambda n, path: [(n, 2 * n, "X"), *((i, n + 1, "X") for i in range(n))],
        spans.longest_first,
    ),
    "merge": (
        500,
        lambda n, path: [(2 * i, 2 * i + 2, "X") for i in range(n)],
        lambda s: spans.merge(s, [(a + 1, b + 1, c) for a, b, c in s], "longest"),
    ),
    "score": (
        500,
        lambda n, path: ([(9 * i, 9 * i + 3, "X") for i in range(n)], [(9 * i + 4, 9 * i + 6, "X") for i in range(n)]),
        lambda v: scoring.score([("d", *v)]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_time_grows_with_the_size(name, tmp_path):
    size, make, function = CASES[name]
    for _ in range(3):  # a machine that was busy just then is asked again
        small, large = (best(function, make(n, tmp_path / f"a{n}")) for n in (size, FACTOR * size))
        if large <= LIMIT * max(small, 0.0005):
            return
    assert large <= LIMIT * small, f"{FACTOR} times the input took {large / small:.0f} times as long"
