from random import Random

import pytest
import spacy
from places import DATA

from spacy_bioner.corpus.audit.counts import EXAMPLES, audit, known_from, normalised
from spacy_bioner.formats import Document, Mention, read
from spacy_bioner.pipeline.named_tokenizer import NamedTokenizer

BIO = NamedTokenizer("bio")


def doc(text: str, *mentions: tuple, **more) -> Document:
    """A document whose mentions are given as (text, label) or as (text, text, label), which is discontinuous."""
    found = []
    for *pieces, label in mentions:
        pairs = tuple((text.index(piece), text.index(piece) + len(piece)) for piece in pieces)
        found.append(Mention(pairs[0][0], pairs[-1][1], label, pairs if len(pairs) > 1 else ()))
    return Document(text, found, **more)


def figures(*documents: Document) -> dict:
    return audit(documents, BIO).to_dict()


def test_sizes_and_repeats():
    found = figures(
        doc("One gene binds.\nResults. One gene  binds. It ends here."),
        doc("One Gene binds. RESULTS. One gene binds. It ends  here."),
        doc("Results."),
        doc("Results."),
        doc(" \n"),
        doc(""),
    )
    assert (found["documents"], found["empty_documents"], found["repeated_documents"]) == (6, 2, 1)
    # "Results." is too short to count as a repeat; "One gene binds." comes four times.
    assert (found["sentences"], found["repeated_sentences"]) == (10, 4)
    assert found["tokens"] == 2 * 14 + 2 * 2
    assert (found["mentions"], found["labels"], found["lengths"]) == (0, {}, {})


def test_mentions_by_type_and_length():
    found = figures(
        doc(
            "IL-2 and il - 2 and breast or lung cancer", ("IL-2", "Gene"), ("il - 2", "Gene"), ("breast", "cancer", "D")
        ),
        doc("Flu\n(flu)", ("Flu", "D"), ("(flu)", "D")),
    )
    assert found["mentions"] == 5
    assert found["labels"] == {"D": {"mentions": 3, "strings": 3}, "Gene": {"mentions": 2, "strings": 1}}
    assert found["lengths"] == {1: 1, 2: 1, 3: 3}
    assert found["alignment"]["exact"] == 4
    assert found["alignment"]["discontinuous"] == 1


def test_what_a_tagger_cannot_learn():
    text = "right lung cancer of E. Smith. XyZ type"
    document = doc(
        text,
        ("right lung", "A"),
        ("lung cancer", "A"),
        ("cancer", "A"),
        ("cancer", "B"),
        ("cancer", "A"),
        ("Smith. XyZ", "P"),
        ("y", "Q"),
        ("ype", "Q"),
    )
    found = figures(document)
    counts = {key: count for key, count in found["alignment"].items() if count}
    assert counts == {"exact": 2, "lost": 1, "nested": 3, "crossing": 1, "duplicate": 1}
    assert found["two_labels"] == 2
    assert found["across_sentences"] == 1
    # All three of "cancer", "y" and "ype" besides; not those that have each other's span.
    assert found["inside"] == 4


def test_nesting_is_counted_by_its_definition():
    """Against every pair of mentions, on random ones."""
    random = Random(0)
    for _ in range(100):
        mentions = []
        for _ in range(random.randint(0, 8)):
            start, end = sorted(random.sample(range(12), 2))
            middle = ((start, start + 1), (end - 1, end)) if end - start > 2 and random.random() < 0.3 else ()
            mentions.append(Mention(start, end, random.choice("AB"), middle))
        found = figures(Document("a bcd e fgh i.", mentions))
        flat = [m for m in mentions if not m.fragments]
        apart = [m for m in mentions if m.fragments]

        def within(one, other):
            return other.start <= one.start and one.end <= other.end

        assert found["inside"] == sum(
            any(within(one, other) and (one.start, one.end) != (other.start, other.end) for other in flat)
            for one in flat
        )
        assert found["inside_discontinuous"] == sum(any(within(one, other) for other in apart) for one in flat)


def test_identical_texts_are_some_of_the_same_texts():
    """Each of the distinct texts counts once, however many spellings of it there are."""
    spellings = ["One gene binds.", "one Gene binds.", "One  gene binds."]
    train, test = audit(map(doc, spellings), BIO), audit(map(doc, spellings), BIO)
    found = known_from(train, test)["documents"]
    assert (found["same"], found["identical"], found["of"]) == (1, 1, 1)


def test_strings_of_several_types():
    documents = [
        doc(f"{word} ok", (word, label))
        for word, label, times in [
            ("c-Fos", "DNA", 3),
            ("c-fos", "RNA", 2),
            ("ras", "DNA", 9),
            ("ras", "P", 1),
            ("x", "P", 5),
        ]
        for _ in range(times)
    ]
    assert figures(*documents)["mixed_strings"] == {
        "strings": 2,
        "mentions": 15,
        "examples": [
            {"text": "c-Fos", "labels": {"DNA": 3, "RNA": 2}},
            {"text": "ras", "labels": {"DNA": 9, "P": 1}},
        ],
    }
    many = [doc(f"g{i} ok", (f"g{i}", label)) for i in range(EXAMPLES + 3) for label in "AB"]
    assert len(figures(*many)["mixed_strings"]["examples"]) == EXAMPLES


def test_known_from_between_columns_and_text():
    train = [
        doc("IL-2 (a gene) binds. Flu is bad.", ("IL-2", "Gene"), ("Flu", "D")),
        doc("It was on a Monday. A b c d."),
    ]
    columns = "il - 2 ( a gene ) binds ."
    test = [
        doc(columns, ("il - 2", "Gene"), ("gene", "Gene")),
        doc("It was on a Monday. It was on a Monday. Flu was gone.", ("Flu", "Finding")),
        doc("It was  on a Monday. A b c d."),
    ]
    found = known_from(audit(train, BIO), audit(test, BIO))
    assert {k: v for k, v in found["sentences"].items() if k != "examples"} == {"same": 3, "identical": 2, "of": 4}
    assert found["sentences"]["examples"][0] == columns
    assert {k: v for k, v in found["documents"].items() if k != "examples"} == {"same": 1, "identical": 1, "of": 3}
    assert found["mentions"] == {"seen": 1, "of": 3}


def test_tokens_and_sentences_of_the_corpus_are_kept():
    tokens = [(0, 4), (5, 8), (9, 12)]
    found = figures(Document("IL-2 big cat", [Mention(0, 2, "X")], tokens=tokens, sentences=[0, 1]))
    assert (found["tokens"], found["sentences"], found["alignment"]["lost"]) == (3, 2, 1)
    english = audit([doc("IL-2 is big", ("IL", "X"))], spacy.blank("en")).to_dict()
    assert english["alignment"]["lost"] == 1
    assert english["recut"] is None, "no tokens of its own"
    halves = Document("IL-2 cats", [Mention(0, 2, "X"), Mention(5, 9, "X")], tokens=[(0, 2), (2, 4), (5, 9)])
    assert audit([halves], spacy.blank("en")).to_dict()["recut"] == {
        "tokens": 3,
        "tokens_cut": 2,
        "mentions": 2,
        "mentions_cut": 1,
        "mentions_lost": 1,
    }


def test_normalised():
    assert normalised(" IL - 2\u00a0Gene\n") == "il-2gene"


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="needs ../shared/data")
def test_jnlpba_shares_99_sentences_between_train_and_test():
    train, test = (audit(read(DATA / "conll" / "JNLPBA" / f"{part}.tsv"), BIO) for part in ("train", "test"))
    found = known_from(train, test)
    assert (train.sentences.total, test.sentences.total) == (16807, 3856)
    assert train.alignment["mentions"] == 46750
    assert found["sentences"]["identical"] == 99
    assert found["sentences"]["same"] == 106
    assert found["documents"]["same"] == 10
