"""Prediction in lower precision: outliers cost the other words nothing, and vectors that move too far are told of."""

import copy
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from tiny_bert import CHARACTERS, make_tiny_bert

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer import precision as module
from spacy_bioner.ml.transformer import shim
from spacy_bioner.ml.transformer.model import make_transformer
from spacy_bioner.ml.transformer.precision import computes_bfloat16, convert

VOCAB = spacy.blank("en").vocab
DOCS = [Doc(VOCAB, words=list(characters)) for characters in (CHARACTERS[:50], CHARACTERS[50:])]  # no word is repeated
SIZES = {"hidden_size": 256, "intermediate_size": 64}
ROUND, QUANTISE = module._round, module._quantise


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


def make(folder, **options):
    model = make_transformer(str(folder), **{"max_pieces": 64, "overlap": 8, **options})
    model.initialize()
    return model


def plant_outliers(network, size):
    """Give one piece, [SEP], what MPNet's has: an input of the layers, channel 0, that is ``size`` times the others.

    The layers have no weights for that channel, so that in 32 bits it changes no other vector.
    """
    import torch

    embeddings, sep = network.embeddings, 3
    with torch.no_grad():
        for table in (embeddings.position_embeddings, embeddings.token_type_embeddings, embeddings.word_embeddings):
            table.weight[:, 0] = 0
        embeddings.word_embeddings.weight[sep, 0] = 20.0
        for layer in network.encoder.layer:
            for dense in (layer.attention.self.query, layer.attention.self.key, layer.attention.self.value):
                dense.weight[:, 0] = 0
            layer.intermediate.dense.weight[:, 0] = 0
            for dense in (layer.attention.output.dense, layer.output.dense):
                dense.weight *= 0.7  # so that the vectors of a text differ by their pieces
                dense.weight[0] = 0
        for norm in [one for one in network.modules() if type(one) is torch.nn.LayerNorm][:-1]:
            norm.weight[:] = 0.1
            norm.weight[0] = 0.1 * size / network.config.hidden_size**0.5


def one_scale(rows, levels):
    """Round a matrix as torch's own dynamic quantisation does: inputs with one scale for all rows."""
    scales = rows.abs().amax() / levels
    return (rows / scales).round().char(), scales.expand(len(rows), 1)


def quantise_by_one_scale(monkeypatch):
    """Let the layers be quantised as before: one scale for a batch, the second feed-forward layer left alone."""

    def quantise_layer(layer, levels):
        if layer.in_features == SIZES["intermediate_size"]:
            return
        monkeypatch.setattr(module, "_round", ROUND)  # of its weights
        QUANTISE(layer, levels)
        monkeypatch.setattr(module, "_round", one_scale)  # of its inputs

    monkeypatch.setattr(module, "_quantise", quantise_layer)


def with_outliers(folder, size):
    model = make(make_tiny_bert(folder, **SIZES))
    plant_outliers(model.shims[0].network, size)
    return model


def in_precision(model, precision="int8"):
    """A saved encoder, loaded in another precision."""
    return make_transformer("", max_pieces=64, overlap=8, precision=precision).from_bytes(model.to_bytes())


def cosines(model, other):
    one, two = (np.concatenate(each.predict(DOCS)) for each in (model, other))
    return (one * two).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)


@pytest.mark.parametrize(("precision", "most"), [("bfloat16", 0.15), ("int8", 0.4)])
@pytest.mark.parametrize("mixed", [False, True, "auto"])
def test_lower_precision_gives_nearly_the_same_rows_and_trains_in_full(tiny_bert, precision, most, mixed):
    exact, model = make(tiny_bert), make(tiny_bert, precision=precision, mixed_precision=mixed)
    for one, other in zip(exact.predict(DOCS), model.predict(DOCS), strict=True):
        assert other.dtype == np.float32
        assert 0 < np.abs(one - other).max() < most
    rows, backprop = model.begin_update(DOCS)
    backprop([np.ones_like(found) for found in rows])
    before = model.predict(DOCS)[0].copy()
    from thinc.api import Adam

    model.finish_update(Adam(0.01))
    assert np.abs(model.predict(DOCS)[0] - before).max() > 0.01


@given(
    st.integers(1, 600), st.integers(2, 40), st.integers(1, 40), st.booleans(), st.booleans(), st.integers(0, 2**32 - 1)
)
@settings(max_examples=50, deadline=None)
def test_a_layer_in_int8_is_near_to_itself_in_every_row(rows, inputs, outputs, bias, seven_bits, seed):
    """Rows of any size, 1e-6 to 1e6, in one batch: the error of each is in proportion to that row."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        layer = torch.nn.Linear(inputs, outputs, bias=bias)
        x = torch.randn(1, rows, inputs) * 10.0 ** torch.randint(-6, 7, (1, rows, 1))
        x[0, rows // 2] = 0
        levels = module._SEVEN_BITS if seven_bits or module._overflows() else module._EIGHT_BITS
        quantised = copy.deepcopy(layer)
        module._quantise(quantised, levels)
        y, z = layer(x), quantised(x)
        # Each input is off by at most 1/254 of the largest of its row, each weight by 1/(2 levels) of its output's.
        of_rows = x.abs().amax(dim=2, keepdim=True)
        of_outputs = layer.weight.abs().amax(dim=1)
        bound = inputs * of_rows * of_outputs * (1 / 254 + 1 / (2 * levels) + 1 / (508 * levels))
    assert z.shape == y.shape
    assert ((z - y).abs() <= 1.001 * bound + 1e-6 * y.abs() + 1e-30).all()


def test_sums_of_seven_bits_do_not_overflow():
    """They are what a processor without VNNI gets; the largest numbers of both signs."""
    import torch

    inputs = torch.tensor([[127], [-127]], dtype=torch.int8).repeat(20, 512)
    weights = torch.tensor([[63], [-63]], dtype=torch.int8).repeat(16, 512).T
    sums = torch._int_mm(inputs, weights)
    assert sums[:2, :2].tolist() == [[512 * 127 * 63, -512 * 127 * 63], [-512 * 127 * 63, 512 * 127 * 63]]


def test_a_processor_whose_sums_overflow_gets_weights_of_seven_bits(tiny_bert, monkeypatch):
    monkeypatch.setattr(module, "_overflows", lambda: True)
    levels = []
    monkeypatch.setattr(module, "_quantise", lambda layer, n: levels.append(n) or QUANTISE(layer, n))
    assert cosines(make(tiny_bert), make(tiny_bert, precision="int8")).min() > 0.98
    assert set(levels) == {63}


def test_the_outliers_of_one_piece_cost_the_others_nothing_and_one_scale_is_warned_of_once(tmp_path, monkeypatch):
    model = with_outliers(tmp_path, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cosines(model, in_precision(model)).min() > 0.9
    quantise_by_one_scale(monkeypatch)
    moved = in_precision(model)
    assert len(DOCS[1]) < 32
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        moved.predict([DOCS[1]])  # too short a text to tell
    with pytest.warns(UserWarning, match=r"\[B719\].*int8"):
        moved.predict(DOCS)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        moved.predict(DOCS)


def short(number):
    """Some documents of five words, none of which is in another one."""
    return [Doc(VOCAB, words=list(CHARACTERS[5 * i : 5 * i + 5])) for i in range(number)]


def told(model, docs):
    """The warnings of predicting documents one by one, in eight threads, as a service does."""
    with warnings.catch_warnings(record=True) as found, ThreadPoolExecutor(8) as pool:
        warnings.simplefilter("always")
        list(pool.map(lambda doc: model.predict([doc]), docs))
    return [str(one.message) for one in found if "[B719]" in str(one.message)]


def test_single_short_texts_are_gathered_until_they_tell(tmp_path, monkeypatch):
    model = with_outliers(tmp_path, 200)
    assert told(in_precision(model), short(10)) == []
    quantise_by_one_scale(monkeypatch)
    moved = in_precision(model)
    assert told(moved, short(1) * 40) == [], "a text that is repeated tells no more than once"
    held = moved.shims[0]._gathered
    assert len(held) == 1
    assert len(told(moved, short(10) * 4)) == 1
    assert moved.shims[0]._gathered == []


def test_single_short_texts_with_vectors_of_something_else_are_an_error_each_time(tiny_bert, tmp_path, monkeypatch):
    another = make(make_tiny_bert(tmp_path, seed=1)).shims[0].network.eval()
    monkeypatch.setattr(shim, "convert", lambda *_: another)
    model = make(tiny_bert, precision="int8")
    model.predict(short(1))
    for _ in range(2):
        with pytest.raises(BionerError, match=r"B775.*int8"):
            [model.predict([doc]) for doc in short(10)]
    assert len(model.shims[0]._gathered) <= 10


def test_vectors_of_something_else_are_an_error_each_time(tiny_bert, tmp_path, monkeypatch):
    another = make(make_tiny_bert(tmp_path, seed=1)).shims[0].network.eval()
    monkeypatch.setattr(shim, "convert", lambda *_: another)
    model = make(tiny_bert, precision="int8")
    for _ in range(2):
        with pytest.raises(BionerError, match=r"B775.*int8"):
            model.predict(DOCS)


def test_what_is_saved_has_the_weights_in_32_bits(tiny_bert):
    model, fast = make(tiny_bert), make(tiny_bert, precision="int8")
    rows = fast.predict(DOCS)
    exact, again = in_precision(fast, "float32"), in_precision(fast)
    for doc, _ in enumerate(DOCS):
        np.testing.assert_array_equal(exact.predict(DOCS)[doc], model.predict(DOCS)[doc])
        np.testing.assert_array_equal(again.predict(DOCS)[doc], rows[doc])


def test_threads_that_start_at_once_convert_once_and_find_the_same(tiny_bert, monkeypatch):
    converted = []
    monkeypatch.setattr(shim, "convert", lambda *args: converted.append(args) or convert(*args))
    model = make(tiny_bert, precision="int8")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model.predict(DOCS), range(32)))
    assert len(converted) == 1
    for rows in found:
        for one, other in zip(rows, found[0], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_int8_on_a_gpu_is_an_error(tiny_bert, monkeypatch):
    import torch

    model = make(tiny_bert, precision="int8")
    monkeypatch.setattr(shim.TransformerShim, "device", property(lambda _: torch.device("cuda")))
    with pytest.raises(BionerError, match=r"B776.*cuda"):
        model.predict(DOCS)


@pytest.mark.parametrize("device", [True, False])
def test_auto_is_mixed_where_the_device_computes_in_bfloat16(tiny_bert, device, monkeypatch):
    """The setting of a saved network is auto still: the device on which it is loaded decides."""
    monkeypatch.setattr("spacy_bioner.ml.transformer.shim.computes_bfloat16", lambda kind: kind == "cpu" and device)
    model = make(tiny_bert, mixed_precision="auto")
    docs = [Doc(VOCAB, words=["asthma", "is", "common"])]
    expected = make(tiny_bert, mixed_precision=device).predict(docs)[0]
    np.testing.assert_array_equal(model.predict(docs)[0], expected)
    exact = make(tiny_bert).predict(docs)[0]
    assert (model.predict(docs)[0] == exact).all() != device
    model.begin_update(docs)[1]([np.ones_like(expected)])


def test_what_torch_says_of_the_processor(monkeypatch):
    for told, expected in (({}, False), ({"avx512_bf16": True}, True), ({"amx_bf16": False, "bf16": False}, False)):
        computes_bfloat16.cache_clear()
        monkeypatch.setattr("torch.cpu.get_capabilities", lambda told=told: told, raising=False)
        assert computes_bfloat16("cpu") is expected
    computes_bfloat16.cache_clear()
    assert computes_bfloat16("meta") is False
    monkeypatch.undo()
    computes_bfloat16.cache_clear()


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_mixed_precision_is_true_false_or_auto(tiny_bert, value):
    with pytest.raises(BionerError, match=r"B623.*true, false or auto"):
        make(tiny_bert, mixed_precision=value)
