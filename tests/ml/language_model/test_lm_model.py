import math

import numpy as np
import pytest
from gradients import slope
from spacy.tokens import Doc
from spacy.vocab import Vocab
from thinc.api import fix_random_seed

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.language_model.model import (
    lm_gradient,
    lm_losses,
    lm_targets,
    make_bilm_model,
    set_vocabulary,
    vocabulary_counts,
)
from spacy_bioner.ml.tok2vec import make_char_bilstm_bilstm, make_char_cnn_bilstm
from spacy_bioner.ml.vocabulary import count_words

SMALL = {"hidden": 6, "word_width": 5, "char_dim": 4, "unknown_rate": 0.0}
SENTENCES = [
    ["IL-2", "activates", "T", "cells", "."],
    ["No", "gene", "in", "12", "T", "cells", "."],
    ["p53"],
]


def _docs(vocab=None):
    vocab = vocab or Vocab()
    return [Doc(vocab, words=words) for words in SENTENCES]


def _model(build=make_char_cnn_bilstm, min_count=1, docs=None, **options):
    fix_random_seed(0)
    docs = docs or _docs()
    tok2vec = build(**{**SMALL, "directions": "independent", "numbers": "token", **options})
    model = make_bilm_model(tok2vec, min_count)
    set_vocabulary(model, count_words(docs))
    model.initialize(X=docs)
    return model


@pytest.mark.parametrize("build", [make_char_cnn_bilstm, make_char_bilstm_bilstm])
@pytest.mark.parametrize("options", [{"depth": 2}, {"depth": 1}, {"depth": 1, "directions": "joined"}])
def test_no_state_sees_what_it_is_to_predict(build, options):
    """Change one word: forward states before it, and backward states after it, must not move.

    By more than rounding: some processors round a row of a product by its place among the rows.
    """
    model = _model(build, case_features=True, **options)
    words = ["No", "gene", "in", "12", "T", "cells", "."]
    vocab = Vocab()
    before = model.predict([Doc(vocab, words=words)])[0]
    for i in range(len(words)):
        changed = model.predict([Doc(vocab, words=[*words[:i], "activates", *words[i + 1 :]])])[0]
        forward, backward = np.hsplit(np.abs(before - changed) > 1e-6, 2)
        assert not forward[:i].any()
        assert not backward[i + 1 :].any()
        assert forward[i:].any(axis=1).all()
        assert backward[: i + 1].any(axis=1).all()


def test_an_encoder_that_would_see_it_is_refused():
    with pytest.raises(BionerError, match="B600"):
        make_bilm_model(make_char_cnn_bilstm(**SMALL, depth=2))
    from spacy.ml.models.tok2vec import build_hash_embed_cnn_tok2vec

    cnn = build_hash_embed_cnn_tok2vec(
        width=8,
        depth=1,
        embed_size=50,
        window_size=1,
        maxout_pieces=2,
        subword_features=False,
        pretrained_vectors=None,
    )
    with pytest.raises(BionerError, match="B600"):
        make_bilm_model(cnn)


def test_targets_are_the_neighbours_inside_the_sentence():
    docs = _docs()
    joined = Doc(docs[0].vocab, words=SENTENCES[0] + SENTENCES[1], sent_starts=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    model = _model(min_count=2)
    names = model.get_ref("output").attrs["rows"].names
    assert names == ("<unk>", "<end>", ".", "T", "cells")
    forward, backward = ([names[i] for i in rows] for rows in lm_targets(model, [joined, docs[2]]))
    unk, end = "<unk>", "<end>"
    assert forward == [unk, "T", "cells", ".", end, unk, unk, unk, "T", "cells", ".", end, end]
    assert backward == [end, unk, unk, "T", "cells", end, unk, unk, unk, unk, "T", "cells", end]


def test_a_sentence_that_is_read_in_pieces_ends_where_it_ends():
    model = _model(max_length=2)
    names = model.get_ref("output").attrs["rows"].names
    assert [names[i] for i in lm_targets(model, _docs()[:1]).forward] == ["activates", "T", "cells", ".", "<end>"]


def test_vocabulary_counts_and_limits():
    model = _model(min_count=1)
    counts = vocabulary_counts(model)
    assert counts["<num>"] == 1
    assert counts["<unk>"] == 0
    assert counts["T"] == 2
    model.attrs["max_words"] = 2
    set_vocabulary(model, counts)
    assert list(vocabulary_counts(model)) == ["<unk>", "<end>", ".", "T"]
    assert vocabulary_counts(model)["<unk>"] == 9
    model.attrs["min_count"] = 3
    with pytest.raises(BionerError, match="B601"):
        set_vocabulary(model, counts)


def test_words_without_a_row_have_none_in_the_embedding_either():
    embedding = _model(min_count=2).get_ref("tok2vec").get_ref("word")
    assert set(embedding.attrs["rows"].names) == {"<unk>", ".", "T", "cells"}


def test_perplexity_by_hand():
    """With all weights 0 but the head's biases, every prediction has the probability of its row's count."""
    model = _model(min_count=1)
    head = model.get_ref("output")
    head.set_param("W0", np.zeros_like(head.get_param("W0")))
    rows = head.attrs["rows"].index
    b = np.zeros(len(rows), dtype="f")
    b[rows["T"]] = math.log(3)  # 3 parts of T, 1 of each of the 11 others
    head.set_param("b0", b)
    assert len(rows) == 12
    docs = _docs()
    losses = lm_losses(model, np.concatenate(model.predict(docs)), lm_targets(model, docs))
    by_hand = 13 * math.log(14) - 2 * math.log(3)
    assert losses.sum(axis=1).tolist() == pytest.approx([by_hand, by_hand], rel=1e-5)


@pytest.mark.parametrize("backward_weight", [0.0, 0.3, 1.0])
def test_gradients_match_finite_differences(backward_weight):
    docs = _docs()
    model = _model(depth=2)
    targets = lm_targets(model, docs)
    states, backprop = model.begin_update(docs)
    losses, d_states = lm_gradient(model, np.concatenate(states), targets, backward_weight)
    ends = np.cumsum([len(doc) for doc in docs])
    backprop(np.split(d_states, ends[:-1]))
    assert (losses[0] == 0).all() == (backward_weight == 1)
    assert (losses[1] == 0).all() == (backward_weight == 0)

    def loss():
        forward, backward = lm_losses(model, np.concatenate(model.begin_update(docs)[0]), targets).mean(axis=1)
        return float((1 - backward_weight) * forward + backward_weight * backward)

    rng = np.random.default_rng(0)
    for node in model.walk():
        for name in node.param_names:
            value, gradient = node.get_param(name), node.get_grad(name)
            direction = rng.normal(size=value.shape) * (gradient != 0)
            direction = (direction / np.linalg.norm(direction)).astype("f")
            assert slope(loss, value, direction, 5e-3) == pytest.approx(float((gradient * direction).sum()), abs=2e-3)
    U = model.get_ref("tok2vec").get_ref("encode").get_grad("U0")
    assert U[0].any() == (backward_weight < 1)
    assert U[1].any() == (backward_weight > 0)
