"""A linear chain over ragged sequences: all messages of a batch in one sweep, partition functions and marginals.

The model is that of Lafferty, McCallum & Pereira 2001: a tag sequence y of n tokens scores
``start[y_1] + sum_t emissions[t, y_t] + sum_t transitions[y_t, y_t+1] + end[y_n]``; its probability is the softmax of
the scores of all tag sequences, and a score of -inf forbids what it stands for. The messages are the forward and
backward variables of Rabiner 1989 (section III), rescaled on the way (his section V.A).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from ..tags import transitions as allowed_transitions

_RANGE = 600.0
"""How far, in nats, a linear message may fall. float64 reaches exp(-708); the rest is room for sums over a batch."""

_CELLS = 1 << 22
"""How many cells a (rows, tags, tags) tensor of the log-space way may have: 32 MiB."""


@dataclass(frozen=True)
class Chain:
    """Scores of a chain over K tags, float64, -inf where something is forbidden."""

    start: Any  # (K,)
    transitions: Any  # (K, K), from row to column
    end: Any  # (K,)
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
    """What a scheme allows over K tags, as numpy arrays."""

    start: NDArray[np.bool_]  # (K,)
    transitions: NDArray[np.bool_]  # (K, K), from row to column
    end: NDArray[np.bool_]  # (K,)
    mixing: int

    @classmethod
    def of(cls, tags: Sequence[str], scheme: str) -> Masks:
        """Return the masks of a tag set: ``tags.transitions``."""
        allowed, start, end = allowed_transitions(tags, scheme)
        return cls(start, allowed, end, mixing_steps(allowed))

    @cached_property
    def with_unknown(self) -> Masks:
        """The same with one tag more, the last, so that -1 is its row: not known, and free to stand anywhere."""
        start, allowed, end = (
            np.pad(mask, (0, 1), constant_values=True) for mask in (self.start, self.transitions, self.end)
        )
        return Masks(start, allowed, end, self.mixing)

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
    """What the rest of a sequence says about each token, in token order: all linear up to a scale, or all logs."""

    layout: Layout
    log_z: Floats1d  # (sequences,) log partition functions; -inf where no tag sequence is possible
    transitions: Floats2d  # (K, K)
    emissions: Floats2d  # (tokens, K) what alpha and gamma both hold; 1, in logs 0, where it is forbidden
    alpha: Floats2d  # (tokens, K) all that comes before the token, and the token
    gamma: Floats2d  # (tokens, K) the token, and all that comes after
    scales: Floats1d  # (tokens,) what alpha was divided by at this token; all 1 in logs
    is_log: bool

    def expectations(self, weights: Floats1d | None = None) -> tuple[Floats2d, Floats2d]:
        """Return the probability of each tag at each token, (tokens, K), and the expected count of each transition.

        ``weights`` (tokens,) multiply what a token and the transition into it contribute. The rows of impossible
        sequences are nan.
        """
        return self._log_expectations(weights) if self.is_log else self._linear_expectations(weights)

    def _linear_expectations(self, weights: Any) -> tuple[Floats2d, Floats2d]:
        xp = get_array_module(self.alpha)
        marginals: Any = self.alpha * self.gamma
        marginals /= self.emissions
        factors = 1.0 / (marginals @ xp.ones(marginals.shape[1]))
        if weights is not None:
            factors *= weights
        marginals *= factors[:, None]
        # The pairs (t - 1, t) sum to what the token t sums to, but for the scale that was taken from alpha[t] only.
        after: Any = self.gamma * (factors / self.scales)[:, None]
        after[self.layout.starts] = 0.0
        return marginals, self.transitions * (self.alpha[:-1].T @ after[1:])

    def _log_expectations(self, weights: Any) -> tuple[Floats2d, Floats2d]:
        xp = get_array_module(self.alpha)
        marginals: Any = self.alpha + self.gamma - self.emissions
        norm = logsumexp(marginals, axis=1)[:, None]
        marginals = xp.exp(marginals - norm)
        alpha: Any = self.alpha
        after: Any = self.gamma - norm
        after[self.layout.starts] = -xp.inf
        weights = xp.ones(len(after)) if weights is None else weights
        counts = xp.zeros_like(self.transitions)
        chunk = max(1, _CELLS // counts.size)
        for i in range(1, len(after), chunk):
            pairs = alpha[i - 1 : len(after) - 1][:chunk, :, None] + self.transitions + after[i : i + chunk, None, :]
            counts += xp.tensordot(weights[i : i + chunk], xp.exp(pairs), axes=1)
        return marginals * weights[:, None], counts


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
    # One block for all: malloc keeps it for the next call, where it would hand many large arrays back to the system
    # and page them in again, which costs more than the sums.
    block = xp.empty((5, *emissions.shape))
    scores, packed, alpha, gamma = block[0], block[1:3], block[3], block[4]
    tops = _finite(xp.ascontiguousarray(emissions.T).max(axis=0))  # along long rows: ten times faster than axis 1
    xp.subtract(emissions, tops[:, None], out=scores)
    table = xp.concatenate([chain.transitions, chain.start[None], chain.end[None]])
    top = float(table.max())
    table -= top
    lowest = float(scores.min())
    masked = lowest == -np.inf
    if masked:
        lowest = float(_finite(scores).min())
    reach = np.log(len(chain.start)) - lowest - float(_finite(table).min())
    mixing = min(chain.mixing if mixing is None else mixing, len(layout.sizes))
    is_log = mixing * reach > _RANGE
    if not is_log:
        xp.exp(scores, out=scores)
        xp.exp(table, out=table)
    transitions, ends = table[:-2], table[-2:]
    _take(scores, layout.tokens, packed)
    scales = xp.ones(len(scores))
    if is_log:
        _log_sweep(packed, transitions, ends, layout)
    else:
        every = int(_RANGE / (2 * reach + 1e-9))
        _linear_sweep(packed, scales, transitions, ends, layout, every if every > mixing else 1)
        scales = scales[layout.rows[0]]
    _take(packed[0], layout.rows[0], alpha)
    _take(packed[1], layout.rows[1], gamma)
    with np.errstate(divide="ignore"):
        last = logsumexp(alpha[layout.ends] + ends[1], axis=1) if is_log else xp.log(alpha[layout.ends] @ ends[1])
    log_z = last + top * (layout.ends - layout.starts + 2) + xp.add.reduceat(tops + xp.log(scales), layout.starts)
    if masked:
        forbidden, neutral = (-np.inf, 0.0) if is_log else (0.0, 1.0)
        scores[scores == forbidden] = neutral
    return Messages(layout, log_z, transitions, scores, alpha, gamma, scales, is_log)


def _take(values: Any, rows: Any, out: Any) -> None:
    """``out[...] = values[rows]``; the mode spares numpy a copy of ``out``."""
    xp = get_array_module(values)
    if xp is np:
        np.take(values, rows, axis=0, out=out, mode="clip")
    else:
        xp.take(values, rows, axis=0, out=out)


def _linear_sweep(packed: Any, scales: Any, transitions: Any, ends: Any, layout: Layout, every: int) -> None:
    """Turn the packed emissions, (2, tokens, K), into messages in both directions; ``scales`` into what divided them.

    Both directions are one stacked product: for batches of sentences the calls cost as much as the numbers.
    """
    xp = get_array_module(packed)
    steps = xp.stack([transitions, transitions.T])
    size, start = layout.sizes[0], 0
    now = packed[:, :size]
    now *= ends[:, None]
    product = xp.empty_like(now)
    for t in range(1, len(layout.sizes)):
        if layout.sizes[t] < size:
            size = layout.sizes[t]
            now, product = now[:, :size], product[:, :size]
        if t % every == 0:
            sums = now.sum(axis=2)
            sums[sums == 0] = 1.0  # an impossible sequence stays at zero
            now /= sums[:, :, None]
            scales[start : start + size] = sums[0]
        xp.matmul(now, steps, out=product)
        start = layout.offsets[t]
        now = packed[:, start : start + size]
        now *= product


def _log_sweep(packed: Any, transitions: Any, ends: Any, layout: Layout) -> None:
    xp = get_array_module(packed)
    steps = xp.stack([transitions, transitions.T])[:, None]
    now = packed[:, : layout.sizes[0]]
    now += ends[:, None]
    for t in range(1, len(layout.sizes)):
        size, start = layout.sizes[t], layout.offsets[t]
        before = logsumexp(now[:, :size, :, None] + steps, axis=2)
        now = packed[:, start : start + size]
        now += before


def logsumexp(values: Any, axis: int) -> Any:
    """Log of the sum of exponentials along an axis; -inf where all of them are."""
    xp = get_array_module(values)
    tops = _finite(values.max(axis=axis, keepdims=True))
    with np.errstate(divide="ignore"):
        return xp.log(xp.exp(values - tops).sum(axis=axis)) + tops.squeeze(axis)


def _finite(scores: Any) -> Any:
    """Replace -inf by 0: what may be subtracted."""
    xp = get_array_module(scores)
    return xp.where(scores == -xp.inf, 0.0, scores)
