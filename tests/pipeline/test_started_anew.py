"""``nlp.initialize`` of a pipeline that was trained: what follows is a training that starts anew, on other data."""

import json
import shutil

import numpy as np
import pytest
import spacy
from every_component import SMALL, blank, sentences
from spacy.training import Example
from thinc.api import Adam, fix_random_seed

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Answer, Document, Mention, Question
from spacy_bioner.ml.frozen import stop
from spacy_bioner.ml.layer_rates import set_rate

pytest.importorskip("torch")
CLUSTERS = {"@architectures": "spacy-bioner.BiLM.v1", "min_count": 1, "full_up_to": 20, "cutoffs": [10, 30]}
LISTENER = {"@architectures": "spacy.Tok2VecListener.v1", "width": 32, "upstream": "tok2vec"}
NETWORKS = {
    "tagger": [("bioner_tagger", {})],
    "bilstm": [("bioner_bilstm_crf", {"model": {"tok2vec": SMALL}})],
    "language model": [("bioner_bilm", {"model": {**CLUSTERS, "tok2vec": SMALL}})],
    "relations": [("bioner_relations", {"model": {"hidden": 16, "tok2vec": SMALL}})],
    "listener of a tok2vec": [("tok2vec", {"model": SMALL}), ("bioner_tagger", {"model": {"tok2vec": LISTENER}})],
}
HEARD = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "spacy-bioner.FirstPiece.v1"},
}
ENCODER = {"@architectures": "spacy-bioner.Transformer.v1", "name": "BERT"}
TRANSFORMERS = {
    "transformer": [("bioner_biobert", {"model": {"tok2vec": ENCODER}})],
    "pairs": [("bioner_relations", {"model": {"@architectures": "spacy-bioner.PairTransformer.v1", "name": "BERT"}})],
    "answers": [("bioner_answers", {"model": {"name": "BERT", "max_pieces": 64, "max_question": 16, "stride": 24}})],
    "listener of a transformer": [
        ("transformer", {"model": {"@architectures": "spacy-bioner.TransformerModel.v1", "name": "BERT"}}),
        ("bioner_tagger", {"model": {"tok2vec": HEARD}}),
    ],
}


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    pytest.importorskip("spacy_transformers")
    from tiny_bert import PIECES, make_tiny_bert

    return make_tiny_bert(tmp_path_factory.mktemp("started") / "bert", length=96, pieces=[*PIECES, "@", "$"])


@pytest.fixture
def build(request):
    """Return a function that builds an untrained pipeline: of the checkpoint ``bert``, or of another."""

    def built(name, folder=None):
        nlp = blank()
        for factory, config in NETWORKS.get(name) or TRANSFORMERS[name]:
            if name in TRANSFORMERS:
                folder = folder or request.getfixturevalue("bert")
                config = json.loads(json.dumps(config).replace("BERT", str(folder)))
            nlp.add_pipe(factory, config=config)
        return nlp

    return built


def examples(nlp, n, seed, new_words):
    made = []
    for text, gold in sentences(n, seed, new_words):
        mentions = [Mention(*span, id=f"T{i}") for i, span in enumerate(gold)]
        related = [Relation("causes", (("Arg1", "T1"), ("Arg2", "T0")))] if " is caused by " in text else []
        given = [Answer(text[start:end], start) for start, end, label in gold if label == "Chemical"]
        question = Question("what was given?", tuple(given), impossible=not given)
        reference = to_doc(Document(text, mentions, relations=related, question=question), nlp)
        predicted = nlp.make_doc(text)
        predicted.set_ents([predicted.char_span(*span) for span in gold])
        made.append(Example(predicted, reference))
    return made


def few(nlp):
    return examples(nlp, 12, 0, False)


def many(nlp):
    return examples(nlp, 40, 3, True)


def weights(nlp):
    found = {}
    for name, pipe in nlp.pipeline:
        for i, node in enumerate(pipe.model.walk()):
            found |= {(name, i, key): node.get_param(key).copy() for key in node.param_names if node.has_param(key)}
            for shim in node.shims:
                found |= {(name, i, key): value.numpy().copy() for key, value in shim._model.state_dict().items()}
    return found


def assert_same(one, two):
    found, expected = weights(one), weights(two)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        assert found[key].shape == value.shape, key
        np.testing.assert_allclose(found[key], value, atol=1e-5, err_msg=str(key))


def train(nlp, data, optimizer, steps=3):
    fix_random_seed(2)
    for _ in range(steps):
        nlp.update(data, sgd=optimizer, drop=0.1)


def adam():
    return Adam(0.01, use_averages=True)


@pytest.mark.parametrize(("first", "second"), [(few, many), (many, few), (few, few)])
@pytest.mark.filterwarnings("ignore:.*B70[47]")
@pytest.mark.parametrize("name", [*NETWORKS, *TRANSFORMERS])
def test_a_second_training_is_that_of_a_new_pipeline(name, first, second, build):
    one, two = build(name), build(name)
    earlier = first(one)
    fix_random_seed(1)
    one.initialize(lambda: earlier)
    used = adam()
    train(one, earlier, used)
    for _, pipe in one.pipeline:
        set_rate(pipe.model, 0.0)
        for node in list(pipe.model.walk())[::2]:
            stop(node, None)
    one.update(earlier, sgd=False)  # a part of a batch that is never finished
    first(two)  # of a shared encoder, all words in the vocabulary have rows
    data = [second(one), second(two)]
    for nlp, some in zip((one, two), data, strict=True):
        fix_random_seed(7)
        nlp.initialize(lambda some=some: some)
    assert_same(one, two)
    for nlp, some, optimizer in zip((one, two), data, (used, adam()), strict=True):
        train(nlp, some, optimizer)
    assert_same(one, two)


def test_an_encoder_within_a_component_of_spacy_is_trained_again():
    nlp = blank()
    nlp.add_pipe("ner", config={"model": {"tok2vec": SMALL}})
    for data in (few(nlp), many(nlp), few(nlp)):
        nlp.initialize(lambda data=data: data)
        train(nlp, data, adam())
        for node in nlp.get_pipe("ner").model.walk():
            for name in node.grad_names:
                assert node.get_grad(name).shape == node.get_param(name).shape


def test_a_saved_optimizer_is_not_that_of_a_training_that_starts_anew(build, tmp_path):
    nlp = build("language model")
    data = few(nlp)
    nlp.initialize(lambda: data)
    train(nlp, data, adam())
    nlp.to_disk(tmp_path / "saved")
    for source in (few, many):
        loaded = spacy.load(tmp_path / "saved")
        data = source(loaded)
        loaded.initialize(lambda data=data: data)
        assert "optimizer" not in loaded.get_pipe("bioner_bilm").extra_files()
        optimizer = adam()
        train(loaded, data, optimizer, steps=1)
        assert set(optimizer.nr_update.values()) == {1}


@pytest.mark.filterwarnings("ignore:.*B70[47]")
@pytest.mark.parametrize("name", list(TRANSFORMERS))
def test_a_checkpoint_is_opened_once_a_training(name, build, monkeypatch):
    from spacy_bioner.ml.transformer import network

    opened, open_checkpoint = [], network.open_checkpoint
    monkeypatch.setattr(network, "open_checkpoint", lambda name: opened.append(name) or open_checkpoint(name))
    nlp = build(name)
    data = few(nlp)
    for times in (1, 2):
        nlp.initialize(lambda: data)
        assert len(opened) == times
        train(nlp, data, adam(), steps=1)


@pytest.mark.filterwarnings("ignore:.*B70[47]")
@pytest.mark.parametrize("name", list(TRANSFORMERS))
def test_without_the_checkpoint_the_network_that_is_there_is_kept_and_told(name, build, bert, tmp_path):
    folder = shutil.copytree(bert, tmp_path / "bert")
    nlp = build(name, folder)
    data = few(nlp)
    nlp.initialize(lambda: data)
    train(nlp, data, adam())
    nlp.to_disk(tmp_path / "saved")
    loaded = spacy.load(tmp_path / "saved")
    shutil.rmtree(folder)
    for pipeline in (nlp, loaded):
        before = {key: value for key, value in weights(pipeline).items() if "encoder.layer" in key[2]}
        assert before
        data = many(pipeline)
        with pytest.warns(UserWarning, match="B777.*B700") as told:
            optimizer = pipeline.initialize(lambda data=data: data)
        assert sum("B777" in str(warning.message) for warning in told) == 1
        after = weights(pipeline)
        assert all(np.array_equal(after[key], value) for key, value in before.items())
        train(pipeline, data, optimizer)
        assert not all(np.array_equal(weights(pipeline)[key], value) for key, value in before.items())


def test_a_transformer_within_a_component_of_spacy_is_opened_again(bert):
    nlp = blank()
    nlp.add_pipe("ner", config={"model": {"tok2vec": {**ENCODER, "name": str(bert)}}})
    starts = []
    for data in (few(nlp), many(nlp)):
        nlp.initialize(lambda data=data: data)
        starts.append({key: value for key, value in weights(nlp).items() if "encoder.layer" in key[2]})
        train(nlp, data, adam())
    assert all(np.array_equal(starts[1][key], value) for key, value in starts[0].items())


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("name", [*NETWORKS, *TRANSFORMERS])
def test_before_it_is_initialised_a_component_says_so(name, saved, build):
    nlp = build(name)
    pipe, data = nlp.get_pipe(nlp.pipe_names[-1]), few(nlp)
    if saved:
        pipe.from_bytes(pipe.to_bytes())
    calls = [lambda: pipe.update(data, sgd=adam()), lambda: pipe.predict([data[0].predicted])]
    if hasattr(pipe, "entropies"):
        calls.append(lambda: pipe.entropies([data[0].predicted]))
    for call in calls:
        with pytest.raises(BionerError, match=f"B414.*{pipe.name} is not trained"):
            call()
