"""All messages of a batch along its linear chains, in one sweep: partition functions and marginals.

The messages are the forward and backward variables of Rabiner 1989 (section III), rescaled on the way (his section
V.A), or their logs. For tag k at token t of a sequence of n tokens

    alpha[t, k]   sums over all tags of tokens 1 .. t-1      start, e1, T, e2, T, ... e_t
    gamma[t, k]   sums over all tags of tokens t+1 .. n                               e_t, T, ... e_n, end

so that alpha * gamma / e_t, which has e_t once, is proportional to the probability of k at t, and
alpha[t-1, j] * T[j, k] * gamma[t, k] to that of the transition from j to k:

    start, e1, T, e2,    T,    e3, T, e4, end
    '-- alpha[2] --'           '-- gamma[3] --'      the transition from token 2 to token 3

The usual backward variable (beta) leaves out e_t. With e_t in it, the backward sweep is the forward sweep over the
transposed transitions, and one stacked product computes a step of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from thinc.types import Floats1d, Floats2d
from thinc.util import get_array_module

from .linear_chain import CELLS, Chain, Layout

_RANGE = 600.0
"""How small a linear message may become, in nats. float64 reaches exp(-708); the rest is margin for sums."""

_ONE_THREAD = 1 << 18
"""Products with more multiplications than this start the threads of OpenBLAS. At the sizes of a chain they gain little,
and they cost milliseconds if other processes use the cores."""


@dataclass(frozen=True)
class Messages:
    """Forward and backward messages in token order: linear up to a scale, or logs."""

    layout: Layout
    log_z: Floats1d  # (sequences,) log partition functions; -inf where no tag sequence is possible
    transitions: Floats2d  # (K, K)
    emissions: Floats2d  # (tokens, K) the emissions, a factor of both alpha and gamma; 1 (in logs 0) where forbidden
    alpha: Floats2d  # (tokens, K) the prefix that ends with the token
    gamma: Floats2d  # (tokens, K) the suffix that starts with the token
    scales: Floats1d  # (tokens,) the scale that alpha was divided by at this token; all 1 in logs
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
        # The sum over the pairs (t - 1, t) equals that over token t, except for the scale that alpha[t] was divided by
        # and alpha[t - 1] was not.
        after: Any = self.gamma * (factors / self.scales)[:, None]
        after[self.layout.starts] = 0.0
        counts = xp.zeros_like(self.transitions)
        chunk = max(1, _ONE_THREAD // counts.size)
        for i in range(1, len(after), chunk):
            counts += self.alpha[i - 1 : len(after) - 1][:chunk].T @ after[i : i + chunk]
        return marginals, counts * self.transitions

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
        chunk = max(1, CELLS // counts.size)
        for i in range(1, len(after), chunk):
            pairs = alpha[i - 1 : len(after) - 1][:chunk, :, None] + self.transitions + after[i : i + chunk, None, :]
            counts += xp.tensordot(weights[i : i + chunk], xp.exp(pairs), axes=1)
        return marginals * weights[:, None], counts


def messages(chain: Chain, emissions: Any, layout: Layout, mixing: int | None = None) -> Messages:
    """Compute the messages along the sequences of ``layout``; there is at least one token.

    ``emissions`` (tokens, K): -inf forbids a tag at a token. Each token then either allows all tags or only one; if
    that does not hold, ``mixing`` must be the length of the longest sequence in place of the chain's mixing steps.

    Messages are linear, and each step is an ordinary matrix product, if float64 can represent all of them. Let R bound
    how much one step can favour one tag over another (in nats), and let m be the mixing steps. After m steps every tag
    has at least exp(-mR) of the sum; a step that leaves only one tag costs at most as much again. So messages that are
    rescaled every k steps stay above exp(-(m + k) R), and the product of two messages above the square of that. If
    that is below the range of float64, as with scores in the hundreds, the same sweep runs in log space.
    """
    xp = get_array_module(emissions)
    # One block for all arrays: malloc keeps it for the next call. Several large arrays would be returned to the system
    # and paged in again, which costs more than the sums.
    block = xp.empty((5, *emissions.shape))
    scores, packed, alpha, gamma = block[0], block[1:3], block[3], block[4]
    tops = finite(xp.ascontiguousarray(emissions.T).max(axis=0)).astype(xp.float64)  # ten times as fast as axis 1
    # Every token's largest emission and the largest transition are taken out, so that no exponential overflows, and
    # are added to log_z at the end.
    scores[...] = emissions
    scores -= tops[:, None]
    table = xp.concatenate([chain.transitions, chain.start[None], chain.end[None]])
    top = float(table.max())
    table -= top
    lowest = float(scores.min())
    masked = lowest == -np.inf
    if masked:
        lowest = float(finite(scores).min())
    reach = float(np.log(len(chain.start))) - lowest - float(finite(table).min())
    every = steps_between_rescaling(reach, chain.mixing if mixing is None else mixing, masked)
    is_log = every == 0
    if not is_log:
        xp.exp(scores, out=scores)
        xp.exp(table, out=table)
    _take(scores, layout.tokens, packed)
    scales = xp.ones(len(scores))
    if is_log:
        _log_sweep(packed, table, layout)
    else:
        linear_sweep(packed, scales[None], *_both_ways(table), layout, every)
    _take(packed[0], layout.rows[0], alpha)
    _take(packed[1], layout.rows[1], gamma)
    scales = scales[layout.rows[0]]
    last, end = alpha[layout.ends], table[-1]
    with np.errstate(divide="ignore"):
        log_last = logsumexp(last + end, axis=1) if is_log else xp.log(last @ end)
    log_z = log_last + layout.sums(tops + top + xp.log(scales)) + top  # start, n - 1 transitions and end: n + 1 tops
    if masked:
        forbidden, neutral = (-np.inf, 0.0) if is_log else (0.0, 1.0)
        scores[scores == forbidden] = neutral
    return Messages(layout, log_z, table[:-2], scores, alpha, gamma, scales, is_log)


def steps_between_rescaling(reach: float, mixing: int, masked: bool) -> int:
    """Return how many steps linear messages may take without being rescaled; 0 if they could underflow."""
    if 2 * (mixing + 1) * reach <= _RANGE:
        return int(_RANGE / (2 * reach + 1e-9)) - mixing
    # If messages are rescaled at every step and all tags are allowed, each message is above exp(-mR), and in a product
    # of two messages one factor, of the tag with the largest share, is not small.
    return int(not masked and mixing * reach <= _RANGE)


def _take(values: Any, rows: Any, out: Any) -> None:
    """``out[...] = values[rows]``; the mode spares numpy a copy of ``out``."""
    xp = get_array_module(values)
    if xp is np:
        np.take(values, rows, axis=0, out=out, mode="clip")
    else:
        xp.take(values, rows, axis=0, out=out)


def linear_sweep(packed: Any, scales: Any, steps: Any, ends: Any, layout: Layout, every: int) -> None:
    """Turn the packed emissions of chains, (2 chains, tokens, K), into messages in both directions, in place.

    The first half are forward messages. ``steps`` (2 chains, K, K) and ``ends`` (2 chains, K): the transitions and
    starts; of backward messages the transposed transitions and the ends. ``scales`` (chains, tokens) gets the divisors
    of the forward messages. All is one stacked product: for sentences, the calls cost as much as the arithmetic.
    """
    xp = get_array_module(packed)
    # Sequences are ranked by length, so the finished ones are the last rows, and each step only shortens the slice.
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
            scales[:, start : start + size] = sums[: len(scales)]
        xp.matmul(now, steps, out=product)
        start = layout.offsets[t]
        now = packed[:, start : start + size]
        now *= product


def _log_sweep(packed: Any, table: Any, layout: Layout) -> None:
    steps, ends = _both_ways(table)
    now = packed[:, : layout.sizes[0]]
    now += ends[:, None]
    chunk = max(1, CELLS // steps.size)
    for t in range(1, len(layout.sizes)):
        before, size, start = layout.offsets[t - 1], layout.sizes[t], layout.offsets[t]
        for i in range(0, size, chunk):
            some = min(chunk, size - i)
            paths = packed[:, before + i : before + i + some, :, None] + steps[:, None]
            packed[:, start + i : start + i + some] += logsumexp(paths, axis=2)


def _both_ways(table: Any) -> tuple[Any, Any]:
    xp = get_array_module(table)
    return xp.stack([table[:-2], table[:-2].T]), table[-2:]


def logsumexp(values: Any, axis: int) -> Any:
    """Return the log of the sum of exponentials along an axis; -inf where all values are -inf."""
    xp = get_array_module(values)
    tops = finite(values.max(axis=axis, keepdims=True))
    with np.errstate(divide="ignore"):
        return xp.log(xp.exp(values - tops).sum(axis=axis)) + tops.squeeze(axis)


def finite(scores: Any) -> Any:
    """Replace -inf by 0, so that the result can be subtracted without nan."""
    xp = get_array_module(scores)
    return xp.where(scores == -xp.inf, 0.0, scores)
