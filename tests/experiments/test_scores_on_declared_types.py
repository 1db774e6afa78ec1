"""In a document that declares its types, predictions of other types change no score, in whatever way it is scored."""

import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.declared_types import write_types
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.experiments.evaluation import evaluate
from spacy_bioner.experiments.file_scores.agreement import agreement, disagreements
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files
from spacy_bioner.experiments.file_scores.token_tags import token_tags
from spacy_bioner.experiments.gold_errors.by_model import Probable, model_findings
from spacy_bioner.experiments.tag_scores import tag_scores
from spacy_bioner.formats import read
from spacy_bioner.pipeline.linking.scorer import link_scores
from spacy_bioner.pipeline.relations.scorer import relation_scores
from spacy_bioner.pipeline.scorer import exact_span_scores
from spacy_bioner.training.corpora import unannotated

TEXT = "aspirin for asthma and rash"
TOKENS = [(0, 7), (8, 11), (12, 18), (19, 22), (23, 27)]
DRUG, ASTHMA = Mention(0, 7, "Drug", (), "T1", ("D1",)), Mention(12, 18, "Disease", (), "T2", ("D2",))
RASH = Mention(23, 27, "Disease", (), "T3", ("D3",))
TREATS = Relation("treats", (("Arg1", "T1"), ("Arg2", "T2")))
WITH = Relation("with", (("Arg1", "T2"), ("Arg2", "T3")))


def document(mentions, relations=(), **more):
    return Document(TEXT, mentions, "1", TOKENS, relations=list(relations), **more)


GOLD = document([ASTHMA, RASH], [WITH], meta=write_types(["Disease"]))
OWN, ALL = document([ASTHMA, RASH], [WITH]), document([DRUG, ASTHMA, RASH], [TREATS, WITH])
ONLY_OTHER, NOTHING = document([DRUG]), document([])


def examples(found):
    nlp = spacy.blank("en")
    return [Example(to_doc(found, nlp), to_doc(GOLD, nlp))]


@pytest.mark.parametrize("scores", [exact_span_scores, link_scores, relation_scores])
@pytest.mark.parametrize(("found", "same"), [(ALL, OWN), (ONLY_OTHER, NOTHING)])
def test_scorers(scores, found, same):
    assert scores(examples(found)) == scores(examples(same))
    assert scores(examples(OWN)) != scores(examples(NOTHING))


@pytest.mark.parametrize(("found", "same"), [(ALL, OWN), (ONLY_OTHER, NOTHING)])
def test_evaluate(found, same):
    figures = []
    for one in (found, same):
        nlp, given = spacy.blank("en"), examples(one)

        def find(doc, source=given[0].predicted):
            doc.set_ents([Span(doc, e.start, e.end, e.label_, kb_id=e.kb_id_) for e in source.ents])
            spans = source.spans.get("bioner_relations", ())
            doc.spans["bioner_relations"] = [Span(doc, s.start, s.end, s.label_) for s in spans]
            return doc

        name = f"find_{len(one.mentions)}_mentions"
        spacy.Language.component(name, func=find)
        nlp.add_pipe(name)
        metrics = evaluate(nlp, [Example(unannotated(given[0].reference), given[0].reference)]).metrics()
        figures.append({name: value for name, value in metrics.items() if name != "speed"})
    assert figures[0] == figures[1]
    assert ("concepts_f" in figures[0], figures[0]["relations_counts"]["tp"]) == (
        (True, 1) if same is OWN else (False, 0)
    )


@pytest.mark.parametrize(("found", "same"), [(ALL, OWN), (ONLY_OTHER, NOTHING)])
def test_files(found, same):
    (one, other), _ = zip(*(match_documents([GOLD], [[each]]) for each in (found, same)), strict=True)
    assert score_files(one, ["x"], 50) == score_files(other, ["x"], 50)
    assert token_tags(one, 0) == token_tags(other, 0)
    assert agreement(one, ["a", "b"]) == agreement(other, ["a", "b"])
    assert [*disagreements(one, ["a", "b"])] == [*disagreements(other, ["a", "b"])]
    # The first annotator may be the one who looked for more.
    (back,), _ = match_documents([found], [[GOLD]])
    assert agreement([back], ["a", "b"])["pairs"][0]["f"] == agreement(other, ["a", "b"])["pairs"][0]["f"]
    assert [*disagreements([back], ["a", "b"])] == [] if same is OWN else True


def test_tags():
    pytest.importorskip("seqeval")
    assert tag_scores(examples(ALL)) == tag_scores(examples(OWN))
    assert tag_scores(examples(OWN)) != tag_scores(examples(NOTHING))


def test_tags_that_are_illegal(tmp_path):
    """The tags of a column file, which keep I after O, and are not made from its mentions."""
    tags = ["B-Drug", "O", "I-Disease", "O", "B-Disease"]
    rows = "".join(f"{word}\t{tag}\n" for word, tag in zip(TEXT.split(), tags, strict=True))
    (tmp_path / "found.tsv").write_text(f"{rows}\n")
    matches, _ = match_documents([GOLD], [read(tmp_path / "found.tsv")])
    assert token_tags(matches, 0).found == [["O", *tags[1:]]]


def test_tokens_of_unknown_gold_are_not_in_tags():
    """As in the exact-span scores."""
    pytest.importorskip("seqeval")
    vocab, words = spacy.blank("en").vocab, TEXT.split()
    gold = Doc(vocab, words, ents=["", "O", "B-Disease", "O", "O"])
    found = Doc(vocab, words, ents=["B-Disease", "O", "B-Disease", "O", "O"])
    assert exact_span_scores([Example(found, gold)])["ents_f"] == 1
    assert tag_scores([Example(found, gold)])["strict"]["all"]["f"] == 1


def test_likely_errors_of_the_gold():
    probable = Probable(dict.fromkeys(((m.parts, m.label) for m in (DRUG, ASTHMA, RASH)), 0.9))
    assert [*model_findings(GOLD, 0, probable)] == []
    (missing,) = model_findings(OWN, 0, probable)
    assert missing.kind == "missing"
