"""Corpora that annotate different types: declared by a reader, renamed, joined, scored on their own types."""

import pytest
import spacy
from places import CONFIGS
from spacy.cli.train import train
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bioner.corpus.conversion import convert
from spacy_bioner.corpus.relabel import parse_labels
from spacy_bioner.documents.declared_types import declare_types, declared_types, read_types
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import read
from spacy_bioner.pipeline.scorer import score_examples
from spacy_bioner.training.corpora import make_corpus
from spacy_bioner.training.joined_corpora import make_joined_corpora
from spacy_bioner.training.reader_transforms import make_relabel, make_sentences

NLP = spacy.blank("en")
DISEASES = [("BRCA1 is near asthma .", {"asthma": "Disease"}), ("Lupus is known .", {"Lupus": "Disease"})]
GENES = [("BRCA1 mRNA is known .", {"BRCA1": "GENE", "mRNA": "RNA"}), ("APOE is near lupus .", {"APOE": "GENE"})]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpora")
    for name, corpus in (("diseases", DISEASES), ("genes", GENES)):
        rows = [[f"{w}\t{'B-' + own[w] if w in own else 'O'}" for w in text.split()] for text, own in corpus]
        (folder / f"{name}.tsv").write_text("\n\n".join("\n".join(lines) for lines in rows) + "\n\n")
    return folder


def gold(examples):
    return [sorted((ent.text, ent.label_) for ent in one.reference.ents) for one in examples]


def test_a_reader_declares_the_types_of_its_corpus(files):
    for example in make_corpus(str(files / "genes.tsv"), types=["GENE", "RNA"])(NLP):
        assert declared_types(example.reference) == {"GENE", "RNA"}
    assert {declared_types(one.reference) for one in make_corpus(str(files / "genes.tsv"))(NLP)} == {None}


def test_a_mention_of_a_type_that_is_not_declared_stops(files):
    with pytest.raises(BionerError, match=r"B741.*genes.tsv.*mention of RNA"):
        list(make_corpus(str(files / "genes.tsv"), types=["GENE"])(NLP))
    with pytest.raises(BionerError, match="B740"):
        make_corpus(str(files / "genes.tsv"), types=[])


def test_types_follow_new_labels_and_unknown_mentions_leave_tokens_unknown(files):
    corpus = make_corpus(str(files / "genes.tsv"), types=["GENE", "RNA"])
    renamed = make_relabel(corpus, {"GENE": "Gene", "RNA": "?"})
    for _ in range(2):  # each pass starts from the file
        first, second = renamed(NLP)
        assert declared_types(first.reference) == declared_types(second.reference) == {"Gene"}
        assert [token.ent_iob_ for token in first.reference] == ["B", "", "O", "O", "O"]
    first.predicted.set_ents([Span(first.predicted, 0, 1, "Gene"), Span(first.predicted, 1, 2, "Gene")])
    scores, _ = score_examples([first])
    assert (scores.exact.tp, scores.exact.fp, scores.exact.fn) == (1, 0, 0)
    dropped = list(make_relabel(corpus, {"GENE": "Gene", "RNA": None})(NLP))
    assert [token.ent_iob_ for token in dropped[0].reference] == ["B", "O", "O", "O", "O"]
    sentences = list(make_sentences(renamed)(NLP))
    assert {declared_types(one.reference) for one in sentences} == {frozenset({"Gene"})}


def test_unknown_mentions_of_a_document_with_more_gold_than_its_entities(tmp_path):
    entities = '[[0, 18, "Gene"], [0, 13, "Disease"]]'
    line = f'{{"text": "breast cancer gene", "entities": {entities}, "annotated_types": ["Gene", "Disease"]}}'
    (tmp_path / "nested.jsonl").write_text(line + "\n")
    corpus = make_corpus(str(tmp_path / "nested.jsonl"))
    (example,) = make_relabel(corpus, {"Gene": "?"})(NLP)
    assert gold([example]) == [[("breast cancer", "Disease")]]
    assert [token.ent_iob_ for token in example.reference] == ["B", "I", ""]
    assert declared_types(example.reference) == {"Disease"}


def test_predictions_of_other_types_are_neither_right_nor_wrong():
    reference, predicted = (Doc(NLP.vocab, words=["BRCA1", "and", "lupus"]) for _ in range(2))
    reference.set_ents([Span(reference, 2, 3, "Disease")])
    predicted.set_ents([Span(predicted, 0, 1, "Gene"), Span(predicted, 2, 3, "Disease")])
    counts = []
    for types in (None, ["Disease"]):
        if types:
            declare_types(reference, types)
        exact = score_examples([Example(predicted, reference)])[0].exact
        counts.append((exact.tp, exact.fp, exact.fn))
    assert counts == [(1, 1, 0), (1, 0, 0)]


def corpora(files, **declared):
    return {name: make_corpus(str(files / f"{name}.tsv"), types=declared.get(name)) for name in ("diseases", "genes")}


def test_corpora_are_joined_and_drawn_by_their_shares(files):
    declared = {"diseases": ["Disease"], "genes": ["GENE", "RNA"]}
    joined = list(make_joined_corpora(corpora(files, **declared))(NLP))
    assert [declared_types(one.reference) for one in joined] == [{"Disease"}] * 2 + [{"GENE", "RNA"}] * 2
    many = make_joined_corpora(corpora(files, **declared), {"diseases": 300, "genes": 100.5})
    first, second = (gold(many(NLP)) for _ in range(2))
    assert first == second
    assert sum(("asthma", "Disease") in one for one in first) == 300
    assert 200 <= len(first) - 600 <= 202
    none = make_joined_corpora(corpora(files, **declared), {"genes": 1e-9})
    assert len(list(none(NLP))) == 2


def test_a_corpus_that_says_nothing_of_anothers_labels_is_warned_of_once(files):
    joined = make_joined_corpora(corpora(files, genes=["GENE", "RNA"]))
    with pytest.warns(UserWarning, match=r"B746.*'diseases'.*GENE, RNA") as told:
        assert len([*joined(NLP), *joined(NLP)]) == 8
    assert len([one for one in told if "B746" in str(one.message)]) == 1


@pytest.mark.parametrize(
    ("shares", "code"), [({"others": 1}, "B745"), ({"genes": 0}, "B745"), ({"genes": True}, "B745")]
)
def test_shares_of_no_corpus_are_refused(files, shares, code):
    with pytest.raises(BionerError, match=code):
        make_joined_corpora(corpora(files), shares)


def test_no_corpora_are_refused():
    with pytest.raises(BionerError, match="B744"):
        make_joined_corpora({})


def test_converted_files_say_their_types(files, tmp_path):
    labels = parse_labels("GENE=Gene,RNA=")
    convert(files / "genes.tsv", tmp_path / "genes.jsonl", labels=labels, types=["Gene"])
    assert {read_types(one.meta) for one in read(tmp_path / "genes.jsonl")} == {frozenset({"Gene"})}
    convert(tmp_path / "genes.jsonl", tmp_path / "again.jsonl", labels={"Gene": "Protein"})
    assert {read_types(one.meta) for one in read(tmp_path / "again.jsonl")} == {frozenset({"Protein"})}
    with pytest.raises(BionerError, match="B741"):
        convert(files / "genes.tsv", tmp_path / "wrong.jsonl", types=["GENE"])
    with pytest.raises(BionerError, match="B743"):
        convert(files / "genes.tsv", tmp_path / "wrong.jsonl", labels=parse_labels("RNA=?"))


def test_the_config_learns_both_types_from_files_that_annotate_one_each(files, tmp_path):
    for name, types in (("diseases", ["Disease"]), ("genes", ["GENE", "RNA"])):
        convert(files / f"{name}.tsv", tmp_path / f"{name}.jsonl", types=types)
    both = f"{tmp_path / 'diseases.jsonl'},{tmp_path / 'genes.jsonl'}"
    overrides = {
        "paths.train": both,
        "paths.dev": both,
        "run.epochs": 30,
        "run.learn_rate": 0.02,
        "many.labels": {"GENE": "Gene", "RNA": "?"},
        **{f"components.ner.model.tok2vec.{key}": value for key, value in (("hidden", 12), ("char_dim", 6))},
    }
    train(CONFIGS / "many.cfg", tmp_path / "out", overrides=overrides)
    nlp = spacy.load(tmp_path / "out" / "model-last")
    assert nlp.pipe_labels["ner"] == ["Disease", "Gene"]
    assert nlp.meta["performance"]["ents_f"] == 1.0
    doc = nlp(Doc(nlp.vocab, words=["BRCA1", "is", "near", "asthma", "."]))
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("BRCA1", "Gene"), ("asthma", "Disease")]
