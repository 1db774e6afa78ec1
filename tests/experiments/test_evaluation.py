"""Evaluation of a pipeline: the figures, and the predictions behind them."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bioner.documents.declared_types import declare_types
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Mention, Relation
from spacy_bioner.documents.gold import ID, set_gold
from spacy_bioner.experiments.evaluation import evaluate, predictions
from spacy_bioner.experiments.tag_scores import scores_of_tags, tag_scores
from spacy_bioner.pipeline.set_entities import annotate

TEXTS = [["heart", "failure", "and", "rash"], ["no", "rash"]]


@Language.component("test_rash_finder")
def find_rash(doc):
    annotate(doc, [Span(doc, t.i, t.i + 1, label="Sign") for t in doc if t.text == "rash"], None)
    return doc


@pytest.fixture
def nlp():
    nlp = spacy.blank("en")
    nlp.add_pipe("test_rash_finder")
    return nlp


@pytest.fixture
def examples(nlp):
    made = []
    for i, words in enumerate(TEXTS):
        reference = Doc(nlp.vocab, words=words)
        reference.user_data[ID] = f"d{i}"
        made.append(Example(Doc(nlp.vocab, words=words), reference))
    made[0].reference.set_ents([Span(made[0].reference, 3, 4, label="Sign")])
    set_gold(made[0].reference, [Mention(0, 13, "Disease"), Mention(18, 22, "Sign")])
    made[1].reference.set_ents([])
    return made


def test_figures(nlp, examples):
    metrics = evaluate(nlp, examples).metrics()
    assert (metrics["ents_p"], metrics["ents_r"], metrics["ents_f"]) == (0.5, 0.5, 0.5)
    assert metrics["ents_counts"] == {"tp": 1, "fp": 1, "fn": 1}
    assert metrics["ents_per_type"]["Disease"]["fn"] == 1
    assert (metrics["ents_unreachable"], metrics["documents"], metrics["tokens"]) == (0, 2, 6)
    assert metrics["speed"] > 0


def test_lists_go_by_document(nlp, examples):
    first, second = evaluate(nlp, examples).scores.comparisons
    assert (first.document, first.misses) == ("d0", ((0, 13, "Disease"),))
    assert (second.document, second.false_alarms) == ("d1", ((3, 7, "Sign"),))


def test_predictions_hold_what_the_pipeline_found_not_the_gold(nlp, examples):
    documents = list(predictions(evaluate(nlp, examples).examples))
    assert [d.id for d in documents] == ["d0", "d1"]
    assert [[(m.start, m.end, m.label) for m in d.mentions] for d in documents] == [
        [(18, 22, "Sign")],
        [(3, 7, "Sign")],
    ]
    assert [[m.score for m in d.mentions] for d in documents] == [[1.0], [1.0]]


def test_a_document_is_scored_on_its_declared_types(nlp, examples):
    examples = list(examples)
    declare_types(examples[1].reference, ["Disease"])
    result = evaluate(nlp, examples)
    assert result.metrics()["ents_counts"] == {"tp": 1, "fp": 0, "fn": 1}
    pytest.importorskip("seqeval")
    assert tag_scores(result.examples)["strict"]["Sign"]["p"] == 1.0


def test_an_empty_corpus_scores_zero(nlp):
    metrics = evaluate(nlp, []).metrics()
    assert (metrics["documents"], metrics["ents_f"]) == (0, 0.0)


@Language.component("test_relation_finder")
def find_relations(doc):
    if len(doc) == 4:
        set_relations(doc, [RelationSpans(doc[0:2], doc[3:4], "CAUSES")])
    return doc


def with_gold_relation(examples):
    mentions = [Mention(0, 13, "Disease", id="T1"), Mention(18, 22, "Sign", id="T2")]
    set_gold(examples[0].reference, mentions, [Relation("HAS", (("Arg1", "T1"), ("Arg2", "T2")))])
    return examples


def test_relations_are_not_scored_if_nothing_looks_for_them(nlp, examples):
    result = evaluate(nlp, with_gold_relation(examples))
    assert (result.relations, result.unscored_relations) == ({}, 1)
    assert not [name for name in result.metrics() if name.startswith("relations")]


@pytest.mark.parametrize("name", ["bioner_relations", "test_relation_finder"])
def test_relations_are_scored_if_something_looks_for_them_found_or_not(nlp, examples, name, monkeypatch):
    pipe = nlp.add_pipe(name)
    if name == "bioner_relations":
        monkeypatch.setattr(pipe, "pipe", lambda docs, batch_size=None: docs)  # finds none
    result = evaluate(nlp, with_gold_relation(examples))
    assert (result.relations["relations_f"], result.unscored_relations) == (0, 0)


def test_concepts_that_cannot_be_scored_are_explained(nlp, examples):
    assert evaluate(nlp, examples).unscored_concepts == ""
    nlp.add_pipe("bioner_linker").add_names([("rash", "Sign", "C1")])
    result = evaluate(nlp, examples)
    assert (result.concepts, result.unscored_concepts) == ({}, "the gold has none")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("tags", [[], [["O", "O"]], [["O"], []]])
def test_tags_without_any_entity_score_nothing(tags):
    nothing = {"all": {"p": 0.0, "r": 0.0, "f": 0.0}}
    assert scores_of_tags(tags, tags) == {"strict": nothing, "conlleval": nothing}
