"""`evaluate` and the files, runs and reports made from its predictions give one figure for relations."""

import random
from collections import Counter
from dataclasses import replace
from typing import get_args

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner.corpus.annotation.stream import annotate as annotated
from spacy_bioner.documents.alignment import from_doc, to_doc
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.experiments.analysis.units import relation_units
from spacy_bioner.experiments.evaluation import evaluate, predictions
from spacy_bioner.pipeline.set_entities import FragmentPolicy, annotate
from spacy_bioner.scoring import compare
from spacy_bioner.training.corpora import unannotated

WORDS = [f"w{number}" for number in range(20)]
LABELS = ("Drug", "ADR", "Organ")


def as_mention(parts, label, name=""):
    """The mention of token ranges, in a text of WORDS joined by spaces."""
    starts = [len(" ".join(WORDS[:i])) + bool(i) for i in range(len(WORDS))]
    spans = tuple((starts[a], starts[b - 1] + len(WORDS[b - 1])) for a, b in parts)
    return Mention(spans[0][0], spans[-1][1], label, spans if len(spans) > 1 else (), name)


def random_parts(rng):
    """Return token ranges in text order: one, or two or three with a gap between them."""
    edges = sorted(rng.sample(range(len(WORDS) + 1), rng.choice([2, 4, 4, 6])))
    return list(zip(edges[::2], edges[1::2], strict=True))


def find(doc, policy):
    """Find entities, other mentions (nested or in several parts) and relations of entities, as the first word says."""
    rng, flat, last = random.Random(doc[0].text), [], 0
    for start in sorted(rng.sample(range(len(doc)), 2)):
        if start >= last:
            last = min(len(doc), start + rng.randint(1, 2))
            flat.append(Span(doc, start, last, rng.choice(LABELS)))
    whole = [(random_parts(rng), rng.choice(LABELS), rng.random()) for _ in range(rng.randint(2, 8))]
    whole += [([(ent.start, ent.end)], "Nested", 0.5) for ent in flat[:1]]
    annotate(doc, flat, whole=whole, fragments=policy)
    pairs = [(a, b) for a in doc.ents for b in doc.ents if a != b and rng.random() < 0.8]
    set_relations(doc, [RelationSpans(a, b, rng.choice(["causes", "treats"]), 0.5) for a, b in pairs])
    return doc


def gold_like(found, rng):
    """Return gold of which some is what was found, and some is not."""
    mentions = [m for m in found.mentions if not m.id or rng.random() < 0.9]
    names = {m.id for m in mentions}
    relations = [r for r in found.relations if {name for _, name in r.arguments} <= names and rng.random() < 0.7]
    others = [replace(r, label="none of those found") for r in relations if rng.random() < 0.4]
    return Document(found.text, mentions, relations=[*relations, *others])


@pytest.mark.parametrize("policy", get_args(FragmentPolicy))
def test_both_ways_of_scoring_agree(policy):
    nlp = spacy.blank("en")
    Language.component(f"test_find_{policy}", func=lambda doc: find(doc, policy))
    references = []
    for seed in range(60):
        text = " ".join([f"seed{seed}", *WORDS[1:]])
        found = from_doc(find(nlp.make_doc(text), policy), gold=False)
        references.append(to_doc(gold_like(found, random.Random(seed)), nlp))
    nlp.add_pipe(f"test_find_{policy}")
    result = evaluate(nlp, [Example(unannotated(reference), reference) for reference in references])
    counts, several = Counter(), 0
    for reference, example, predicted in zip(references, result.examples, predictions(result.examples), strict=True):
        assert len(predicted.relations) == len(example.predicted._.relations)
        units = relation_units(from_doc(reference), predicted)
        alike = compare(units.gold, units.found)
        counts.update(tp=len(alike.true_positives), fp=len(alike.false_alarms), fn=len(alike.misses))
        several += sum(len(end) > 3 for unit in alike.true_positives for end in unit[3:])
    assert result.relations["relations_counts"] == counts
    assert min(counts.values()) > 10
    assert several > 10 or policy == "none"


@pytest.mark.parametrize("policy", ["cover", "first", "longest"])
def test_a_relation_of_a_mention_in_parts_is_a_hit_and_is_written(policy):
    nlp = spacy.blank("en")

    def find_two(doc):
        annotate(doc, [Span(doc, 0, 1, "Drug")], whole=[([(2, 3), (5, 6)], "ADR", 0.7)], fragments=policy)
        set_relations(doc, [RelationSpans(doc.ents[0], doc.ents[1], "causes", 0.5)])
        return doc

    Language.component(f"test_of_parts_{policy}", func=find_two)
    nlp.add_pipe(f"test_of_parts_{policy}")
    mentions = [as_mention([(0, 1)], "Drug", "T1"), as_mention([(2, 3), (5, 6)], "ADR", "T2")]
    gold = Document(" ".join(WORDS), mentions, relations=[Relation("causes", (("Arg1", "T1"), ("Arg2", "T2")))])
    reference = to_doc(gold, nlp)
    result = evaluate(nlp, [Example(unannotated(reference), reference)])
    assert result.relations["relations_f"] == 1.0
    (written,) = annotated(nlp, [gold])
    assert [m.fragments for m in written.mentions] == [m.fragments for m in mentions]
    assert [(r.label, r.arguments) for r in written.relations] == [(r.label, r.arguments) for r in gold.relations]
