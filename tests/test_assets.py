"""The demonstration corpus in assets/: its two formats agree, and what its README says is true."""

import re
from collections import Counter

import pytest
from places import ASSETS

from spacy_bioner import tags
from spacy_bioner.formats import brat
from spacy_bioner.formats.problems import ProblemLog

SPLITS = ("train", "dev", "test")
TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@pytest.fixture(scope="module")
def corpus():
    report = ProblemLog()
    documents = {split: list(brat.read(ASSETS / "brat" / split, report)) for split in SPLITS}
    assert report.summary() == {}
    return documents


def read_columns(split):
    """Yield the documents of a column file, each a list of sentences, each a list of (token, tag)."""
    content = (ASSETS / "conll" / f"{split}.tsv").read_text(encoding="utf-8")
    assert content.startswith("-DOCSTART-\tO\n\n")
    assert content.endswith("\n\n")
    for block in content.split("-DOCSTART-\tO\n")[1:]:
        sentences = [sentence for sentence in block.split("\n\n") if sentence.strip()]
        yield [[tuple(row.split("\t")) for row in sentence.strip("\n").split("\n")] for sentence in sentences]


@pytest.mark.parametrize("split", SPLITS)
def test_brat_and_conll_agree_token_by_token_and_mention_by_mention(corpus, split):
    columns = list(read_columns(split))
    assert len(columns) == len(corpus[split])
    for document, sentences in zip(corpus[split], columns, strict=True):
        tokens = [(match.start(), match.end()) for match in TOKEN.finditer(document.text)]
        rows = [row for sentence in sentences for row in sentence]
        assert [document.text[start:end] for start, end in tokens] == [token for token, _ in rows]
        assert [len(TOKEN.findall(line)) for line in document.text.splitlines()] == [len(rows) for rows in sentences]
        assert not any(tags.validate([tag for _, tag in sentence], "BIO") for sentence in sentences)
        spans = tags.decode([tag for _, tag in rows], "BIO")
        found = [(tokens[start][0], tokens[end - 1][1], label) for start, end, label in spans]
        assert found == [(mention.start, mention.end, mention.label) for mention in document.mentions]


def test_the_readme_counts_are_true(corpus):
    table = {
        cells[0]: [int(cell) for cell in cells[1:]]
        for line in (ASSETS / "README.md").read_text(encoding="utf-8").splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0] in (*SPLITS, "all")
    }
    counted = {}
    for split, documents in corpus.items():
        labels = Counter(mention.label for document in documents for mention in document.mentions)
        assert set(labels) == {"ADR", "Drug"}
        sentences = sum(len(document.text.splitlines()) for document in documents)
        tokens = sum(len(TOKEN.findall(document.text)) for document in documents)
        counted[split] = [len(documents), sentences, tokens, labels["ADR"], labels["Drug"]]
    counted["all"] = [sum(column) for column in zip(*counted.values(), strict=True)]
    assert table == counted
    assert counted["all"][1] >= 200


def test_the_splits_share_no_document_and_no_sentence(corpus):
    sentences = {
        split: {line for document in documents for line in document.text.splitlines()}
        for split, documents in corpus.items()
    }
    names = [document.id for documents in corpus.values() for document in documents]
    assert len(set(names)) == len(names)
    assert not sentences["train"] & (sentences["dev"] | sentences["test"])
    assert not sentences["dev"] & sentences["test"]
    assert {name.split("-")[0] for name in names} == {"case", "forum", "report", "label"}


def test_mentions_are_flat_trimmed_and_on_word_edges(corpus):
    for document in (document for documents in corpus.values() for document in documents):
        assert document.text.endswith((".\n", "?\n", "!\n"))
        end = 0
        for mention in document.mentions:
            words = document.text[mention.start : mention.end]
            edges = f" {document.text} "[mention.start : mention.end + 2]
            assert words == words.strip()
            assert "\n" not in words
            assert not edges[0].isalnum()
            assert not edges[-1].isalnum()
            assert mention.start >= end
            end = mention.end


def test_the_terms_are_well_formed_and_cover_a_part_of_the_corpus(corpus):
    rows = [line.split("\t") for line in (ASSETS / "terms.tsv").read_text(encoding="utf-8").splitlines()]
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    assert f"{len(rows)} terms of {len({concept for *_, concept in rows})} concepts" in readme
    assert {len(row) for row in rows} == {3}
    assert all(term == term.strip() and re.fullmatch(r"EX:\d{4}", concept) for term, _, concept in rows)
    assert {label for _, label, _ in rows} == {"ADR", "Drug"}
    assert len({term.lower() for term, _, _ in rows}) == len(rows)
    labels = {concept: {label for _, label, other in rows if other == concept} for *_, concept in rows}
    assert all(len(found) == 1 for found in labels.values())

    terms = {term.lower(): label for term, label, _ in rows}
    mentions = [
        (d.text[m.start : m.end].lower(), m.label) for split in SPLITS for d in corpus[split] for m in d.mentions
    ]
    known = [terms[words] == label for words, label in mentions if words in terms]
    assert all(known)
    assert 0.5 < len(known) / len(mentions) < 0.9
    assert set(terms) - {words for words, _ in mentions}
