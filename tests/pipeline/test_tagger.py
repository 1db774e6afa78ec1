import warnings

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example
from tagger_examples import CNN, SENTENCES, SMALL, build, examples, found, train
from thinc.api import fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.decoding.decoders import decode
from spacy_bioner.pipeline import batching
from spacy_bioner.pipeline.prediction import Prediction
from spacy_bioner.tags import SCHEMES, validate


@pytest.fixture(scope="module")
def trained():
    return train(build())


def scores(doc):
    return doc.spans["bioner"].attrs["scores"]


@pytest.mark.parametrize("factory", ["bioner_tagger", "bioner_bilstm_crf"])
def test_a_few_examples_train_in_a_notebook(factory):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe(factory)
    data = examples(nlp)
    nlp.initialize(lambda: data)
    losses = [nlp.update(data, losses={})[factory] for _ in range(40)]
    assert losses[-1] < losses[0] / 5
    assert nlp.evaluate(data)["ents_f"] == 1.0
    assert nlp.pipe_labels[factory] == ["Disease", "Gene"]


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_decoder_learns_in_every_scheme(decoder, scheme):
    nlp = train(build(decoder, scheme), 40)
    for text, entities in SENTENCES:
        assert found(nlp(text)) == entities


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_illegal_sequence_comes_out_of_an_untrained_model(decoder, scheme):
    nlp = build(decoder, scheme)
    nlp.initialize(lambda: examples(nlp))
    pipe = nlp.get_pipe("bioner_tagger")
    output = pipe.model.get_ref("output")
    output.set_param("W", np.random.default_rng(0).normal(size=output.get_param("W").shape).astype("f") * 3)
    rows = decode(pipe.model.get_ref("decoder"), pipe.model.predict([doc.predicted for doc in examples(nlp)]))
    tags = pipe.model.get_ref("decoder").attrs["tags"]
    assert any(row.any() for row in rows)
    assert all(validate([tags[i] for i in row], scheme) == [] for row in rows)


def test_the_bilstm_trains_and_predicts_the_same_alone_and_in_a_batch():
    nlp = train(build(tok2vec=SMALL), 60)
    texts = [text for text, _ in SENTENCES] * 3
    alone = [nlp(text) for text in texts]
    for doc, other in zip(nlp.pipe(texts, batch_size=5), alone, strict=True):
        assert found(doc) == found(other)
        assert scores(doc) == pytest.approx(scores(other), abs=1e-5)
    assert [found(doc) for doc in alone[:4]] == [entities for _, entities in SENTENCES]


def test_scores_are_probabilities_and_the_threshold_keeps_entities_out(trained):
    doc = trained("BRCA1 and APOE raise the risk of lung cancer .")
    assert len(scores(doc)) == len(doc.spans["bioner"]) == len(doc.ents) > 0
    assert all(0 < score <= 1 for score in scores(doc))
    pipe = trained.get_pipe("bioner_tagger")
    pipe.threshold = (max(scores(doc)) + min(scores(doc))) / 2
    try:
        strict = trained("BRCA1 and APOE raise the risk of lung cancer .")
    finally:
        pipe.threshold = 0.0
    assert scores(strict) == scores(doc)
    assert len(strict.ents) == sum(score >= (max(scores(doc)) + min(scores(doc))) / 2 for score in scores(doc))
    assert 0 < len(strict.ents) < len(doc.ents)


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
def test_alternatives_stand_in_the_group_alone(decoder):
    nlp = train(build(decoder), 3)  # not yet sure
    text = SENTENCES[0][0]
    plain = nlp(text)
    nlp.get_pipe("bioner_tagger").alternatives = 0.001
    doc = nlp(text)
    assert [(e.start, e.end, e.label) for e in doc.ents] == [(e.start, e.end, e.label) for e in plain.ents]
    group = {(s.start, s.end, s.label_): p for s, p in zip(doc.spans["bioner"], scores(doc), strict=True)}
    assert len(group) == len(doc.spans["bioner"]) > len(doc.ents)
    assert min(group.values()) >= 0.0009
    # Spans of one token exclude each other, and the probability that it is in none: together at most 1.
    for token in doc:
        assert sum(p for (start, end, _), p in group.items() if start <= token.i < end) <= 1.001
    assert scores(plain) == pytest.approx([group[s.start, s.end, s.label_] for s in plain.spans["bioner"]], abs=1e-5)


def test_spans_key_merge_policy_and_scorer_come_from_the_config():
    nlp = train(build(spans_key="mine", merge="replace", scorer=None), 40)
    doc = nlp.make_doc(SENTENCES[0][0])
    doc.set_ents([Span(doc, 1, 3, "Other")])
    doc = nlp.get_pipe("bioner_tagger")(doc)
    assert found(doc) == SENTENCES[0][1]
    assert len(doc.spans["mine"]) == 2
    assert "ents_f" not in nlp.evaluate(examples(nlp))


def test_odd_documents(trained):
    texts = ["", "APOE", " ", "\n\n \t", ".", "", "BRCA1  raises\n\nthe risk of breast cancer ."]
    assert [len(doc) for doc in trained.pipe(texts)] == [len(trained(text)) for text in texts]
    assert list(trained.pipe([])) == []
    assert trained("").ents == ()
    pipe = trained.get_pipe("bioner_tagger")
    assert pipe.predict([trained.make_doc("")]) == [Prediction()]
    losses = pipe.update([Example(trained.make_doc(""), trained.make_doc(""))], losses={})
    assert losses == {"bioner_tagger": 0.0}
    mixed = examples(trained, [("", []), *SENTENCES, (" ", [])])
    assert pipe.get_loss(mixed, pipe.model.predict([pair.predicted for pair in mixed]))[0] > 0


def test_a_long_document_is_read_to_its_end(trained):
    text = SENTENCES[0][0]
    words = text.split() * 625
    doc = trained.get_pipe("bioner_tagger")(Doc(trained.vocab, words=words))
    assert len(doc) == 5000
    assert doc.ents[-1].text == "breast cancer"
    assert len(doc.ents) == 1250


def test_prediction_takes_portions_of_bounded_size(trained, monkeypatch):
    texts = [text for text, _ in SENTENCES] * 4
    whole = [found(doc) for doc in trained.pipe(texts)]
    monkeypatch.setattr(batching, "WORDS_AT_ONCE", 20)
    assert [found(doc) for doc in trained.pipe(texts)] == whole


def test_sentences_are_units_where_their_starts_are_set():
    nlp = train(build(tok2vec=SMALL), 60)
    pipe = nlp.get_pipe("bioner_tagger")
    texts = [text.split() for text, _ in SENTENCES]
    words = [word for text in texts for word in text]
    starts = [i == 0 for text in texts for i in range(len(text))]
    joined = pipe(Doc(nlp.vocab, words=words, sent_starts=starts))
    alone = [pipe(Doc(nlp.vocab, words=text)) for text in texts]
    assert [ent.text for ent in joined.ents] == [ent.text for doc in alone for ent in doc.ents]
    assert scores(joined) == pytest.approx([score for doc in alone for score in scores(doc)], abs=1e-5)
    assert len(joined.ents) == 6


def test_an_entity_over_a_sentence_end_is_left_out_of_training_with_one_warning(trained):
    pipe = train(build(), 1).get_pipe("bioner_tagger")
    predicted = Doc(pipe.vocab, words=["E.", "coli", "grows"], sent_starts=[True, True, False])
    reference = Doc(pipe.vocab, words=["E.", "coli", "grows"], ents=["B-Gene", "I-Gene", "O"])
    pair = Example(predicted, reference)
    with pytest.warns(UserWarning, match="B562"):
        _, gradients = pipe.get_loss([pair], pipe.model.predict([predicted]))
    assert np.abs(gradients[0][0]).max() < 1e-6
    assert np.abs(gradients[0][2]).max() > 1e-3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pipe.get_loss([pair], pipe.model.predict([predicted]))


def test_misaligned_gold_is_never_trained_as_outside():
    pipe = train(build("softmax"), 1).get_pipe("bioner_tagger")  # in a CRF the neighbours' tags tell of the token's
    reference = Doc(pipe.vocab, words=["BRCA1", "-", "negative", "."], spaces=[False] * 4)
    reference.set_ents([Span(reference, 0, 1, "Gene")])
    predicted = Doc(pipe.vocab, words=["BRCA1-negative", "."], spaces=[False] * 2)
    _, gradients = pipe.get_loss([Example(predicted, reference)], pipe.model.predict([predicted]))
    assert np.abs(gradients[0][0]).max() < 1e-6
    assert np.abs(gradients[0][1]).max() > 1e-3
    unannotated = Doc(pipe.vocab, words=["BRCA1-negative", "."], spaces=[False] * 2)
    loss, _ = pipe.get_loss([Example(predicted, unannotated)], pipe.model.predict([predicted]))
    assert loss == pytest.approx(0.0, abs=1e-6)


def test_bytes_disk_and_docbin(trained, tmp_path):
    doc = trained("BRCA1 and APOE raise the risk of lung cancer .")
    trained.to_disk(tmp_path / "model")
    others = [spacy.load(tmp_path / "model"), build().from_bytes(trained.to_bytes())]
    pipe = build().get_pipe("bioner_tagger").from_bytes(trained.get_pipe("bioner_tagger").to_bytes())
    assert pipe.labels == ("Disease", "Gene")
    for other in others:
        again = other("BRCA1 and APOE raise the risk of lung cancer .")
        assert found(again) == found(doc)
        assert scores(again) == scores(doc)
        assert other.get_pipe("bioner_tagger").labels == ("Disease", "Gene")
    stored = DocBin(docs=[doc], store_user_data=True).to_bytes()
    (back,) = DocBin().from_bytes(stored).get_docs(trained.vocab)
    assert found(back) == found(doc)
    assert scores(back) == scores(doc)


def test_a_loaded_pipeline_trains_on(trained, tmp_path):
    trained.to_disk(tmp_path / "model")
    nlp = spacy.load(tmp_path / "model")
    optimizer = nlp.resume_training()
    data = examples(nlp, [("MLH1 is studied in colon cancer .", [(0, 4, "Gene"), (19, 31, "Disease")])])
    losses = [nlp.update(data, sgd=optimizer, losses={})["bioner_tagger"] for _ in range(10)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("tok2vec", [CNN, SMALL])
def test_two_processes(tok2vec):
    trained = train(build(tok2vec=tok2vec))
    texts = [text for text, _ in SENTENCES] * 3
    one = [(found(doc), scores(doc)) for doc in trained.pipe(texts)]
    two = [(found(doc), scores(doc)) for doc in trained.pipe(texts, n_process=2, batch_size=2)]
    assert [ents for ents, _ in two] == [ents for ents, _ in one]
    assert [p for _, p in two] == [pytest.approx(p) for _, p in one]


@pytest.mark.parametrize("decoder", ["crf", "softmax"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_label_added_later_changes_no_prediction_and_can_be_learnt(decoder, scheme):
    nlp = train(build(decoder, scheme), 20)
    pipe = nlp.get_pipe("bioner_tagger")
    texts = ["BRCA1 raises the risk", "Lung cancer and APOE are found with aspirin .", "x y z " * 30]
    before = [found(doc) for doc in nlp.pipe(texts)]
    assert pipe.add_label("Drug") == 1
    assert pipe.add_label("Drug") == 0
    assert pipe.labels == ("Disease", "Gene", "Drug")
    assert [found(doc) for doc in nlp.pipe(texts)] == before
    data = examples(nlp, [*SENTENCES, ("Aspirin treats asthma .", [(0, 7, "Drug"), (15, 21, "Disease")])])
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.02
    for _ in range(40):
        nlp.update(data, sgd=optimizer, losses={})
    assert nlp.evaluate(data)["ents_f"] == 1.0
    assert found(build(decoder, scheme).from_bytes(nlp.to_bytes())("Aspirin treats asthma .")) == found(
        nlp("Aspirin treats asthma .")
    )


def test_labels_can_be_given():
    nlp = build()
    nlp.config["initialize"]["components"]["bioner_tagger"] = {"labels": ["Gene", "Drug", "Disease"]}
    nlp.initialize(lambda: examples(nlp))
    pipe = nlp.get_pipe("bioner_tagger")
    assert pipe.labels == pipe.label_data == ("Gene", "Drug", "Disease")

    nlp = build()
    nlp.get_pipe("bioner_tagger").add_label("Drug")
    nlp.initialize(lambda: examples(nlp))
    assert nlp.get_pipe("bioner_tagger").labels == ("Drug", "Disease", "Gene")

    nlp = build()
    nlp.get_pipe("bioner_tagger").add_label("Drug")
    nlp.initialize()  # no examples, as in a notebook
    assert nlp.get_pipe("bioner_tagger").labels == ("Drug",)
    assert len(nlp("Aspirin")) == 1

    pipe = build().get_pipe("bioner_tagger")
    with pytest.warns(UserWarning, match=r"B561.*Disease"):
        pipe.initialize(lambda: examples(nlp), labels=["Gene"])


@pytest.mark.parametrize(
    ("labels", "code"), [([], "B559"), (["B-Gene", "I-Gene"], "B560"), (["Gene", ""], "B560"), (["O", "Gene"], "B560")]
)
def test_labels_that_do_not_fit_are_refused(labels, code):
    nlp = build()
    sentences = SENTENCES if labels else [("No gene is named here .", [])]
    with pytest.raises(BionerError, match=code):
        nlp.get_pipe("bioner_tagger").initialize(lambda: examples(nlp, sentences), labels=labels or None)
