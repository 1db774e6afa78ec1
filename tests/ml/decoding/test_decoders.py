import numpy as np
import pytest
from chains import enumerate_paths, log_sum
from gradients import slope
from hypothesis import given, settings
from hypothesis import strategies as st
from thinc.api import CupyOps
from thinc.compat import has_cupy_gpu

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.decoding.decoders import build_decoder, decode, loss_and_gradient, segment_scores
from spacy_bioner.ml.decoding.linear_chain import Masks
from spacy_bioner.tags import SCHEMES, encode, tag_set, validate
from spacy_bioner.tags import decode as read_tags

KINDS = ["crf", "softmax"]
SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.lists(st.integers(0, 12), min_size=1, max_size=6)


def make(kind, scheme="IOBES", labels=("A", "B"), seed=0):
    """A decoder with random parameters."""
    decoder = build_decoder(kind, scheme, tag_set(labels, scheme))
    decoder.initialize()
    rng = np.random.default_rng(seed)
    for name in decoder.param_names:
        decoder.set_param(name, rng.normal(size=decoder.get_param(name).shape).astype(np.float32))
    return decoder


def make_scores(rng, decoder, lengths, scale=1.0):
    return [(rng.normal(size=(length, decoder.get_dim("nO"))) * scale).astype(np.float32) for length in lengths]


def make_gold(rng, decoder, lengths):
    """Rows of the tags of random spans."""
    tags, scheme = decoder.attrs["tags"], decoder.attrs["scheme"]
    gold = []
    for length in lengths:
        spans = [(i, i + 1 + int(rng.integers(2)), "AB"[rng.integers(2)]) for i in range(0, length - 2, 3)]
        gold.append(np.array([tags.index(tag) for tag in encode(spans, length, scheme)], dtype=np.int64))
    return gold


def gradients(decoder):
    return {name: decoder.get_grad(name).copy() for name in decoder.param_names}


def forget(decoder):
    for name in decoder.param_names:
        decoder.set_grad(name, np.zeros_like(decoder.get_param(name)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [0.0, 0.5])
def test_the_gradient_is_the_slope_of_the_scaled_loss(kind, missing):
    rng = np.random.default_rng(0)
    decoder = make(kind)
    lengths = [5, 0, 9, 1]
    scores = make_scores(rng, decoder, lengths)
    gold = [np.where(rng.random(len(x)) < missing, -1, x) for x in make_gold(rng, decoder, lengths)]
    _, d_scores = loss_and_gradient(decoder, scores, gold, scale=0.25)
    d_params = gradients(decoder)

    def loss():
        return 0.25 * loss_and_gradient(decoder, scores, gold)[0]

    pairs = [(d_scores[i], scores[i]) for i in (0, 2, 3)]
    pairs += [(d_params[name], decoder.get_param(name)) for name in decoder.param_names]
    for exact, values in pairs:
        assert exact.dtype == np.float32
        for _ in range(5):
            direction = rng.normal(size=values.shape).astype(np.float32)
            direction /= np.linalg.norm(direction)
            assert slope(loss, values, direction, 1e-2) == pytest.approx((exact * direction).sum(), abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_not_touched_and_gradients_add_up(kind):
    rng = np.random.default_rng(1)
    decoder = make(kind)
    scores, gold = make_scores(rng, decoder, [4, 6]), make_gold(rng, decoder, [4, 6])
    before = [score.copy() for score in scores]
    loss_and_gradient(decoder, scores, gold)
    once = gradients(decoder)
    loss_and_gradient(decoder, scores, gold)
    for name, twice in gradients(decoder).items():
        np.testing.assert_allclose(twice, 2 * once[name], rtol=1e-5, atol=1e-6)
    decode(decoder, scores)
    segment_scores(decoder, scores, [[(0, 1, "A")], []])
    for score, was in zip(scores, before, strict=True):
        assert (score == was).all()


def test_the_softmax_loss_is_cross_entropy():
    rng = np.random.default_rng(2)
    decoder = make("softmax")
    scores, gold = make_scores(rng, decoder, [7]), make_gold(rng, decoder, [7])
    gold[0][3] = -1
    loss, (d_scores,) = loss_and_gradient(decoder, scores, gold)
    probabilities = np.exp(scores[0]) / np.exp(scores[0]).sum(axis=1, keepdims=True)
    known = [t for t in range(7) if t != 3]
    assert loss == pytest.approx(-np.log(probabilities[known, gold[0][known]]).sum(), rel=1e-5)
    expected = probabilities - (gold[0][:, None] == np.arange(9))
    expected[3] = 0
    np.testing.assert_allclose(d_scores, expected, atol=1e-6)


def test_the_crf_loss_is_the_share_of_the_gold_sequence():
    rng = np.random.default_rng(3)
    decoder = make("crf", labels="A")
    (score,) = make_scores(rng, decoder, [4])
    chain = Masks.of(decoder.attrs["tags"], "IOBES").chain(*(decoder.get_param(name) for name in decoder.param_names))
    paths = enumerate_paths(chain, score)
    for path in paths:
        loss, _ = loss_and_gradient(decoder, [score], [np.array(path)])
        assert loss == pytest.approx(log_sum(paths.values()) - paths[path], abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_sets_of_tags_say_the_same(kind):
    rng = np.random.default_rng(4)
    decoder = make(kind)
    lengths = [6, 0, 3]
    scores = make_scores(rng, decoder, lengths)
    gold = [np.where(rng.random(len(x)) < 0.3, -1, x) for x in make_gold(rng, decoder, lengths)]
    sets = [(x[:, None] < 0) | (x[:, None] == np.arange(9)) for x in gold]
    loss, d_scores = loss_and_gradient(decoder, scores, gold)
    for known in (sets, [sets[0], *gold[1:]]):
        same_loss, same_d_scores = loss_and_gradient(decoder, scores, known)
        assert same_loss == pytest.approx(loss)
        for a, b in zip(d_scores, same_d_scores, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lengths", [[], [0], [0, 0], [1], [0, 1, 0]])
def test_no_tokens_and_one_token(kind, lengths):
    rng = np.random.default_rng(5)
    decoder = make(kind)
    scores = make_scores(rng, decoder, lengths)
    loss, d_scores = loss_and_gradient(decoder, scores, make_gold(rng, decoder, lengths))
    assert (loss > 0) == (sum(lengths) > 0)
    assert [d.shape for d in d_scores] == [score.shape for score in scores]
    assert [len(tags) for tags in decode(decoder, scores)] == lengths
    spans = [[(0, 1, "A")] if length else [] for length in lengths]
    found = segment_scores(decoder, scores, spans)
    assert [len(x) for x in found] == lengths
    assert all(0 < p < 1 for of_sequence in found for p in of_sequence)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_known_teaches_nothing(kind):
    rng = np.random.default_rng(6)
    decoder = make(kind)
    scores = make_scores(rng, decoder, [4, 2])
    loss, d_scores = loss_and_gradient(decoder, scores, [np.full(4, -1), np.ones((2, len(scores[1][0])), dtype=bool)])
    assert loss == 0
    assert [values.shape for values in d_scores] == [values.shape for values in scores]
    assert not any(values.any() for values in d_scores)
    assert not any(map(decoder.has_grad, decoder.param_names))
    known = make_gold(rng, decoder, [3])
    told = make_scores(rng, decoder, [3])
    alone, alone_gradient = loss_and_gradient(decoder, told, known)
    among, gradients_among = loss_and_gradient(decoder, [scores[0], *told], [np.full(4, -1), *known])
    assert among == pytest.approx(alone)
    np.testing.assert_allclose(gradients_among[1], alone_gradient[0], atol=1e-7)
    assert not gradients_among[0].any()


@given(SEEDS, st.sampled_from(KINDS), LENGTHS)
@settings(max_examples=40)
def test_a_sequence_gets_the_same_alone_and_in_any_batch(seed, kind, lengths):
    rng = np.random.default_rng(seed)
    decoder = make(kind)
    scores, gold = make_scores(rng, decoder, lengths, scale=3), make_gold(rng, decoder, lengths)
    tags = decode(decoder, scores)
    spans = [read_tags([decoder.attrs["tags"][row] for row in rows], "IOBES") for rows in tags]
    probabilities = segment_scores(decoder, scores, spans)
    loss, d_scores = loss_and_gradient(decoder, scores, gold)
    total = 0.0
    for i, score in enumerate(scores):
        assert decode(decoder, [score])[0].tolist() == tags[i].tolist()
        assert segment_scores(decoder, [score], [spans[i]])[0] == pytest.approx(probabilities[i], abs=1e-12)
        alone, (d_score,) = loss_and_gradient(decoder, [score], [gold[i]])
        np.testing.assert_allclose(d_score, d_scores[i], atol=1e-6)
        total += alone
    assert loss == pytest.approx(total, rel=1e-12)


@given(SEEDS, st.sampled_from(KINDS), st.sampled_from(SCHEMES), st.sampled_from([0.0, 1.0, 1000.0]))
@settings(max_examples=40)
def test_no_illegal_sequence_comes_out(seed, kind, scheme, scale):
    rng = np.random.default_rng(seed)
    decoder = make(kind, scheme)
    for rows in decode(decoder, make_scores(rng, decoder, [1, 2, 30], scale)):
        assert validate([decoder.attrs["tags"][row] for row in rows], scheme) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_softmax_segments_are_shares_of_the_legal_sequences(scheme):
    rng = np.random.default_rng(7)
    decoder = make("softmax", scheme, "A")
    tags = decoder.attrs["tags"]
    (score,) = make_scores(rng, decoder, [4])
    zeros = np.zeros(len(tags))
    paths = enumerate_paths(Masks.of(tags, scheme).chain(zeros, np.zeros((len(tags), len(tags))), zeros), score)
    with_span = [s for path, s in paths.items() if (1, 3, "A") in read_tags([tags[tag] for tag in path], scheme)]
    expected = np.exp(log_sum(with_span) - log_sum(paths.values()))
    assert segment_scores(decoder, [score], [[(1, 3, "A")]]) == [[pytest.approx(expected)]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_scores_of_100_over_2000_tokens(kind, missing):
    rng = np.random.default_rng(8)
    decoder = make(kind)
    lengths = [2000, 0, 1]
    scores = [np.float32(100) * np.sign(score) for score in make_scores(rng, decoder, lengths)]
    gold = [np.where(rng.random(len(x)) < missing, -1, x) for x in make_gold(rng, decoder, lengths)]
    loss, d_scores = loss_and_gradient(decoder, scores, gold)
    assert 0 < loss < 1e6
    for values in (*d_scores, *gradients(decoder).values()):
        assert np.isfinite(values).all()
    assert np.abs(d_scores[0]).max() <= 1
    np.testing.assert_allclose(d_scores[0].sum(axis=1), 0, atol=1e-5)
    spans = [[(i, i + 2, "A") for i in range(0, 1998, 50)], [], [(0, 1, "B")]]
    for p in np.concatenate([*map(np.array, segment_scores(decoder, scores, spans))]):
        assert 0 <= p <= 1 + 1e-9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (["O", "I-A", "E-A"], "does not allow 'I-A' at token 1 after 'O'"),
        (["E-A", "O", "O"], "does not allow 'E-A' at token 0 after 'the start'"),
        (["O", "O", "B-A"], "does not allow 'the end' at token 3 after 'B-A'"),
        (["O", "B-A", "E-B"], "does not allow 'E-B' at token 2 after 'B-A'"),
    ],
)
def test_gold_tags_that_the_scheme_forbids_are_named(kind, tags, message):
    rng = np.random.default_rng(9)
    decoder = make(kind)
    forget(decoder)
    gold = [[], ["O", "S-A"], tags, ["S-B"]]
    known = [np.array([decoder.attrs["tags"].index(tag) for tag in x], dtype=np.int64) for x in gold]
    with pytest.raises(BionerError, match=message) as caught:
        loss_and_gradient(decoder, make_scores(rng, decoder, [0, 2, 3, 1]), known)
    assert caught.value.code == "B530"
    assert "sequence 2 of the batch" in str(caught.value)
    assert all((gradient == 0).all() for gradient in gradients(decoder).values())


def test_gold_sets_that_no_legal_sequence_meets_are_named():
    decoder = make("crf")
    forget(decoder)
    begin, close = (decoder.attrs["tags"].index(tag) for tag in ("B-A", "E-B"))
    known = [np.zeros(2, dtype=np.int64), np.array([begin, -1, close])]  # one token cannot lead from A into B
    with pytest.raises(BionerError, match="sequence 1 of the batch: no valid IOBES sequence") as caught:
        loss_and_gradient(decoder, make_scores(np.random.default_rng(10), decoder, [2, 3]), known)
    assert caught.value.code == "B531"
    assert all((gradient == 0).all() for gradient in gradients(decoder).values())


@pytest.mark.parametrize("kind", KINDS)
def test_gold_of_another_length_is_named(kind):
    decoder = make(kind)
    scores = make_scores(np.random.default_rng(11), decoder, [2, 3])
    with pytest.raises(BionerError, match="sequence 1 of the batch has scores for 3 tokens and tags for 2") as caught:
        loss_and_gradient(decoder, scores, [np.zeros(2, dtype=np.int64)] * 2)
    assert caught.value.code == "B533"


@pytest.mark.parametrize("kind", KINDS)
def test_scores_that_are_not_numbers_give_a_loss_that_is_none(kind):
    decoder = make(kind)
    scores = make_scores(np.random.default_rng(12), decoder, [2, 3])
    scores[1][1, 1] = np.nan
    loss, _ = loss_and_gradient(decoder, scores, [np.zeros(2, dtype=np.int64), np.zeros(3, dtype=np.int64)])
    assert np.isnan(loss)


def test_only_what_there_is_can_be_built():
    with pytest.raises(BionerError, match="unknown decoder 'hmm': use one of crf, softmax"):
        build_decoder("hmm")
    with pytest.raises(BionerError, match="unknown tag scheme 'BIE'"):
        build_decoder("crf", "BIE")


@pytest.mark.skipif(not has_cupy_gpu, reason="needs a GPU and cupy")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_a_gpu_gives_the_same(kind, scale):
    rng = np.random.default_rng(13)
    decoder, lengths = make(kind), [5, 0, 30, 1]
    scores = make_scores(rng, decoder, lengths, scale)
    gold = [np.where(rng.random(len(x)) < 0.2, -1, x) for x in make_gold(rng, decoder, lengths)]
    spans = [[(0, 1, "A")], [], [(3, 6, "B"), (29, 30, "A")], [(0, 1, "B")]]
    on_gpu = make(kind)
    on_gpu.to_gpu(0)
    ops = CupyOps()
    gpu_scores = [ops.asarray(score) for score in scores]
    loss, d_scores = loss_and_gradient(decoder, scores, gold)
    gpu_loss, gpu_d_scores = loss_and_gradient(on_gpu, gpu_scores, gold)
    assert gpu_loss == pytest.approx(loss)
    for a, b in zip(d_scores, gpu_d_scores, strict=True):
        np.testing.assert_allclose(a, ops.to_numpy(b), atol=1e-5)
    for name in decoder.param_names:
        np.testing.assert_allclose(decoder.get_grad(name), ops.to_numpy(on_gpu.get_grad(name)), atol=1e-4)
    assert [x.tolist() for x in decode(decoder, scores)] == [x.tolist() for x in decode(on_gpu, gpu_scores)]
    for a, b in zip(segment_scores(decoder, scores, spans), segment_scores(on_gpu, gpu_scores, spans), strict=True):
        assert a == pytest.approx(b, abs=1e-9)
