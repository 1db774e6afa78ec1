"""Twice the input takes about twice the time: of every reader, writer, tag scheme, span function, scorer and merge."""

from collections import Counter

import pytest
import spacy
from growth import best, check_growth
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bioner import scoring, spans, tags
from spacy_bioner.corpus.annotation import store
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.formats import (
    Document,
    Mention,
    ProblemLog,
    Relation,
    ade,
    brat,
    conll,
    docbin,
    dygie,
    jsonl,
    read,
    text,
    write,
)
from spacy_bioner.pipeline import scorer, set_entities
from spacy_bioner.pipeline.merging import ballots
from spacy_bioner.tokenizers.sentences import sentence_spans
from spacy_bioner.training.example_transforms import sentences
from spacy_bioner.training.vectors import read_word2vec

NLP = spacy.blank("xx")


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


def written(format):
    """Make a file of one long document and as many short ones."""

    def make(size, path):
        small = [Document("a rash", [Mention(2, 6, "A")], f"s{i}") for i in range(size)]
        write([document(size), *small], path, format=format, report=ProblemLog("skip"))
        return path

    return make


def taken(format, path):
    found = list(read(path, format=format, report=ProblemLog("skip")))
    assert found
    return found


def elements(before, one, after):
    return lambda size, path: path.write_text(before + one * size + after) and path


PUBMED = (
    "<PubmedArticleSet>",
    "<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>a</ArticleTitle><Abstract>"
    "<AbstractText>b</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>",
    "</PubmedArticleSet>",
)
SPL = (
    '<document xmlns="urn:hl7-org:v3"><component><structuredBody>',
    '<component><section><code displayName="W"/><title>1</title><text><list><item>a</item></list></text></section>'
    "</component>",
    "</structuredBody></component></document>",
)
TAC = (
    '<Label drug="a"><Text><Section id="S1">rash</Section></Text><Mentions>',
    '<Mention id="M" section="S1" type="A" start="0" len="4" str="rash"/>',
    "</Mentions></Label>",
)


def mentions(size):
    """Mentions in two parts, side by side."""
    return [Mention(9 * i, 9 * i + 6, "X", ((9 * i, 9 * i + 2), (9 * i + 4, 9 * i + 6))) for i in range(size)]


def partly_annotated(size):
    """Predictions in a text of which every second word is not annotated."""
    doc = Doc(NLP.vocab, words=["word"] * 2 * size)
    doc.set_ents([], missing=[Span(doc, i, i + 1) for i in range(0, len(doc), 2)])
    return [Mention(5 * i, 5 * i + 4, "X") for i in range(len(doc))], doc


def entities_in_parts(size):
    """Entities, and mentions in two parts around each."""
    doc = Doc(NLP.vocab, words=["word"] * 3 * size)
    spans = [Span(doc, 3 * i + 1, 3 * i + 2, "A") for i in range(size)]
    return doc, spans, [([(3 * i, 3 * i + 1), (3 * i + 2, 3 * i + 3)], "B", 0.5) for i in range(size)]


def annotate_anew(given):
    doc, spans, whole = given
    doc.spans.pop("bioner", None)
    set_entities.annotate(doc, spans, whole=whole, merge_policy="replace")


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
    "pubtator": (100, written("pubtator"), lambda path: taken("pubtator", path)),
    "bioc": (60, written("bioc"), lambda path: taken("bioc", path)),
    "bioc_json": (100, written("bioc_json"), lambda path: taken("bioc_json", path)),
    "label_studio": (100, written("label_studio"), lambda path: taken("label_studio", path)),
    "dygie": (100, written("dygie"), lambda path: taken("dygie", path)),
    "dygie, written": (100, lambda n, path: ([document(n)], path), lambda v: dygie.write(*v)),
    "chemprot_sentences": (
        100,
        lambda n, path: lines("r\tCHEMICAL\tGENE-Y\t0\t1\t" + "chemical gene " * n + ".\tT{i}\tU{i}\t1\n")(20, path),
        lambda path: taken("chemprot_sentences", path),
    ),
    "parquet": (200, written("parquet"), lambda path: taken("parquet", path)),
    "pubmed": (60, elements(*PUBMED), lambda path: taken("pubmed", path)),
    "pubmed, books between": (60, elements("<a>", "<b/>" + PUBMED[1], "</a>"), lambda path: taken("pubmed", path)),
    "spl": (100, elements(*SPL), lambda path: taken("spl", path)),
    "tac": (60, elements(*TAC), lambda path: taken("tac", path)),
    "shards": (100, lambda n, path: store.save([document(n)], path) or path, lambda path: list(store.load(path))),
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
    "by_priority": (200, lambda n, path: [mentions(n), mentions(n), mentions(n)], ballots.by_priority),
    "best_mentions": (200, lambda n, path: mentions(n), ballots.best_mentions),
    "of_known_gold": (200, lambda n, path: partly_annotated(n), lambda v: scorer.of_known_gold(*v)),
    "annotate, in parts": (200, lambda n, path: entities_in_parts(n), annotate_anew),
    "score": (
        500,
        lambda n, path: ([(9 * i, 9 * i + 3, "X") for i in range(n)], [(9 * i + 4, 9 * i + 6, "X") for i in range(n)]),
        lambda v: scoring.score([("d", *v)]),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_time_grows_with_the_size(name, tmp_path):
    size, make, function = CASES[name]
    check_growth(lambda n: best(function, make(n, tmp_path / f"a{n}")), size)
