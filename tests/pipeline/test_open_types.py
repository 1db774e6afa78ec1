"""Types that a document leaves open: the loss beside enumeration, its slopes, and two corpora that teach one tagger."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example
from tagger_examples import build, found
from thinc.api import fix_random_seed

from spacy_bioner.documents.declared_types import declare_types
from spacy_bioner.errors import BionerError
from spacy_bioner.ml.decoding.decoders import chain_of
from spacy_bioner.pipeline.gold_mentions import UNKNOWN
from spacy_bioner.pipeline.open_types import known_tags
from spacy_bioner.tags import tag_set

WORDS = ["BRCA1", "and", "breast", "cancer"]


def example(vocab, words, ents, types=None, missing=()):
    reference = Doc(vocab, words=words)
    gaps = [Span(reference, i, i + 1) for i in missing]
    reference.set_ents([Span(reference, *ent) for ent in ents], missing=gaps, default="outside")
    if types is not None:
        declare_types(reference, types)
    return Example(Doc(vocab, words=words), reference)


def test_a_token_outside_may_have_any_tag_of_a_type_that_is_not_declared():
    vocab, tags = spacy.blank("en").vocab, tag_set(["Disease", "Gene"], "BIO")
    docs = [example(vocab, WORDS, [], types) for types in (["Disease"], ["Gene", "Disease"], None)]
    ids = np.array([0, UNKNOWN, 1, 2] * 3)
    first, second, third = known_tags(docs, ids, tags, np.array([4, 4, 4]))
    assert first.tolist() == [
        [True, False, False, True, True],
        [True] * 5,
        [False, True, False, False, False],
        [False, False, True, False, False],
    ]
    assert second.tolist() == third.tolist() == [0, UNKNOWN, 1, 2]


def test_the_sentences_of_a_document_share_its_types():
    vocab, tags = spacy.blank("en").vocab, tag_set(["A", "B"], "BIO")
    docs = [
        example(vocab, WORDS, []),
        example(vocab, WORDS, [], ["A"]),
        example(vocab, [], []),
        example(vocab, WORDS, []),
    ]
    known = known_tags(docs, np.zeros(12, dtype=int), tags, np.array([3, 1, 1, 3, 2, 2]))
    assert [one.ndim for one in known] == [1, 1, 2, 2, 1, 1]


def brute_force(decoder, scores, sets):
    """log Z over all tag sequences minus log Z over those within the sets."""
    from itertools import pairwise, product

    chain, totals = chain_of(decoder), {True: [], False: []}
    for path in product(range(scores.shape[1]), repeat=len(scores)):
        score = chain.start[path[0]] + chain.end[path[-1]] + sum(scores[t, tag] for t, tag in enumerate(path))
        score += sum(chain.transitions[a, b] for a, b in pairwise(path))
        inside = all(sets[t][tag] for t, tag in enumerate(path))
        totals[inside].append(score)
    return np.logaddexp.reduce(totals[True] + totals[False]) - np.logaddexp.reduce(totals[True])


@pytest.fixture(scope="module")
def tagger():
    nlp = build()
    pipe = nlp.get_pipe("bioner_tagger")
    nlp.initialize(lambda: [example(nlp.vocab, WORDS, [(0, 1, "Gene"), (2, 4, "Disease")])])
    rng = np.random.default_rng(0)
    for name in ("start", "transitions", "end"):
        param = pipe._decoder.get_param(name)
        pipe._decoder.set_param(name, rng.normal(size=param.shape).astype("float32"))
    return nlp, pipe


def test_the_loss_is_what_enumeration_gives_and_its_gradient_the_slopes(tagger):
    nlp, pipe = tagger
    docs = [
        example(nlp.vocab, WORDS, [(2, 4, "Disease")], ["Disease"]),
        example(nlp.vocab, WORDS, [(0, 1, "Gene")], ["Gene"], missing=[1]),
    ]
    scores = np.random.default_rng(1).normal(size=(8, 9)).astype("float64")
    tags = pipe._decoder.attrs["tags"]
    opened = {label: [tag == "O" or tag.endswith(label) for tag in tags] for label in ("Gene", "Disease")}
    only = {tag: [tag == other for other in tags] for tag in tags}
    sets = [
        [opened["Gene"], opened["Gene"], only["B-Disease"], only["E-Disease"]],
        [only["S-Gene"], [True] * 9, opened["Disease"], opened["Disease"]],
    ]
    loss, gradient = pipe.loss_and_gradient(docs, scores)
    parts = [scores[:4], scores[4:]]
    expected = sum(brute_force(pipe._decoder, part, own) for part, own in zip(parts, sets, strict=True))
    assert loss == pytest.approx(expected, rel=1e-6)
    for token, tag in np.ndindex(8, 9):
        both = []
        for step in (1e-4, -1e-4):
            moved = scores.copy()
            moved[token, tag] += step
            both.append(pipe.loss_and_gradient(docs, moved)[0])
        # The gradient is of the mean over the two sequences.
        assert gradient[token, tag] * 2 == pytest.approx((both[0] - both[1]) / 2e-4, abs=1e-5)


def test_a_document_that_declares_all_labels_is_one_that_declares_none(tagger):
    nlp, pipe = tagger
    scores = np.random.default_rng(2).normal(size=(4, 9))
    losses = [
        pipe.loss_and_gradient([example(nlp.vocab, WORDS, [(0, 1, "Gene")], types)], scores)[0]
        for types in (None, ["Gene", "Disease", "Species"])
    ]
    assert losses[0] == losses[1]


TEXT = ["BRCA1", "is", "not", "linked", "with", "lupus", "."]
DISEASES = [
    ("BRCA1 raises the risk of asthma .", [(5, 6, "Disease")]),
    ("TP53 is found in lupus .", [(4, 5, "Disease")]),
    ("Nothing is named here .", []),
    ("Lupus is not linked with APOE .", [(0, 1, "Disease")]),
]
GENES = [
    ("BRCA1 is known .", [(0, 1, "Gene")]),
    ("APOE is not linked with lupus .", [(0, 1, "Gene")]),
    ("Nothing is named here .", []),
    ("TP53 is found in asthma .", [(0, 1, "Gene")]),
]


def two_corpora(vocab, declared):
    return [
        example(vocab, text.split(), ents, [label] if declared else None)
        for corpus, label in ((DISEASES, "Disease"), (GENES, "Gene"))
        for text, ents in corpus
    ]


@pytest.mark.parametrize("settings", [{}, {"layers": "labels"}, {"decoder": "softmax"}], ids=str)
def test_two_corpora_teach_one_tagger_both_types(settings):
    recall = []
    for declared in (True, False):
        fix_random_seed(0)
        nlp = build(**settings)
        data = two_corpora(nlp.vocab, declared)
        optimizer = nlp.initialize(lambda data=data: data)
        optimizer.learn_rate = 0.02
        for _ in range(40):
            nlp.update(data, sgd=optimizer, losses={})
        doc = nlp(Doc(nlp.vocab, words=TEXT))
        recall.append(len(found(doc)))
        if declared:
            assert found(doc) == [(0, 5, "Gene"), (25, 30, "Disease")]
    assert recall[1] < 2, "without the types each corpus teaches that the other's mentions are none"


def test_a_crf_of_crfsuite_refuses_what_it_cannot_learn_and_learns_it_in_layers():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf")
    with pytest.raises(BionerError, match=r"B742.*Disease.*layers"):
        nlp.initialize(lambda: two_corpora(nlp.vocab, declared=True))
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf", config={"layers": "labels", "c1": 0.0, "c2": 0.01})
    nlp.initialize(lambda: two_corpora(nlp.vocab, declared=True))
    doc = nlp(Doc(nlp.vocab, words=TEXT))
    assert found(doc) == [(0, 5, "Gene"), (25, 30, "Disease")]
