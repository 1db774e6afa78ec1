"""The best tag sequence of a linear chain (Viterbi 1967; Rabiner 1989, section III.B)."""

from __future__ import annotations

from typing import Any

from thinc.types import Floats2d, Ints1d
from thinc.util import get_array_module

from .linear_chain import CELLS, Chain, Layout


def viterbi(chain: Chain, emissions: Floats2d, layout: Layout) -> Ints1d:
    """Return the tag of each token, (tokens,), of the best tag sequence of each sequence; at least one token.

    Every number depends on its own sequence alone, so a sequence gets the same tags alone and in any batch. Of tag
    sequences with equal scores, the one is taken whose last different tag has the lower row.
    """
    xp = get_array_module(emissions)
    # best[k, s]: the score of the best tags of sequence s up to this step that end in tag k. Each step adds the
    # transition from every tag before, keeps the best, and adds the emissions, which `best` held from the start.
    # Tags lie along the first axis and sequences along the last, so that every loop inside numpy is a long one.
    best = xp.ascontiguousarray(xp.take(emissions, layout.tokens[0], axis=0).T, dtype=xp.float64)
    chunk = min(layout.sizes[0], max(1, CELLS // chain.transitions.size))
    transitions = xp.repeat(chain.transitions[:, :, None], chunk, axis=2)
    paths = xp.empty_like(transitions)  # (tags before, tags, sequences)
    before: Any = best[:, : layout.sizes[0]]
    before += chain.start[:, None]
    for size, start in zip(layout.sizes[1:], layout.offsets[1:], strict=True):
        now = best[:, start : start + size]
        for i in range(0, size, chunk):
            some = min(chunk, size - i)
            xp.add(before[:, None, i : i + some], transitions[:, :, :some], out=paths[:, :, :some])
            now[:, i : i + some] += paths[:, :, :some].max(axis=0)
        before = now
    return _backtrack(chain, xp.ascontiguousarray(best.T), layout)


def _backtrack(chain: Chain, best: Any, layout: Layout) -> Ints1d:
    # Backtracking needs one predecessor per sequence and step. Computing it again, K sums each, is cheaper than storing
    # the predecessors of all K tags.
    xp = get_array_module(best)
    into = xp.ascontiguousarray(chain.transitions.T)
    best[layout.rows[0][layout.ends]] += chain.end
    tags = xp.empty(len(best), dtype=xp.int64)
    following = tags[:0]
    for start, size in zip(reversed(layout.offsets), reversed(layout.sizes), strict=True):
        scores = best[start : start + size]
        scores[: len(following)] += into.take(following, axis=0)
        following = tags[start : start + size]
        scores.argmax(axis=1, out=following)
    return tags[layout.rows[0]]
