"""The transformer as a token encoder: nothing is cut off, no padding is felt, saved as safetensors."""

import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import spacy
import srsly
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from thinc.api import Adam
from tiny_bert import make_tiny_bert, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer.batches import groups_by_length
from spacy_bioner.ml.transformer.model import make_transformer

VOCAB = spacy.blank("en").vocab


@pytest.fixture(scope="module")
def tiny_bert(tmp_path_factory):
    return make_tiny_bert(tmp_path_factory.mktemp("bert"))


def make(folder, **settings):
    model = make_transformer(str(folder), **{"max_pieces": 64, "overlap": 8, **settings})
    model.initialize()
    return model


def doc(*words, starts=None):
    return Doc(VOCAB, words=list(words), sent_starts=starts)


def reference(folder, words, pooling):
    """The rows that transformers gives for words cut under ``is_split_into_words``."""
    import torch

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    inputs = tokenizer(words, is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        hidden = network(**inputs).last_hidden_state[0].numpy()
    pieces = [[i for i, word in enumerate(inputs.word_ids()) if word == n] for n in range(len(words))]
    return np.stack([hidden[of_word[0]] if pooling == "first" else hidden[of_word].mean(0) for of_word in pieces])


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_it_gives_the_rows_that_transformers_gives(tiny_bert, pooling):
    sentences = [["asthma", "is", "common"], ["BRCA1", "(", "asthmaitis", ")", "x"], ["the", "xyz", "of", "Q7"] * 4]
    rows = make(tiny_bert, pooling=pooling).predict([doc(*words) for words in sentences])
    for words, found in zip(sentences, rows, strict=True):
        np.testing.assert_allclose(found, reference(tiny_bert, words, pooling), atol=1e-5)


def test_threads_predict_only_when_the_whole_network_has_ended_training(tiny_bert, monkeypatch):
    import torch

    model, words = make(tiny_bert), doc("asthma", "is", "common")
    expected = model.predict([words])[0]
    train = torch.nn.Dropout.train

    def slowly(self, mode=True):
        time.sleep(0.01)  # so that the other threads come meanwhile
        return train(self, mode)

    monkeypatch.setattr(torch.nn.Dropout, "train", slowly)
    model.shims[0].training()
    with ThreadPoolExecutor(4) as pool:
        for [rows] in pool.map(lambda _: model.predict([words]), range(8)):
            np.testing.assert_allclose(rows, expected, atol=1e-5)


def test_a_document_is_read_sentence_by_sentence(tiny_bert):
    one, two = ["asthma", "is"], ["the", "xyz"]
    both = doc(*one, *two, starts=[True, False, True, False])
    model = make(tiny_bert)
    np.testing.assert_allclose(model.predict([both])[0], np.vstack(model.predict([doc(*one), doc(*two)])), atol=1e-5)
    whole = make(tiny_bert, by_sentence=False).predict([both])[0]
    np.testing.assert_allclose(whole, reference(tiny_bert, [*one, *two], "first"), atol=1e-5)


@pytest.mark.parametrize("pooling", ["first", "mean"])
@pytest.mark.parametrize(
    "words",
    [["asthma", "xy", "is"] * 750, ["-" * 600], ["is", "-" * 600, "common"], ["asthma", "\n\n", " ", "is"], ["\u200b"]],
    ids=["3,000 pieces", "a token of 600", "a token of 600 among others", "white space", "nothing left"],
)
def test_no_token_is_without_a_vector(tiny_bert, words, pooling):
    model = make(tiny_bert, pooling=pooling)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (rows,) = model.predict([doc(*words)])
        model.predict([doc(*words)])
    assert len(caught) == (sum(map(len, words)) >= 600)
    assert all("B704" in str(warning.message) for warning in caught)
    assert rows.shape == (len(words), 32)
    assert (np.abs(rows).max(axis=1) > 0.1).all()


def test_every_piece_of_a_token_counts_however_many_it_has(tiny_bert):
    model = make(tiny_bert, pooling="mean")
    with pytest.warns(UserWarning, match="B704"):
        one, other = model.predict([doc("-" * 600), doc("-" * 599 + "/")])
    assert np.abs(one - other).max() > 1e-4


def test_a_token_in_the_middle_of_a_window_sees_what_it_sees_alone(tiny_bert):
    """Of a long document each token is read with ``overlap`` pieces on each side, or more."""
    words = [f"{chr(97 + i % 26)}" for i in range(100)]
    with pytest.warns(UserWarning, match="2 sentences|1 of 1"):
        (rows,) = make(tiny_bert, max_pieces=42, overlap=8).predict([doc(*words)])
    alone = reference(tiny_bert, words[:40], "first")
    np.testing.assert_allclose(rows[:32], alone[:32], atol=1e-5)
    second = reference(tiny_bert, words[24:64], "first")
    np.testing.assert_allclose(rows[32:56], second[8:32], atol=1e-5)


def test_empty_documents_have_no_rows(tiny_bert):
    model = make(tiny_bert)
    rows = model.predict([doc(), doc("asthma"), doc()])
    assert [len(found) for found in rows] == [0, 1, 0]
    assert model.predict([doc(), doc()])[1].shape == (0, 32)
    assert model.predict([]) == []
    _, backprop = model.begin_update([doc()])
    backprop([np.zeros((0, 32), dtype="f")])


def test_a_batch_changes_nothing(tiny_bert):
    docs = [doc(*(["asthma", "xyz", "of"] * n)) for n in (1, 7, 2, 5, 1)]
    alone = [make(tiny_bert).predict([one])[0] for one in docs]
    for most in (1, 40, 4096):
        together = make(tiny_bert, max_batch_pieces=most).predict(docs)
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("setting", [{"mixed_precision": True}, {"precision": "bfloat16"}])
def test_bfloat16_on_a_cpu_sees_few_lengths(tiny_bert, setting, monkeypatch):
    docs = [doc(*["is"] * n) for n in range(31, 62)]
    exact = make(tiny_bert).predict(docs)
    model = make(tiny_bert, max_pieces=64, max_batch_pieces=1, **setting)
    model.predict(docs[:1])
    seen, network = set(), model.shims[0].predicting()
    network.register_forward_pre_hook(lambda _, args, given: seen.add(given["input_ids"].shape), with_kwargs=True)
    for one, other in zip(exact, model.predict(docs), strict=True):
        np.testing.assert_allclose(one, other, atol=0.1)
    assert len(seen) <= 9


@given(st.lists(st.integers(3, 200), min_size=1, max_size=80), st.integers(1, 5000), st.floats(0.1, 1.0))
def test_windows_of_like_length_go_together_and_none_is_left_out(sizes, most, filled):
    groups = [group.tolist() for group in groups_by_length(np.array(sizes), most, filled)]
    assert sorted(i for group in groups for i in group) == list(range(len(sizes)))
    for group in groups:
        lengths = [sizes[i] for i in group]
        assert len(group) == 1 or len(group) * max(lengths) <= most
        assert min(lengths) >= filled * max(lengths)


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_the_gradient_is_that_of_the_rows(pooling, tmp_path):
    folder = make_tiny_bert(tmp_path, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    model = make(folder, pooling=pooling, max_pieces=24, overlap=2)
    docs = [doc(*["asthma", "xyz", "common"] * 8), doc("is")]
    rng = np.random.default_rng(0)
    shim = model.shims[0]
    query = shim.network.encoder.layer[0].attention.self.query.weight
    embeddings = shim.network.embeddings.word_embeddings.weight
    cls, is_ = shim.words.before[0], shim.words.cut(["is"]).ids[0]
    with pytest.warns(UserWarning, match="B704"):
        rows, backprop = model.begin_update(docs)
    toward = [rng.normal(size=found.shape).astype("f") for found in rows]
    backprop(toward)

    def value():
        return sum(float((found * d).sum()) for found, d in zip(model.predict(docs), toward, strict=True))

    assert not any(parameter.grad.is_sparse for parameter in shim.network.parameters())
    for weight, i, j in ((query, 0, 0), (query, 3, 17), (query, 31, 5), (embeddings, cls, 3), (embeddings, is_, 7)):
        step, at = 0.02, weight.data[i, j].item()
        weight.data[i, j] = at + step
        up = value()
        weight.data[i, j] = at - step
        down = value()
        weight.data[i, j] = at
        assert weight.grad[i, j].item() == pytest.approx((up - down) / (2 * step), rel=0.05, abs=0.02)
    # A second call before the weights are updated adds to the gradient.
    before = embeddings.grad.clone()
    model.begin_update(docs)[1](toward)
    np.testing.assert_allclose(embeddings.grad, 2 * before, atol=1e-4)


def test_it_is_saved_without_a_pickle_and_loads_without_its_folder(tiny_bert):
    model = make(tiny_bert)
    (message,) = srsly.msgpack_loads(model.to_bytes())["shims"][0]
    files = srsly.msgpack_loads(message)
    assert "model.safetensors" in files
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in files)
    other = make_transformer("no/such/folder/any/more").from_bytes(model.to_bytes())
    docs = [doc("asthma", "xyz", "\n")]
    np.testing.assert_array_equal(other.predict(docs)[0], model.predict(docs)[0])


def test_a_model_that_was_not_initialised_is_saved_too(tiny_bert):
    other = make_transformer(str(tiny_bert), max_pieces=64, overlap=8)
    other.from_bytes(make_transformer(str(tiny_bert), max_pieces=64, overlap=8).to_bytes())
    other.initialize()
    assert other.get_dim("nO") == 32


def test_mixed_precision_trains(tiny_bert):
    model = make(tiny_bert, mixed_precision=True)
    rows, backprop = model.begin_update([doc("asthma", "is", "common")])
    backprop([np.ones_like(found) for found in rows])
    gradients = [parameter.grad for parameter in model.shims[0].network.parameters()]
    assert rows[0].dtype == np.float32
    assert all(gradient is not None and np.isfinite(gradient.numpy()).all() for gradient in gradients)


def test_roberta_keeps_to_its_own_numbers_of_positions(tmp_path):
    from tokenizers import ByteLevelBPETokenizer

    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(
        ["asthma is common", "aspirin treats asthma"],
        vocab_size=300,
        special_tokens=[
            "<s>",
            "<pad>",
            "</s>",
            "<unk>",
            "<mask>",
        ],
    )
    trainer.save_model(str(tmp_path))
    config = transformers.RobertaConfig(
        vocab_size=trainer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=34,
    )
    transformers.RobertaModel(config).save_pretrained(tmp_path)
    transformers.RobertaTokenizerFast.from_pretrained(tmp_path, add_prefix_space=True).save_pretrained(tmp_path)
    model = make_transformer(str(tmp_path), max_pieces=512, overlap=4)
    model.initialize()
    with pytest.warns(UserWarning, match="more than 30 word pieces"):
        (rows,) = model.predict([doc(*["asthma", "\n"] * 40)])
    assert np.isfinite(rows).all()
    assert rows.shape == (80, 32)
    words = ["asthma", "is"]
    np.testing.assert_allclose(model.predict([doc(*words)])[0], reference(tmp_path, words, "first"), atol=1e-5)


@pytest.mark.parametrize("settings", [{"pooling": "last"}, {"precision": "int4"}])
def test_unknown_settings_are_an_error(settings):
    with pytest.raises(BionerError, match="B705"):
        make_transformer("any", **settings)


def test_windows_that_cannot_overlap_are_an_error():
    with pytest.raises(BionerError, match="B706"):
        make_transformer("any", max_pieces=66, overlap=32)


@pytest.mark.parametrize(("width", "threads"), [(32, 1), (192, 2)])
def test_a_narrow_network_runs_in_one_thread(tmp_path, width, threads):
    import torch

    model = make(make_tiny_bert(tmp_path, hidden_size=width))
    before, seen = torch.get_num_threads(), []
    network = model.shims[0].network
    network.register_forward_hook(lambda *_: seen.append(torch.get_num_threads()))
    network.embeddings.word_embeddings.register_full_backward_hook(lambda *_: seen.append(torch.get_num_threads()))
    torch.set_num_threads(2)
    try:
        rows, backprop = model([doc("asthma", "is")], True)
        backprop(rows)
        model.finish_update(Adam(0.001))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [threads, threads]
