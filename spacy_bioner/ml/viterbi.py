"""The best tag sequence of a linear chain (Viterbi 1967; Rabiner 1989, section III.B)."""

from __future__ import annotations

from typing import Any

from thinc.types import Floats2d, Ints1d
from thinc.util import get_array_module

from .linear_chain import Chain, Layout


def viterbi(chain: Chain, emissions: Floats2d, layout: Layout) -> Ints1d:
    """Return the tag of each token, (tokens,), of the best sequence of each sequence of tokens; one token at least.

    Every number depends on its own sequence only and on no sum over others, so a sequence gets the same tags alone
    and in any batch. Ties go to the tag that comes first.
    """
    xp = get_array_module(emissions)
    packed = xp.take(emissions.astype(xp.float64), layout.tokens[0], axis=0)
    best = xp.empty_like(packed)
    size = layout.sizes[0]
    xp.add(chain.start, packed[:size], out=best[:size])
    tags = packed.shape[1]
    paths = xp.empty((tags, size, tags))
    transitions = xp.ascontiguousarray(chain.transitions)[:, None, :]
    start = 0
    for t in range(1, len(layout.sizes)):
        size = layout.sizes[t]
        previous = best[start : start + size]
        start = layout.offsets[t]
        now = slice(start, start + size)
        step = paths[:, :size]
        xp.add(previous.T[:, :, None], transitions, out=step)
        step.max(axis=0, out=best[now])
        best[now] += packed[now]
    return _backtrack(chain, best, layout)


def _backtrack(chain: Chain, best: Floats2d, layout: Layout) -> Ints1d:
    # The way back needs one predecessor per sequence and step: cheaper to find again than to keep all of them.
    xp: Any = get_array_module(best)
    into = xp.ascontiguousarray(chain.transitions.T)
    tags = xp.empty(len(best), dtype=xp.int64)
    ahead = 0
    for t in range(len(layout.sizes) - 1, -1, -1):
        start, size = layout.offsets[t], layout.sizes[t]
        scores = best[start : start + size].copy()
        scores[:ahead] += xp.take(into, tags[start + size : start + size + ahead], axis=0)
        scores[ahead:] += chain.end
        scores.argmax(axis=1, out=tags[start : start + size])
        ahead = size
    return tags[layout.rows[0]]
