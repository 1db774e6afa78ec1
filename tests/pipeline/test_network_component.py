"""What the tagger and the language model share; the rest of it is tested with each of them."""

import numpy as np
import pytest
import spacy
from every_component import SMALL, blank, result, texts
from spacy.training import Example
from srsly import msgpack_loads
from thinc.api import fix_random_seed, registry

from spacy_bioner.errors import BionerError

pytest.importorskip("torch")
WORDS = ["aspirin", "morphine", "asthma", "hepatitis", "ibuprofen", "colitis"]


def with_vectors(name, tok2vec, **settings):
    nlp = blank()
    rng = np.random.default_rng(0)
    for word in WORDS:
        nlp.vocab.set_vector(word, rng.normal(size=8).astype("float32") * 3)
    nlp.add_pipe(name, config={"model": {"tok2vec": {**tok2vec, "word_width": 8}, **settings}})
    gold = [("aspirin cures asthma", [(0, 7, "Drug")]), ("morphine eases hepatitis", [(0, 8, "Drug")])]
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": entities}) for text, entities in gold]
    fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.mark.parametrize(("name", "settings"), [("bioner_bilstm_crf", {}), ("bioner_bilm", {"min_count": 1})])
def test_the_vectors_are_those_it_was_trained_with(name, settings):
    """A word that only the vectors know counts, whatever the vocabulary of the document and of the pipeline."""
    nlp = with_vectors(name, SMALL, **settings)
    pipe, text = nlp.get_pipe(name), "ibuprofen eases colitis"
    outputs = pipe.model.predict([nlp.make_doc(text)])[0]
    foreign = blank().make_doc(text)
    assert not np.allclose(pipe.model.predict([foreign])[0], outputs, atol=1e-4)
    assert np.allclose(pipe.model.predict(pipe._in_own_vocab([foreign]))[0], outputs, atol=1e-5)
    other = blank()
    with pytest.warns(UserWarning, match="W113"):
        other.add_pipe(name, source=nlp)
    assert result(other(text)) == result(nlp(text))


def test_a_listener_hears_documents_of_other_vocabularies():
    nlp = blank()
    nlp.add_pipe("tok2vec")
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "*"}
    nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": listener}})
    examples = [Example.from_dict(nlp.make_doc("aspirin cures asthma"), {"entities": [(0, 7, "Drug")]})]
    fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    some = [*texts(4), "aspirin cures asthma"]
    expected = [result(doc) for doc in nlp.pipe(some)]
    assert [result(doc) for doc in nlp.pipe(map(spacy.blank("xx").make_doc, some))] != []
    assert [result(doc) for doc in nlp.pipe(map(blank().make_doc, some))] == expected


def of_labels(name, *labels):
    nlp = blank()
    nlp.add_pipe(name, config={"model": {"tok2vec": SMALL}})
    words = ["aspirin", "asthma", "fever"]
    ends = {label: (0, len(word), label) for label, word in zip(labels, words, strict=False)}
    examples = [
        Example.from_dict(nlp.make_doc(f"{word} is common"), {"entities": [end]})
        for word, end in zip(words, ends.values(), strict=False)
    ]
    fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    return nlp


@pytest.mark.parametrize("order", [1, -1])
def test_a_tagger_becomes_one_of_other_labels(order):
    """Of more or fewer labels: loaded over a trained tagger as over a new one; after an error it is what it was."""
    one, two = [of_labels("bioner_bilstm_crf", "Drug"), of_labels("bioner_bilstm_crf", "Drug", "Disease")][::order]
    pipe, other = one.get_pipe("bioner_bilstm_crf"), two.get_pipe("bioner_bilstm_crf")
    some = texts(2, 90 + order)
    held, expected = pipe.to_bytes(), [result(doc) for doc in one.pipe(some)]
    with pytest.raises(BionerError, match="B580"):
        pipe.from_bytes(other.to_bytes(), exclude=["cfg"])
    assert pipe.to_bytes() == held
    assert [result(doc) for doc in one.pipe(some)] == expected
    pipe.from_bytes(other.to_bytes())
    assert pipe.to_bytes() == other.to_bytes() != held
    assert [result(doc) for doc in one.pipe(some)] == [result(doc) for doc in two.pipe(some)]
    drug = Example.from_dict(one.make_doc("aspirin is common"), {"entities": [(0, 7, "Drug")]})
    one.update([drug], sgd=one.create_optimizer())
    assert pipe.to_bytes() != other.to_bytes()


@pytest.mark.parametrize("labels", [("Drug",), ("Drug", "Disease", "Sign"), ("Disease",)])
@pytest.mark.parametrize("kept", ["spacy-bioner.Adam.v1", "Adam.v1"])
def test_an_optimizer_of_before_a_load_starts_anew(labels, kept):
    """Its moments and averages are of the weights that were replaced, and may have other shapes."""
    updated = []
    for is_kept in (True, False):
        nlp, other = of_labels("bioner_bilstm_crf", "Drug"), of_labels("bioner_bilstm_crf", *labels)
        pipe = nlp.get_pipe("bioner_bilstm_crf")
        optimizer = registry.optimizers.get(kept)(0.01)
        drug = Example.from_dict(nlp.make_doc("aspirin is common"), {"entities": [(0, 7, labels[0])]})
        fever = Example.from_dict(nlp.make_doc("fever is common"), {"entities": [(0, 5, "Drug")]})
        for _ in range(3 * is_kept):
            nlp.update([fever], sgd=optimizer)
        pipe.from_bytes(other.get_pipe("bioner_bilstm_crf").to_bytes())
        fix_random_seed(0)
        nlp.update([drug], sgd=optimizer)
        with nlp.use_params(optimizer.averages):
            averaged = pipe.model.to_bytes()
        updated.append([*pipe.model.predict([drug.predicted]), *_parameters(averaged)])
    for one, two in zip(*updated, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def _parameters(saved):
    return [value for held in msgpack_loads(saved)["params"] for value in held.values() if value is not None]


def test_settings_of_the_network_can_be_given_when_a_pipeline_is_loaded(tmp_path):
    """They take effect as the config shows them, or are refused where the weights were made for another."""
    nlp = of_labels("bioner_bilstm_crf", "Drug")
    nlp.to_disk(tmp_path / "saved")

    def load(**settings):
        config = {"components": {"bioner_bilstm_crf": {"model": {"tok2vec": settings}}}}
        return spacy.load(tmp_path / "saved", config=config).get_pipe("bioner_bilstm_crf").model.get_ref("tok2vec")

    tok2vec = load(max_length=2, by_sentence=False, unknown_rate=0.0)
    assert (tok2vec.attrs["max_length"], tok2vec.attrs["by_sentence"]) == (2, False)
    assert tok2vec.get_ref("word").attrs["unknown_rate"] == 0.0
    doc = nlp.make_doc(texts(1, 3)[0])
    assert len(doc) > 4
    whole, cut = (network.predict([doc])[0] for network in (load(), tok2vec))
    assert not np.allclose(whole, cut, atol=1e-4)
    np.testing.assert_allclose(cut[:2], load().predict([doc[:2].as_doc()])[0], atol=1e-4)
    for settings in ({"numbers": "token"}, {"depth": 2}, {"directions": "joined"}, {"max_char_width": 2}):
        with pytest.raises(BionerError, match=r"B58[06]"):
            load(**settings)


@pytest.mark.parametrize("name", ["bioner_bilstm_crf", "bioner_tagger", "bioner_bilm"])
def test_all_or_some_of_the_inputs_are_dropped(name):
    nlp = blank()
    nlp.add_pipe(name, config={"model": {} if name == "bioner_tagger" else {"tok2vec": SMALL}})
    examples = [Example.from_dict(nlp.make_doc("asthma is asthma"), {"entities": [(0, 6, "Disease")]})]
    optimizer = nlp.initialize(lambda: examples)
    for rate in (0, 0.5, 1, 1.0):
        assert np.isfinite(nlp.update(examples, sgd=optimizer, drop=rate)[name])
    held = nlp.get_pipe(name).to_bytes()
    for rate in (-0.1, 1.1, float("nan")):
        with pytest.raises(BionerError, match=r"B623.*drop = "):
            nlp.update(examples, sgd=optimizer, drop=rate)
    assert nlp.get_pipe(name).to_bytes() == held
