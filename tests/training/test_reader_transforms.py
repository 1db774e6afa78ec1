import logging
from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from read_documents import NLP, doc, gold, named, reader, texts
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from spacy.util import registry

from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.documents.gold import GOLD, META
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.scorer import gold_spans
from spacy_bioner.training import reader_transforms as wrappers

NUMBERED = [doc(f"Gene {i} binds. Then it (gene {i}) leaves.", name=f"d{i}") for i in range(20)]


def test_sentences_carry_all_gold_with_shifted_offsets():
    document = doc(
        "Flu is bad. Breast and ovarian cancer is bad. IL-2R gene rises. Nothing here.",
        ("Flu", "Disease"),
        ("ovarian cancer", "Disease"),
        ("Breast", "cancer", "Disease"),  # discontinuous
        ("IL-2R gene", "DNA"),
        ("IL-2R", "Protein"),  # nested
        ("L", "Part"),  # misaligned
        name="doc7",
        meta={"year": 1990},
    )
    examples = list(wrappers.make_sentences(reader([document]))(NLP))
    assert texts(examples) == [
        "Flu is bad. ",
        "Breast and ovarian cancer is bad. ",
        "IL-2R gene rises. ",
        "Nothing here.",
    ]
    assert named(examples) == ["doc7#0", "doc7#1", "doc7#2", "doc7#3"]
    assert [gold(example) for example in examples] == [
        {("Flu", "Disease")},
        {("ovarian cancer", "Disease"), ("Breast..cancer", "Disease")},
        {("IL-2R gene", "DNA"), ("IL-2R", "Protein"), ("L", "Part")},
        set(),
    ]
    assert [GOLD in example.reference.user_data for example in examples] == [False, True, True, False]
    assert all(example.reference.user_data[META] == {"year": 1990} for example in examples)
    assert [example.predicted.text for example in examples] == texts(examples)
    assert not any(example.predicted.ents for example in examples)
    # "Breast" belongs to gold that doc.ents cannot hold: unknown to a learner, never outside.
    assert examples[1].reference[0].ent_iob == 0
    assert examples[1].reference[1].ent_iob_ == "O"


def test_sentences_never_cut_a_mention_and_say_so(caplog):
    document = doc("The E. Coli strain X. Factor VIII. The end.", ("X. Factor VIII", "Gene"), name="d")
    with caplog.at_level(logging.INFO, "spacy"):
        examples = list(wrappers.make_sentences(reader([document]))(NLP))
    assert [gold(example) for example in examples] == [{("X. Factor VIII", "Gene")}, set()]
    assert "2 from 1 documents; 1 starts inside" in caplog.text


def test_sentences_of_the_corpus_come_before_the_rule():
    tokens = [(0, 1), (2, 3), (4, 5), (6, 7)]
    document = Document("a b c d", tokens=tokens, sentences=[0, 1, 3])
    assert texts(wrappers.make_sentences(reader([document]))(NLP)) == ["a ", "b c ", "d"]
    twice = wrappers.make_sentences(wrappers.make_sentences(reader([document])))
    assert named(twice(NLP)) == ["#0#0", "#0#1", "#0#2"]
    assert texts(wrappers.make_sentences(reader([Document("A b\nC.")]), line_breaks="none")(NLP)) == ["A b\nC."]
    assert texts(wrappers.make_sentences(reader([Document(""), Document(" ")]))(NLP)) == [" "]


def test_sentences_keep_span_groups_and_other_tokens():
    reference = NLP("One is IL-2. Two is flu.")
    reference[6].lemma_, reference[6].tag_, reference[6].norm_ = "two", "CD", "2"
    reference.spans["sc"] = [Span(reference, 2, 5, "A"), Span(reference, 8, 9, "B"), Span(reference, 4, 7, "C")]
    predicted = Doc(NLP.vocab, words=["One", "is", "IL-2.", "Two", "is", "flu."], spaces=[True] * 5 + [False])
    examples = list(wrappers.make_sentences(lambda nlp: [Example(predicted, reference)])(NLP))
    assert [[(s.text, s.label_) for s in example.reference.spans["sc"]] for example in examples] == [
        [("IL-2", "A")],
        [("flu", "B")],
    ]
    assert [[t.text for t in example.predicted] for example in examples] == [
        ["One", "is", "IL-2."],
        ["Two", "is", "flu."],
    ]
    two = examples[1].reference[0]
    assert (two.lemma_, two.tag_, two.norm_) == ("two", "CD", "2")
    # A sentence that starts inside a predicted token is not cut off; of another text the predicted Doc is rebuilt.
    glued = Doc(NLP.vocab, words=["One", "is", "IL-2. Two", "is", "flu."], spaces=[True] * 4 + [False])
    assert len(list(wrappers.make_sentences(lambda nlp: [Example(glued, reference)])(NLP))) == 1
    other = NLP("one is il-2. two is flu.")
    lowered = list(wrappers.make_sentences(lambda nlp: [Example(other, reference)])(NLP))
    assert [example.predicted.text for example in lowered] == texts(lowered) == ["One is IL-2. ", "Two is flu."]


WORDS = st.sampled_from(["A.", "b", "C", "(d", "e)", "F.", "\n", "g-h"])


@st.composite
def documents(draw):
    text = " ".join(draw(st.lists(WORDS, max_size=20)))
    mentions = []
    for _ in range(draw(st.integers(0, 5)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        cuts = (start, draw(st.integers(start + 1, end)), end)
        pairs = ((start, cuts[1]), (cuts[1] + 1, end)) if cuts[1] + 1 < end and draw(st.booleans()) else ()
        mentions.append(Mention(start, end, draw(st.sampled_from("XYZ")), pairs))
    return Document(text, mentions)


@given(documents())
def test_sentences_lose_nothing(document: Document):
    examples = list(wrappers.make_sentences(reader([document]))(NLP))
    assert "".join(texts(examples)) == document.text
    found, offset = set(), 0
    for example in examples:
        for start, end, label, *pairs in gold_spans(example.reference) or ():
            found.add(
                (start + offset, end + offset, label, tuple((a + offset, b + offset) for a, b in (pairs or [()])[0]))
            )
        offset += len(example.reference.text)
    assert found == {(m.start, m.end, m.label, m.fragments) for m in document.mentions}
    whole = next(iter(reader([document])(NLP)))
    pieces = [token for example in examples for token in example.reference]
    assert [(t.text, t.ent_iob_, t.ent_type_) for t in pieces] == [
        (t.text, t.ent_iob_, t.ent_type_) for t in whole.reference
    ]


def test_max_words_counts_words_and_logs_once(caplog):
    documents = [doc("a b c"), doc("a b \n c d"), doc("a b c d e")]
    corpus = wrappers.make_max_words(reader(documents), limit=4)
    with caplog.at_level(logging.INFO, "spacy"):
        for _ in range(2):
            assert texts(corpus(NLP)) == ["a b c", "a b \n c d"]
    assert caplog.text.count("MaxWords: 1 of 3 have more than 4 words") == 1
    with pytest.raises(BionerError, match="B225"):
        wrappers.make_max_words(corpus, limit=0)


def test_drop_duplicates_keeps_the_first_on_every_pass():
    documents = [doc("a  b", name="1"), doc("c", name="2"), doc("a\nb ", name="3"), doc("A b", name="4")]
    corpus = wrappers.make_drop_duplicates(reader(documents))
    assert named(corpus(NLP)) == named(corpus(NLP)) == ["1", "2", "4"]


def test_sample_is_deterministic_and_grows():
    corpus = reader(NUMBERED)
    small = named(wrappers.make_sample(corpus, n=5, seed=3)(NLP))
    assert named(wrappers.make_sample(corpus, n=12, seed=3)(NLP))[:5] == small
    assert named(wrappers.make_sample(corpus, fraction=0.25, seed=3)(NLP)) == small
    assert named(wrappers.make_sample(corpus, n=5, seed=4)(NLP)) != small
    for options in ({}, {"n": 1, "fraction": 0.5}, {"n": 0}, {"fraction": 0.0}, {"fraction": 1.5}):
        with pytest.raises(BionerError, match="B220"):
            wrappers.make_sample(corpus, **options)


@pytest.mark.parametrize("level", ["document", "sentence"])
def test_folds_of_sentences(level):
    corpus = wrappers.make_sentences(reader(NUMBERED)) if level == "document" else reader(NUMBERED)
    parts = {
        part: named(wrappers.make_fold(corpus, k=5, fold=1, part=part, seed=2, level=level)(NLP))
        for part in ("train", "dev", "test", "train+dev")
    }
    assert sorted(parts["train"] + parts["dev"] + parts["test"]) == sorted(named(wrappers.make_sentences(corpus)(NLP)))
    assert sorted(parts["train"] + parts["dev"]) == sorted(parts["train+dev"])
    documents = {part: {name.split("#")[0] for name in names} for part, names in parts.items()}
    assert (not documents["train+dev"] & documents["test"]) == (level == "document")
    assert len(parts["test"]) == len(parts["dev"]) == 8
    tests = [named(wrappers.make_fold(corpus, k=5, fold=i, part="test", seed=2, level=level)(NLP)) for i in range(5)]
    assert len({name for names in tests for name in names}) == sum(map(len, tests)) == 40


def test_splits_of_documents_and_coded_parts():
    corpus = reader(NUMBERED)
    parts = [named(wrappers.make_split(corpus, part, seed=1)(NLP)) for part in ("train", "dev", "test")]
    assert [len(part) for part in parts] == [12, 2, 6]
    assert len(set().union(*parts)) == 20
    assert len(named(wrappers.make_split(corpus, "train", [70, 30], level="sentence")(NLP))) == 28
    with pytest.raises(BionerError, match=r"B224.*'dev'.*train, test"):
        wrappers.make_split(corpus, "dev", [0.7, 0.3])
    with pytest.raises(BionerError, match=r"B224.*test, dev|B224.*dev, test"):
        wrappers.make_fold(corpus, k=2, part="train")


CONFIG = """
[corpora]
[corpora.train]
@readers = "spacy-bioner.Sample.v1"
n = 6
[corpora.train.corpus]
@readers = "spacy-bioner.Fold.v1"
part = "train+dev"
level = "sentence"
[corpora.train.corpus.corpus]
@readers = "spacy-bioner.Relabel.v1"
labels = {"DRUG": "Chemical", "OTHER": null}
[corpora.train.corpus.corpus.corpus]
@readers = "spacy-bioner.DropDuplicates.v1"
[corpora.train.corpus.corpus.corpus.corpus]
@readers = "spacy-bioner.MaxWords.v1"
[corpora.train.corpus.corpus.corpus.corpus.corpus]
@readers = "spacy-bioner.Sentences.v1"
[corpora.train.corpus.corpus.corpus.corpus.corpus.corpus]
@readers = "spacy-bioner.Split.v1"
part = "train"
proportions = [0.6, 0.4]
[corpora.train.corpus.corpus.corpus.corpus.corpus.corpus.corpus]
@readers = "spacy.Corpus.v1"
path = %s
gold_preproc = false
"""


def test_compose_in_a_config_over_any_reader(tmp_path: Path):
    docs = []
    for i in range(20):
        docs.append(NLP.make_doc(f"Aspirin {i} helped x{i}. It was good."))
        docs[-1].ents = [Span(docs[-1], 0, 2, "DRUG"), Span(docs[-1], 3, 4, "OTHER")]
    path = tmp_path / "c.spacy"
    DocBin(docs=docs).to_disk(path)
    config = spacy.util.load_config_from_str(CONFIG % f'"{path.as_posix()}"')
    corpus = registry.resolve(config)["corpora"]["train"]
    examples = list(corpus(NLP))
    assert len(examples) == 6
    assert texts(corpus(NLP)) == texts(examples)
    assert {label for example in examples for _, label in gold(example)} == {"Chemical"}
    assert all(len(example.reference.ents) == ("Aspirin" in example.reference.text) for example in examples)


def test_sample_unannotated_keeps_a_share_of_those_without_mentions():
    documents = [doc(f"gene {i} binds", *([("gene", "Gene")] if i % 4 == 0 else []), name=f"d{i}") for i in range(400)]
    documents.append(doc("a b c", ("a", "c", "D"), name="split"))  # gold, though no Doc.ents
    none = named(wrappers.make_sample_unannotated(reader(documents))(NLP))
    assert none == [*(f"d{i}" for i in range(0, 400, 4)), "split"]
    make = wrappers.make_sample_unannotated(reader(documents), 0.5, seed=1)
    some = named(make(NLP))
    assert set(none) < set(some)
    assert 110 < len(some) - len(none) < 190
    assert some == named(make(NLP))
    assert len(list(wrappers.make_sample_unannotated(reader(documents), 1.0)(NLP))) == 401
    for share in (-0.1, 1.1):
        with pytest.raises(BionerError, match="B226"):
            wrappers.make_sample_unannotated(reader(documents), share)
