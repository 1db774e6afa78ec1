"""A linear chain over ragged sequences: all messages of a batch in one sweep, partition functions and marginals.

The model is that of Lafferty, McCallum & Pereira 2001: a tag sequence y of n tokens scores
``start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n]``; its probability is the softmax of
the scores of all tag sequences, and a score of -inf forbids what it stands for. The messages are the forward and
backward variables of Rabiner 1989 (section III), rescaled on the way (his section V.A).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

_RANGE = 600.0
"""How far, in nats, a linear message may fall. float64 reaches exp(-708); the rest is room for sums over a batch."""

_CELLS = 1 << 22
"""How many cells a (rows, tags, tags) tensor of the log-space way may have: 32 MiB."""


@dataclass(frozen=True)
class Chain:
    """Scores of a chain over K tags, float64, -inf where something is forbidden."""

    start: Floats1d  # (K,)
    transitions: Floats2d  # (K, K), from row to column
    end: Floats1d  # (K,)
    mixing: int  # every tag can follow every tag in exactly this many steps: ``mixing_steps``


def mixing_steps(allowed: NDArray[np.bool_]) -> int:
    """Return the smallest m such that every tag can follow every tag in exactly m steps.

    The schemes of ``tags`` need 1 to 3. There is none, and the answer is a number longer than any text, if the power
    (K - 1)^2 + 1 of the matrix still has a zero (Wielandt 1950).
    """
    reach = allowed
    for steps in range(1, (len(allowed) - 1) ** 2 + 2):
        if reach.all():
            return steps
        reach = reach @ allowed
    return 1 << 40


@dataclass(frozen=True)
class Masks:
    """What a scheme allows over K tags, as numpy arrays (``tags.transitions``)."""

    start: NDArray[np.bool_]  # (K,)
    transitions: NDArray[np.bool_]  # (K, K)
    end: NDArray[np.bool_]  # (K,)
    mixing: int

    def chain(self, start: Floats1d, transitions: Floats2d, end: Floats1d) -> Chain:
        """Return the chain of these scores, with -inf where the scheme forbids."""
        xp = get_array_module(transitions)

        def masked(mask: NDArray[np.bool_], scores: Any) -> Any:
            return xp.where(xp.asarray(mask), scores.astype(xp.float64), -xp.inf)

        return Chain(
            masked(self.start, start), masked(self.transitions, transitions), masked(self.end, end), self.mixing
        )


class Layout:
    """Where the tokens of ragged sequences lie, step by step, so that each step is one slice of rows.

    Sequences are ranked by length, the longest first: those with more than t tokens are the first ``sizes[t]``. The
    packed rows of step t hold the t-th token of each, counted from its first token in ``forward`` and from its last
    in ``backward``: so both directions have the same shape and run in the same steps. Empty sequences have no rows.
    """

    def __init__(self, lengths: NDArray[np.int64], xp: Any = np) -> None:
        lengths = lengths[lengths > 0]
        order = np.argsort(-lengths, kind="stable")
        sizes = len(lengths) - np.cumsum(np.bincount(lengths))[:-1]
        offsets = np.cumsum(sizes) - sizes
        rows = np.arange(lengths.sum())
        step = np.repeat(np.arange(len(sizes)), sizes)
        sequence = order[rows - offsets[step]]
        starts = np.cumsum(lengths) - lengths
        directions = np.stack([starts[sequence] + step, (starts + lengths - 1)[sequence] - step])
        inverse = np.empty_like(directions)
        inverse[0, directions[0]] = rows
        inverse[1, directions[1]] = rows
        self.sizes: list[int] = sizes.tolist()
        self.offsets: list[int] = offsets.tolist()
        self.order = xp.asarray(order)  # rank -> sequence
        self.starts = xp.asarray(starts)  # sequence -> its first token, among the tokens of all
        self.ends = xp.asarray(starts + lengths - 1)
        self.tokens = xp.asarray(directions)  # (direction, packed row) -> token
        self.rows = xp.asarray(inverse)  # (direction, token) -> packed row


@dataclass(frozen=True)
class Messages:
    """What the rest of a sequence says about each token, in token order; linear up to a scale per token, or logs."""

    layout: Layout
    log_z: Floats1d  # (sequences,) log partition functions; -inf where no tag sequence is possible
    transitions: Floats2d  # (K, K), linear up to one scale, or logs
    before: Floats2d  # (tokens, K) all that comes before the token
    alpha: Floats2d  # (tokens, K) all that comes before, and the token itself
    gamma: Floats2d  # (tokens, K) the token itself and all that comes after
    is_log: bool

    def expectations(self, weights: Floats1d | None = None) -> tuple[Floats2d, Floats2d]:
        """Return the probability of each tag at each token, (tokens, K), and the expected count of each transition.

        ``weights`` (tokens,): multiply what a token and the transition into it contribute. The rows of impossible
        sequences are nan.
        """
        return self._log_expectations(weights) if self.is_log else self._linear_expectations(weights)

    def _linear_expectations(self, weights: Floats1d | None) -> tuple[Floats2d, Floats2d]:
        marginals: Any = self.before * self.gamma
        factors: Any = 1.0 / marginals.sum(axis=1)
        if weights is not None:
            factors *= weights
        # before[t] is alpha[t - 1] @ transitions, so the pair (t - 1, t) has the same sum as the token t.
        marginals *= factors[:, None]
        after: Any = self.gamma * factors[:, None]
        after[self.layout.starts] = 0.0
        return marginals, self.transitions * (self.alpha[:-1].T @ after[1:])

    def _log_expectations(self, weights: Any) -> tuple[Floats2d, Floats2d]:
        xp = get_array_module(self.before)
        marginals = self.before + self.gamma
        norm = logsumexp(marginals, axis=1)[:, None]
        alpha: Any = self.alpha
        marginals = xp.exp(marginals - norm)
        after = self.gamma - norm
        after[self.layout.starts] = -xp.inf
        counts = xp.zeros_like(self.transitions)
        chunk = max(1, _CELLS // counts.size)
        for i in range(1, len(after), chunk):
            rows = slice(i, i + chunk)
            pairs = alpha[i - 1 : len(after) - 1][:chunk, :, None] + self.transitions + after[rows, None, :]
            counts += xp.tensordot(xp.ones(len(pairs)) if weights is None else weights[rows], xp.exp(pairs), axes=1)
        return marginals if weights is None else marginals * weights[:, None], counts


def messages(chain: Chain, emissions: Any, layout: Layout, mixing: int | None = None) -> Messages:
    """Pass all messages along the sequences of ``layout``; there is at least one token.

    ``emissions`` (tokens, K), -inf forbids a tag at a token; ``mixing`` takes the place of ``chain.mixing`` where such
    masks do more than leave tokens free or fix them to one tag.

    Linear messages, each an ordinary matrix product, are taken where they are exact. Let R bound how much one step
    can favour one tag over another: then after m mixing steps each tag still has exp(-mR) of the sum or more, so
    messages that are rescaled every k steps stay above exp(-max(m, k) R), and the product of two above the square of
    that. Where this is less than float64 holds, as it may be with logits in the hundreds, the same sweep runs in log
    space.
    """
    xp = get_array_module(emissions)
    tops = _finite(emissions.max(axis=1))
    emissions = emissions.astype(xp.float64) - tops[:, None]
    ends = xp.stack([chain.start, chain.end])
    scores: Any = chain.transitions
    end_tops, top = _finite(ends.max(axis=1)), _finite(scores.max(keepdims=True))
    ends, transitions = ends - end_tops[:, None], scores - top
    reach = _spread(emissions) + max(_spread(transitions), _spread(ends)) + np.log(len(transitions))
    mixing = min(chain.mixing if mixing is None else mixing, len(layout.sizes))
    every = int(_RANGE / (2 * reach + 1e-9))
    if every <= mixing:
        every = 1
    steps = xp.stack([transitions, transitions.T])
    is_log = mixing * reach > _RANGE
    if not is_log:
        emissions, steps, ends = xp.exp(emissions), xp.exp(steps), xp.exp(ends)
    packed = xp.take(emissions, layout.tokens, axis=0)
    sweep = _log_sweep if is_log else _linear_sweep
    before, after, scales = sweep(packed, steps, ends, layout, every)
    alpha = xp.take(after[0], layout.rows[0], axis=0)
    with np.errstate(divide="ignore"):
        last = logsumexp(alpha[layout.ends] + ends[1], axis=1) if is_log else xp.log(alpha[layout.ends] @ ends[1])
    log_z = last + end_tops.sum() + xp.add.reduceat(tops, layout.starts) + top[0] * (layout.ends - layout.starts)
    log_z[layout.order] += scales
    return Messages(
        layout=layout,
        log_z=log_z,
        transitions=steps[0],
        before=xp.take(before[0], layout.rows[0], axis=0),
        alpha=alpha,
        gamma=xp.take(after[1], layout.rows[1], axis=0),
        is_log=is_log,
    )


def _linear_sweep(packed: Any, steps: Any, ends: Any, layout: Layout, every: int) -> tuple[Any, Any, Any]:
    xp = get_array_module(packed)
    before, after = xp.empty_like(packed), xp.empty_like(packed)
    size = layout.sizes[0]
    scales = xp.zeros(size)
    before[:, :size] = ends[:, None]
    xp.multiply(before[:, :size], packed[:, :size], out=after[:, :size])
    start = 0
    for t in range(1, len(layout.sizes)):
        size = layout.sizes[t]
        previous = after[:, start : start + size]
        if t % every == 0:
            sums = previous.sum(axis=2)
            sums[sums == 0] = 1.0  # an impossible sequence stays at zero
            previous /= sums[:, :, None]
            scales[:size] += xp.log(sums[0])
        start = layout.offsets[t]
        now = slice(start, start + size)
        xp.matmul(previous, steps, out=before[:, now])
        xp.multiply(before[:, now], packed[:, now], out=after[:, now])
    return before, after, scales


def _log_sweep(packed: Any, steps: Any, ends: Any, layout: Layout, every: int) -> tuple[Any, Any, Any]:
    xp = get_array_module(packed)
    before, after = xp.empty_like(packed), xp.empty_like(packed)
    before[:, : layout.sizes[0]] = ends[:, None]
    after[:, : layout.sizes[0]] = before[:, : layout.sizes[0]] + packed[:, : layout.sizes[0]]
    start = 0
    for t in range(1, len(layout.sizes)):
        size = layout.sizes[t]
        previous = after[:, start : start + size]
        start = layout.offsets[t]
        now = slice(start, start + size)
        before[:, now] = logsumexp(previous[:, :, :, None] + steps[:, None], axis=2)
        after[:, now] = before[:, now] + packed[:, now]
    return before, after, xp.zeros(layout.sizes[0])


def logsumexp(values: Any, axis: int) -> Any:
    """Log of the sum of exponentials along an axis; -inf where all of them are."""
    xp = get_array_module(values)
    tops = _finite(values.max(axis=axis, keepdims=True))
    with np.errstate(divide="ignore"):
        return xp.log(xp.exp(values - tops).sum(axis=axis)) + tops.squeeze(axis)


def _finite(tops: Any) -> Any:
    """Replace maxima of nothing but -inf by 0, so that they can be subtracted."""
    xp = get_array_module(tops)
    return xp.where(tops == -xp.inf, 0.0, tops)


def _spread(scores: Any) -> float:
    """How far scores with maximum 0 fall, -inf apart."""
    xp = get_array_module(scores)
    lowest = float(scores.min())
    if lowest == -np.inf:
        lowest = float(xp.where(scores == -xp.inf, 0.0, scores).min())
    return -lowest
