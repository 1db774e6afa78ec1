import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner import tags as scheme_tags
from spacy_bioner.ml.decoding import linear_chain
from spacy_bioner.ml.decoding.linear_chain import Layout, Masks, mixing_steps
from spacy_bioner.tags import SCHEMES, follows, tag_set

LENGTHS = st.lists(st.integers(0, 7), min_size=1, max_size=8).filter(any)


@given(LENGTHS)
def test_a_step_of_the_layout_holds_one_token_of_each_sequence_that_is_long_enough(lengths):
    layout = Layout(np.array(lengths))
    starts = np.cumsum(lengths) - lengths
    for t, (offset, size) in enumerate(zip(layout.offsets, layout.sizes, strict=True)):
        rows = slice(offset, offset + size)
        long_enough = [i for i, length in enumerate(lengths) if length > t]
        assert sorted(layout.tokens[0, rows]) == sorted(starts[i] + t for i in long_enough)
        assert sorted(layout.tokens[1, rows]) == sorted(starts[i] + lengths[i] - 1 - t for i in long_enough)


@given(LENGTHS)
def test_a_row_of_the_layout_is_followed_by_the_same_sequence(lengths):
    layout = Layout(np.array(lengths))
    for t in range(1, len(layout.sizes)):
        size = layout.sizes[t]
        now, previous = layout.offsets[t], layout.offsets[t - 1]
        assert (layout.tokens[0, now : now + size] == layout.tokens[0, previous : previous + size] + 1).all()
        assert (layout.tokens[1, now : now + size] == layout.tokens[1, previous : previous + size] - 1).all()


@given(LENGTHS)
def test_the_layout_finds_tokens_and_sums_sequences(lengths):
    layout = Layout(np.array(lengths))
    tokens = np.arange(sum(lengths))
    for direction in range(2):
        assert (layout.tokens[direction, layout.rows[direction]] == tokens).all()
    filled = [length for length in lengths if length]
    assert layout.sums(np.ones(len(tokens))).tolist() == filled
    assert (layout.ends - layout.starts + 1).tolist() == filled


@pytest.mark.parametrize("scheme", SCHEMES)
def test_masks_are_those_of_the_scheme(scheme):
    tags = tag_set(["A", "B"], scheme)
    masks = Masks.of(tags, scheme)
    chain = masks.chain(np.zeros(len(tags)), np.zeros((len(tags), len(tags))), np.zeros(len(tags)))
    for i, tag in enumerate(tags):
        assert (chain.start[i] == 0) == follows(None, tag, scheme)
        assert (chain.end[i] == 0) == follows(tag, None, scheme)
        for j, other in enumerate(tags):
            assert chain.transitions[i, j] == (0 if follows(tag, other, scheme) else -np.inf)
    unknown = masks.with_unknown
    assert unknown.transitions[-1].all()
    assert unknown.transitions[:, -1].all()
    assert unknown.start[-1]
    assert unknown.end[-1]
    assert (unknown.transitions[:-1, :-1] == masks.transitions).all()


@pytest.mark.parametrize(("scheme", "steps"), [("IOB1", 2), ("BIO", 2), ("IOBES", 3), ("BILOU", 3)])
def test_schemes_mix_in_few_steps(scheme, steps):
    assert Masks.of(tag_set(["A", "B"], scheme), scheme).mixing == steps


def test_mixing_steps_are_the_first_power_without_zeros():
    rng = np.random.default_rng(0)
    for _ in range(200):
        allowed = rng.random((4, 4)) < 0.4
        power, found = np.eye(4, dtype=int), None
        for m in range(1, 30):
            power = np.minimum(power @ allowed, 1)
            if power.all():
                found = m
                break
        assert mixing_steps(allowed) == (found or 1 << 40)
    slowest = np.roll(np.eye(5, dtype=bool), 1, axis=1)
    slowest[4, 1] = True  # Wielandt's matrix needs the greatest power that any does
    assert mixing_steps(slowest) == (5 - 1) ** 2 + 1


@pytest.mark.parametrize("steps", [1, 40])
def test_a_chain_that_does_not_mix_is_told_in_few_products(steps, monkeypatch):
    """Tags that only follow themselves, or each the one before in a ring: the powers never lose their zeros."""
    products = []
    product = linear_chain._product
    monkeypatch.setattr(linear_chain, "_product", lambda *two: products.append(two) or product(*two))
    ring = np.kron(np.roll(np.eye(steps, dtype=bool), 1, axis=1), np.eye(40 // steps, dtype=bool))
    assert mixing_steps(ring) == 1 << 40
    assert len(products) < 25
    slowest = np.roll(np.eye(40, dtype=bool), 1, axis=1)
    slowest[39, 1] = True
    products.clear()
    assert mixing_steps(slowest) == (40 - 1) ** 2 + 1
    assert len(products) < 25


def test_the_rule_of_a_scheme_is_asked_for_prefixes_not_for_pairs_of_tags(monkeypatch):
    asked = []
    rule = scheme_tags._may_follow
    monkeypatch.setattr(scheme_tags, "_may_follow", lambda *pair: asked.append(pair) or rule(*pair))
    tags = tag_set(map(str, range(50)), "IOBES")
    Masks.of(tags, "IOBES")
    assert len(asked) <= 3 * len(tags)
