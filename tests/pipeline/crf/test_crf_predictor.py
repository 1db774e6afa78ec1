"""What the predictor finds, against crfsuite's own tagger and against enumeration of all tag sequences."""

import sys
from itertools import product

import numpy as np
import pycrfsuite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab
from toy import bare, make_doc, make_examples, sentences

from spacy_bioner.ml.sequences import sequence_lengths
from spacy_bioner.pipeline import batching
from spacy_bioner.pipeline.crf import emissions as crf_emissions
from spacy_bioner.pipeline.crf.crfsuite_reader import read_model
from spacy_bioner.pipeline.crf.emissions import Emissions
from spacy_bioner.pipeline.crf.features.abbreviations import AbbreviationFeatures
from spacy_bioner.pipeline.crf.features.affixes import AffixFeatures
from spacy_bioner.pipeline.crf.features.bigrams import BigramFeatures
from spacy_bioner.pipeline.crf.features.feature_set import FeatureSet
from spacy_bioner.pipeline.crf.features.repeats import RepeatFeatures
from spacy_bioner.pipeline.crf.features.words import WordFeatures
from spacy_bioner.pipeline.crf.predictor import CrfPredictor
from spacy_bioner.pipeline.crf.training import fit
from spacy_bioner.pipeline.crf.training_data import training_sequences
from spacy_bioner.pipeline.prediction import Prediction
from spacy_bioner.tags import decode, validate

VOCAB = Vocab()
LABELS = ["Chemical", "Disease"]
WORDS = ["aspirin", "hepatitis", "renal", "failure", "the", "(", ")", "RF", "5", "-", "new", "type"]


def make_features():
    return FeatureSet(
        {
            "lower": WordFeatures(form="lower", window=[-2, 0, 1]),
            "affixes": AffixFeatures(prefixes=[1], suffixes=[2, 3]),
            "bigrams": BigramFeatures(pairs=[[-1, 0], [0, 2]]),
            "short": AbbreviationFeatures(of=["lower"], window=[-1, 0]),
            "again": RepeatFeatures(of=["affixes"], common=3),
        }
    )


def fitted(scheme, n=25):
    examples = make_examples(VOCAB, n)
    features = make_features()
    features.initialize(VOCAB, examples)
    # Held down: a model that is sure of little has probabilities to compare.
    data = fit(training_sequences(examples, features, LABELS, scheme), "lbfgs", {"c2": 3.0, "max_iterations": 20})
    return features, data


@pytest.fixture(scope="module", params=["IOBES", "BIO", "BILOU"])
def model(request):
    features, data = fitted(request.param)
    tagger = pycrfsuite.Tagger()
    tagger.open_inmemory(data)
    yield CrfPredictor(features, [read_model(data)], request.param), tagger
    del data  # not before: the tagger reads these bytes, but holds no reference to them


def lengths_of(doc):
    return sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize)


texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), max_size=3)


def to_doc(text):
    words = [word for sentence in text for word in sentence]
    starts = [i == 0 for sentence in text for i in range(len(sentence))]
    return Doc(VOCAB, words=words, sent_starts=starts)


@given(st.lists(texts, min_size=1, max_size=3), st.sampled_from([0, 3, 10**6]))
def test_emissions_sum_over_the_features_that_training_has(model, made, kept):
    predictor, _ = model
    before = crf_emissions._KEPT_WORDS
    crf_emissions._KEPT_WORDS = kept
    try:
        docs = [to_doc(text) for text in made]
        scores = predictor.emissions(docs, [lengths_of(doc) for doc in docs])
    finally:
        crf_emissions._KEPT_WORDS = before
    features, weights = predictor.emissions.features, predictor.emissions.model
    plain = [
        weights.score(names) for doc in docs for sequence in features.of_doc(doc, lengths_of(doc)) for names in sequence
    ]
    np.testing.assert_allclose(scores, np.array(plain).reshape(scores.shape), atol=1e-12)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
@settings(max_examples=15)
def test_probabilities_are_sums_over_all_legal_tag_sequences(model, words):
    predictor, tagger = model
    doc = Doc(VOCAB, words=words)
    (features,) = predictor.emissions.features.of_doc(doc, [len(words)])
    tagger.set(features)
    paths = {path: tagger.probability(path) for path in product(tagger.labels(), repeat=len(words))}
    assert sum(paths.values()) == pytest.approx(1)
    legal = {path: p for path, p in paths.items() if not validate(path, predictor.scheme)}
    total = sum(legal.values())
    expected = {}
    for path, probability in legal.items():
        for span in decode(path, predictor.scheme):
            expected[span] = expected.get(span, 0.0) + probability / total
    found = next(predictor.predict([doc], 0.01)).spans
    assert {span[:3] for span in found} == {span for span, probability in expected.items() if probability >= 0.01}
    for *span, probability in found:
        assert probability == pytest.approx(expected[tuple(span)], abs=1e-9)
    best = next(predictor.predict([doc], None)).spans
    top = max(legal.values())
    assert [span[:3] for span in best] in [
        decode(path, predictor.scheme) for path, p in legal.items() if p > top - 1e-12
    ]
    assert [span[3] for span in best] == pytest.approx([expected[span[:3]] for span in best])


def test_it_tags_as_crfsuite_does(model):
    predictor, tagger = model
    docs = [bare(make_doc(VOCAB, *sentences(3, seed))) for seed in range(20)]
    spans = [found.spans for found in predictor.predict(docs, None)]
    for doc, found in zip(docs, spans, strict=True):
        expected, first = [], 0
        for sequence in predictor.emissions.features.of_doc(doc, lengths_of(doc)):
            tags = tagger.tag(sequence)
            assert not validate(tags, predictor.scheme)
            expected += [(start + first, end + first, label) for start, end, label in decode(tags, predictor.scheme)]
            first += len(sequence)
        assert [span[:3] for span in found] == expected
    assert sum(map(len, spans)) > 30


@pytest.mark.parametrize("threshold", [None, 0.2])
def test_a_document_alone_is_as_in_any_batch(model, threshold, monkeypatch):
    predictor, _ = model
    docs = [bare(make_doc(VOCAB, *sentences(n, n))) for n in (1, 0, 4, 2, 0, 7)]
    together = [found.spans for found in predictor.predict(docs, threshold)]
    monkeypatch.setattr(batching, "WORDS_AT_ONCE", 1)
    alone = [found.spans for found in predictor.predict(docs, threshold)]
    assert [[span[:3] for span in found] for found in together] == [[span[:3] for span in found] for found in alone]
    for found, again in zip(together, alone, strict=True):
        np.testing.assert_allclose([span[3] for span in found], [span[3] for span in again], atol=1e-12)
    assert list(predictor.predict([], threshold)) == []
    assert list(predictor.predict([Doc(VOCAB)], threshold)) == [Prediction()]


def test_the_memory_of_words_is_bounded_in_bytes(model, monkeypatch):
    predictor, _ = model
    monkeypatch.setattr(crf_emissions, "_KEPT_BYTES", 40_000)
    emissions = Emissions(predictor.emissions.features, predictor.emissions.model)
    words, pairs = emissions._most()
    assert max(words, pairs) < 1_000
    for i in range(40):
        doc = Doc(VOCAB, words=[f"word{i}x{j}" for j in range(50)])
        emissions([doc], [np.array([50])])
        of_call = 60 * emissions.kept.words.table[0].nbytes, 120 * emissions.kept.pairs.table[0].nbytes
        for table, more in zip(emissions.kept, of_call, strict=True):
            assert table.table.nbytes <= 40_000 + more
    assert len(emissions.kept.words) > 50  # words of earlier calls are kept


def test_no_entity_goes_over_the_end_of_a_sentence(model):
    predictor, _ = model
    words = ["Patients", "with", "renal", "failure", "took", "aspirin", "daily", "."]
    whole, halves = (Doc(VOCAB, words=words, sent_starts=[i in at for i in range(8)]) for at in ({0}, {0, 3}))
    assert (2, 4, "Disease") in [span[:3] for span in next(predictor.predict([whole], None)).spans]
    assert all(end <= 3 or start >= 3 for start, end, *_ in next(predictor.predict([halves], 0.01)).spans)


def test_without_pairs_or_words_the_rest_counts():
    examples = make_examples(VOCAB, 10)
    features = FeatureSet({"lower": WordFeatures(form="lower", window=[]), "short": AbbreviationFeatures(of=["lower"])})
    data = fit(training_sequences(examples, features, LABELS, "BIO"), "lbfgs", {"max_iterations": 2})
    doc = Doc(VOCAB, words=["renal", "failure", "(", "RF", ")"])
    emissions = Emissions(features, read_model(data))
    assert emissions([doc], [np.array([5])]).shape == (5, len(emissions.model.tags))
