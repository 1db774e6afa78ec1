"""Layers that stand still, for some training batches or for all."""

import numpy as np
import pytest
import spacy
from small_networks import ENCODER
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Adam, RAdam, fix_random_seed
from transfer_networks import bilm, params, same, tagger, train

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention
from spacy_bioner.ml.adam import make_adam
from spacy_bioner.ml.frozen import count_batch
from spacy_bioner.ml.tok2vec import make_char_bilstm_bilstm, make_char_cnn_bilstm
from spacy_bioner.ml.transformer.model import make_transformer
from spacy_bioner.training.transfer.callback import make_transfer_weights
from spacy_bioner.training.transfer.freezing import freeze

LAYERS = ("char", "word", "encode")


def _model(build):
    fix_random_seed(0)
    docs = [Doc(Vocab(), words=["Mutant", "p53", "binds", "IL-2", "in", "T", "cells", "."])]
    model = build(hidden=4, word_width=5, char_dim=4, unknown_rate=0.0)
    model.initialize(X=docs)
    return model, docs


def _train(model, docs, optimizer):
    Ys, backprop = model.begin_update(docs)
    backprop([np.ones_like(Y) for Y in Ys])
    model.finish_update(optimizer)
    count_batch(model)


def _params(model, layer):
    node = model.get_ref(layer)
    return {name: node.get_param(name).copy() for name in node.param_names}


def _moved(before, after):
    return any(not np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("build", [make_char_cnn_bilstm, make_char_bilstm_bilstm])
@pytest.mark.parametrize("frozen", LAYERS)
def test_a_frozen_layer_stands_still_and_the_others_learn_as_before(build, frozen):
    model, docs = _model(build)
    free, _ = _model(build)
    freeze(model.get_ref(frozen))
    before = {layer: _params(model, layer) for layer in LAYERS}
    optimizer = Adam(0.1, L2=0.1)
    _train(model, docs, optimizer)
    _train(free, docs, Adam(0.1, L2=0.1))
    for layer in LAYERS:
        after = _params(model, layer)
        assert _moved(before[layer], after) == (layer != frozen)
        if layer != frozen:  # what goes through the frozen layer is the whole gradient
            assert not _moved(after, _params(free, layer))
    assert np.allclose(model.predict(docs)[0], model.begin_update(docs)[0][0], atol=1e-5)


@pytest.mark.parametrize("layer", LAYERS)
def test_it_thaws_after_so_many_batches(layer):
    model, docs = _model(make_char_cnn_bilstm)
    freeze(model.get_ref(layer), batches=2)
    optimizer = Adam(0.1)
    moved = []
    for _ in range(4):
        before = _params(model, layer)
        model.predict(docs)  # does not count
        _train(model, docs, optimizer)
        moved.append(_moved(before, _params(model, layer)))
    assert moved == [False, False, True, True]


@pytest.mark.parametrize("build", [make_char_cnn_bilstm, make_char_bilstm_bilstm])
@pytest.mark.parametrize("optimizer", [Adam(0.1, L2=0.1), make_adam(0.1, L2=0.1), RAdam(0.1)])
def test_a_layer_that_was_trained_before_stands_still(build, optimizer):
    """Neither by the moments of its earlier gradients nor by decay; it learns on when it thaws."""
    model, docs = _model(build)
    for _ in range(3):
        _train(model, docs, optimizer)
    for layer in LAYERS:
        freeze(model.get_ref(layer), batches=2)
    moved = []
    for _ in range(4):
        before = {layer: _params(model, layer) for layer in LAYERS}
        _train(model, docs, optimizer)
        moved.append([_moved(before[layer], _params(model, layer)) for layer in LAYERS])
    assert moved == [[False] * 3] * 2 + [[True] * 3] * 2


@pytest.mark.parametrize("parts", [1, 2])
def test_a_transformer_that_was_trained_before_stands_still(parts, tmp_path):
    tiny_bert = pytest.importorskip("tiny_bert")
    fix_random_seed(0)
    model = make_transformer(str(tiny_bert.make_tiny_bert(tmp_path)), max_pieces=64, overlap=8)
    model.initialize()
    docs, optimizer = [Doc(Vocab(), words=["asthma", "is", "common"])], make_adam(0.01, L2=0.1)
    network = model.shims[0].network

    def train():
        before = network.embeddings.word_embeddings.weight.detach().clone()
        for _ in range(parts):
            rows, backprop = model.begin_update(docs)
            backprop([np.ones_like(found) for found in rows])
        model.finish_update(optimizer)
        count_batch(model)
        return not before.equal(network.embeddings.word_embeddings.weight)

    assert [train(), train()] == [True, True]
    freeze(model, batches=2)
    assert [train() for _ in range(4)] == [False, False, True, True]


def test_a_layer_that_is_frozen_within_a_batch_does_not_move_by_the_parts_before():
    model, docs = _model(make_char_cnn_bilstm)
    optimizer = Adam(0.1)
    _train(model, docs, optimizer)
    Ys, backprop = model.begin_update(docs)
    backprop([np.ones_like(Y) for Y in Ys])
    freeze(model.get_ref("encode"))
    before = {layer: _params(model, layer) for layer in LAYERS}
    _train(model, docs, optimizer)
    assert [_moved(before[layer], _params(model, layer)) for layer in LAYERS] == [True, True, False]


def _of_pairs(pairs_at_once):
    """Return relations over an encoder, and examples with several pairs each."""
    fix_random_seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_relations", config={"model": {"tok2vec": ENCODER}, "pairs_at_once": pairs_at_once})
    names = [(0, 7, "Chemical"), (15, 21, "Disease"), (26, 31, "Disease"), (36, 40, "Disease")]
    mentions = [Mention(*span, id=f"T{i}") for i, span in enumerate(names)]
    related = [Relation("treats", (("Arg1", "T0"), ("Arg2", "T1")))]
    document = Document("Aspirin treats asthma but fever and pain stay .", mentions, relations=related)
    return nlp, [Example(nlp.make_doc(document.text), to_doc(document, nlp)) for _ in range(4)]


def _of_tags(factory):
    fix_random_seed(0)
    nlp = spacy.blank("en")
    sizes = {"min_count": 1} if factory == "bioner_bilm" else {}
    nlp.add_pipe(factory, config={"model": {**sizes, "tok2vec": ENCODER}})
    given = {"entities": [(0, 7, "Chemical")]}
    return nlp, [Example.from_dict(nlp.make_doc("Aspirin treats asthma ."), given) for _ in range(4)]


@pytest.mark.parametrize("parts", [1, 2, 4])
@pytest.mark.parametrize("factory", ["bioner_tagger", "bioner_bilm", "bioner_relations", "bioner_relations, in parts"])
def test_a_batch_in_parts_is_one_batch(factory, parts):
    """A layer thaws after so many updates, whatever the number of forward passes of each (accumulate_gradient)."""
    if factory.startswith("bioner_relations"):
        nlp, examples = _of_pairs(pairs_at_once=1 if "parts" in factory else 512)
    else:
        nlp, examples = _of_tags(factory)
    optimizer = nlp.initialize(lambda: examples)
    ((_, pipe),) = nlp.pipeline
    freeze(pipe.model.get_ref("tok2vec").get_ref("encode"), batches=3)
    moved = []
    for _ in range(5):
        before = _params(pipe.model.get_ref("tok2vec"), "encode")
        for i in range(parts):  # as `spacy train` does
            nlp.update(examples[i::parts], sgd=False)
        pipe.finish_update(optimizer)
        moved.append(_moved(before, _params(pipe.model.get_ref("tok2vec"), "encode")))
    assert moved == [False] * 3 + [True] * 2


def test_a_saved_layer_is_free():
    model, docs = _model(make_char_cnn_bilstm)
    for layer in LAYERS:
        freeze(model.get_ref(layer))
    loaded = make_char_cnn_bilstm(hidden=4, word_width=5, char_dim=4).from_bytes(model.to_bytes())
    before = {layer: _params(loaded, layer) for layer in LAYERS}
    _train(loaded, docs, Adam(0.1))
    for layer in LAYERS:
        assert _moved(before[layer], _params(loaded, layer))


@pytest.mark.parametrize("build", [tagger, bilm])
@pytest.mark.parametrize("with_source", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_frozen_with_and_without_a_source(build, with_source, name, source_tagger):
    nlp = build(steps=0)
    ((_, pipe),) = nlp.pipeline
    settings = {"layers": ["char", "word", "encode"], "freeze": {name: 2}}
    make_transfer_weights(source_tagger[1] if with_source else None, **settings)(nlp)
    pairs = [Example.from_dict(nlp.make_doc("BRCA1 in cancer ."), {"entities": [(0, 5, "Drug")]})]
    optimizer, stood = Adam(0.01), []
    for _ in range(3):
        before = params(pipe.model.get_ref("tok2vec").get_ref(name))
        nlp.update(pairs, sgd=optimizer)
        stood.append(same(before, params(pipe.model.get_ref("tok2vec").get_ref(name))))
    assert stood == [True, True, False]


def _of_spacy():
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": {"tok2vec": ENCODER}})
    return train(nlp, [("BRCA1 in cancer .", [(0, 5, "Gene")])], steps=0)


def _of_two():
    nlp = tagger()
    nlp.add_pipe("other", source=tagger(name="other"))
    return nlp


def _over_a_transformer(tmp_path):
    tiny_bert = pytest.importorskip("tiny_bert")
    nlp, tok2vec = spacy.blank("en"), {"@architectures": "spacy-bioner.Transformer.v1", "max_pieces": 64, "overlap": 8}
    folder = tiny_bert.make_tiny_bert(tmp_path / "bert")
    nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": {**tok2vec, "name": str(folder)}}})
    return train(nlp, [("BRCA1 in cancer .", [(0, 5, "Gene")])], steps=0)


@pytest.mark.parametrize("with_source", [True, False])
@pytest.mark.parametrize(
    ("error", "of", "settings"),
    [
        ("B611.*'absent'", "tagger", {"freeze": {"word": -1}, "component": "absent"}),
        ("B612.*ner, other", "two", {"freeze": {"word": -1}}),
        ("B614.*'char'", "transformer", {"freeze": {"char": -1}}),
        ("B626.*encode = 3", "spacy", {"freeze": {"encode": 3}}),
    ],
)
def test_what_cannot_be_frozen_is_the_same_error_with_and_without_a_source(
    error, of, settings, with_source, source_tagger, tmp_path
):
    build = {"tagger": tagger, "two": _of_two, "spacy": _of_spacy}
    nlp = _over_a_transformer(tmp_path) if of == "transformer" else build[of]()
    path = source_tagger[1] if with_source else None
    with pytest.raises(BionerError, match=error):
        make_transfer_weights(path, strict=False, **settings)(nlp)


def test_without_a_source_and_layers_to_freeze_the_pipeline_may_be_any():
    for nlp in (spacy.blank("en"), _of_two()):
        make_transfer_weights(None)(nlp)
    make_transfer_weights(None, freeze={"word": -1})(spacy.blank("en"))  # as in `spacy pretrain`
