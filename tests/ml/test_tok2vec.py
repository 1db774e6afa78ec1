import numpy as np
import pytest
import spacy
from gradients import check_parameter_gradients
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.util import registry
from spacy.vocab import Vocab
from thinc.api import Model, fix_random_seed

from spacy_bioner.ml.tok2vec import make_char_bilstm_bilstm, make_char_cnn_bilstm

SMALL = {
    "spacy-bioner.CharCnnBiLSTM.v1": {"hidden": 12, "char_dim": 6, "max_char_width": 3, "filters_per_width": 4},
    "spacy-bioner.CharBiLSTM.v1": {"hidden": 12, "char_dim": 6, "char_hidden": 5},
}
ENCODERS = sorted(SMALL)
SENTENCES = [
    ["IL-2", "activates", "T", "cells", "."],
    ["No", "gene", "here", "."],
    ["p53"],
    ["Mutant", "p53", "binds", "IL-2", "in", "42", "%", "of", "cells", "."],
]
TRAIN = [
    ("He has lung cancer today.", [(7, 18)]),
    ("The mice with diabetes died.", [(14, 22)]),
    ("No illness was seen in mice.", []),
    ("Then diabetes and lung cancer came.", [(5, 13), (18, 29)]),
]


def _docs(vocab: Vocab | None = None) -> list[Doc]:
    vocab = vocab or Vocab()
    return [Doc(vocab, words=words) for words in SENTENCES]


def _model(name: str, docs: list[Doc], **options) -> Model:
    fix_random_seed(0)
    model = registry.architectures.get(name)(**{**SMALL[name], "word_width": 8, **options})
    model.initialize(X=docs)
    return model


def _differ(left: list[np.ndarray], right: list[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max(initial=0)) for a, b in zip(left, right, strict=True))


@pytest.mark.parametrize("name", ENCODERS)
def test_one_row_per_token_whatever_the_batch(name):
    docs = _docs()
    docs.insert(1, Doc(docs[0].vocab))
    model = _model(name, docs)
    together = model.predict(docs)
    assert [Y.shape for Y in together] == [(len(doc), 24) for doc in docs]
    assert model.get_dim("nO") == 24
    assert _differ(together, [model.predict([doc])[0] for doc in docs]) < 1e-6
    assert _differ(together[::-1], model.predict(docs[::-1])) < 1e-6
    assert [Y.shape for Y in model.predict(docs[1:2])] == [(0, 24)]
    assert model.predict([]) == []


@pytest.mark.parametrize("name", ENCODERS)
def test_reads_sentences_where_they_are_set(name):
    docs = _docs()
    words = [word for sentence in SENTENCES for word in sentence]
    starts = [i == 0 for sentence in SENTENCES for i in range(len(sentence))]
    joined = Doc(docs[0].vocab, words=words, sent_starts=starts)
    unset = Doc(docs[0].vocab, words=words)
    model = _model(name, docs)
    by_sentence = np.concatenate(model.predict(docs))
    assert np.allclose(model.predict([joined])[0], by_sentence, atol=1e-6)
    assert not np.allclose(model.predict([unset])[0], by_sentence, atol=1e-3)

    whole = _model(name, docs, by_sentence=False)
    assert np.allclose(whole.predict([joined])[0], whole.predict([unset])[0], atol=1e-6)
    assert np.allclose(whole.predict([unset])[0], model.predict([unset])[0], atol=1e-6)
    pieces = _model(name, docs, by_sentence=False, max_length=6).predict([unset])[0]
    assert pieces.shape == by_sentence.shape
    assert np.allclose(pieces[:6], model.predict([Doc(unset.vocab, words=words[:6])])[0], atol=1e-6)


@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize(
    "options", [{}, {"directions": "independent", "depth": 2}, {"case_features": True, "depth": 2}]
)
def test_gradients_reach_every_parameter(name, options):
    docs = _docs()
    model = _model(name, docs, unknown_rate=0.0, **options)

    def flat(_, X, is_train):
        Ys, backprop = model(X, is_train)
        ends = np.cumsum([len(Y) for Y in Ys])[:-1]
        return np.concatenate(Ys), lambda dY: backprop(np.split(dY, ends))

    check_parameter_gradients(Model("flat", flat, layers=[model]), docs, step=2e-3, tolerance=2e-2)


@pytest.mark.parametrize("name", ENCODERS)
def test_parts_can_be_reached(name):
    model = _model(name, _docs())
    assert "cells" in model.get_ref("word").attrs["rows"]
    assert "p" in model.get_ref("char").attrs["rows"]
    assert model.get_ref("encode").get_param("U0").shape == (2, 48, 12)


@pytest.mark.parametrize("name", ENCODERS)
def test_survives_bytes_and_disk(name, tmp_path):
    docs = _docs()
    model = _model(name, docs)
    before = model.predict(docs)
    model.to_disk(tmp_path / "model")
    build = registry.architectures.get(name)
    for loaded in (
        build(**SMALL[name]).from_bytes(model.to_bytes()),
        build(**SMALL[name]).from_disk(tmp_path / "model"),
    ):
        assert _differ(loaded.predict(docs), before) == 0
        assert loaded.get_ref("word").attrs["rows"] == model.get_ref("word").attrs["rows"]
        assert loaded.get_ref("char") is not model.get_ref("char")
    assert _differ(model.copy().predict(docs), before) == 0


def test_the_defaults_are_the_papers():
    sachan, lample = make_char_cnn_bilstm(), make_char_bilstm_bilstm()
    assert sachan.get_ref("char").get_dim("nO") == 1100
    assert sachan.get_dim("nO") == 512
    assert lample.get_ref("char").get_dim("nO") == 50
    assert lample.get_dim("nO") == 200


def _pipeline(component: str, name: str) -> spacy.Language:
    fix_random_seed(0)
    nlp = spacy.blank("en")
    tok2vec = {"@architectures": name, "word_width": 16, **SMALL[name], "hidden": 24}
    if component == "ner":
        model = {
            "@architectures": "spacy.TransitionBasedParser.v2",
            "state_type": "ner",
            "extra_state_tokens": False,
            "hidden_width": 32,
            "maxout_pieces": 2,
            "use_upper": True,
            "tok2vec": tok2vec,
        }
        nlp.add_pipe("ner", config={"model": model})
    else:
        model = {
            "@architectures": "spacy.SpanCategorizer.v1",
            "tok2vec": tok2vec,
            "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 32},
            "scorer": {"@layers": "spacy.LinearLogistic.v1"},
        }
        nlp.add_pipe("spancat", config={"model": model, "spans_key": "sc", "threshold": 0.5})
    return nlp


def _examples(nlp: spacy.Language) -> list[Example]:
    examples = []
    for text, spans in TRAIN:
        gold = [(start, end, "Disease") for start, end in spans]
        examples.append(Example.from_dict(nlp.make_doc(text), {"entities": gold, "spans": {"sc": gold}}))
    return examples


def _found(component: str, doc: Doc) -> list[tuple[int, int]]:
    spans = doc.ents if component == "ner" else doc.spans["sc"]
    return sorted((span.start_char, span.end_char) for span in spans)


@pytest.mark.parametrize("component", ["ner", "spancat"])
@pytest.mark.parametrize("name", ENCODERS)
def test_serves_the_components_of_spacy(component, name, tmp_path):
    nlp = _pipeline(component, name)
    examples = _examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    # ner shows its model ten documents at most, yet every word of the corpus has a row
    tok2vec = next(node for node in nlp.get_pipe(component).model.walk() if node.has_ref("word"))
    assert {"lung", "diabetes", "illness"} <= set(tok2vec.get_ref("word").attrs["rows"].names)
    for _ in range(80):
        nlp.update(examples, sgd=optimizer, drop=0.1)
    texts = [text for text, _ in TRAIN]
    gold = [spans for _, spans in TRAIN]
    assert [_found(component, doc) for doc in nlp.pipe(texts)] == gold

    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    docs = list(loaded.pipe([*texts, "", "Lung", "   "], n_process=2, batch_size=2))
    assert [_found(component, doc) for doc in docs[:4]] == gold
    again = DocBin(docs=docs).to_bytes()
    assert len(list(DocBin().from_bytes(again).get_docs(loaded.vocab))) == 7


@pytest.mark.parametrize(("factory", "rare"), [("ner", []), ("tok2vec", []), ("bioner_tagger", ["once"])])
def test_a_word_that_training_reads_often_is_rare_in_no_component(factory, rare):
    nlp = spacy.blank("en")
    encoder = {"@architectures": ENCODERS[0], **SMALL[ENCODERS[0]]}
    first = nlp.add_pipe(factory, config={"model": encoder if factory == "tok2vec" else {"tok2vec": encoder}})
    if factory == "tok2vec":
        listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 24}
        nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": listener}})
    texts = [["the", "cell", "grows"]] * 30 + [["once", "the", "cell"]]
    docs = [Doc(nlp.vocab, words=words, ents=["O", "B-Cell", "O"]) for words in texts]
    nlp.initialize(lambda: [Example(nlp.make_doc(doc.text), doc) for doc in docs])
    (words,) = (node for node in first.model.walk() if node.name == "word_embedding")
    assert {"the", "cell", "grows", "once"} <= set(words.attrs["rows"].names)
    assert list(words.attrs["rows"].names[words.attrs["rare_from"] :]) == rare


def test_listeners_share_an_encoder():
    nlp = spacy.blank("en")
    shared = {"@architectures": ENCODERS[0], **SMALL[ENCODERS[0]]}
    nlp.add_pipe("tok2vec", config={"model": shared})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 24}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    words = [["a", "cell", "grows"], ["no", "cell"]]
    examples = [
        Example(Doc(nlp.vocab, words=text), Doc(nlp.vocab, words=text, tags=[w[0] for w in text])) for text in words
    ]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(30):
        nlp.update(examples, sgd=optimizer)
    assert [[t.tag_ for t in nlp(Doc(nlp.vocab, words=text))] for text in words] == [["a", "c", "g"], ["n", "c"]]


def test_training_repeats_with_the_seed():
    losses = []
    for _ in range(2):
        nlp = _pipeline("ner", ENCODERS[0])
        examples = _examples(nlp)
        optimizer = nlp.initialize(lambda e=examples: e)
        step: dict[str, float] = {}
        for _ in range(5):
            nlp.update(examples, sgd=optimizer, drop=0.5, losses=step)
        losses.append(step["ner"])
    assert losses[0] == losses[1]
