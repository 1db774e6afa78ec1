"""Several linear chains over the same sequences, decoded in one sweep: the layers of a tagger.

A step of ``forward_backward``, and of ``viterbi``, computes all chains with the same number of tags at once, so that
thirty small chains need hardly more array operations than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from thinc.types import Ints1d
from thinc.util import get_array_module

from .forward_backward import Messages, finite, linear_sweep, messages, steps_between_rescaling
from .linear_chain import CELLS, Chain, Layout
from .viterbi import viterbi

T = TypeVar("T")


def stacked_messages(chains: Sequence[Chain], emissions: Sequence[Any], layout: Layout) -> list[Messages]:
    """Return ``messages`` of each chain over its own emissions, (tokens, K), all of them finite."""
    return _by_size(chains, emissions, layout, messages, _messages)


def stacked_viterbi(chains: Sequence[Chain], emissions: Sequence[Any], layout: Layout) -> list[Ints1d]:
    """Return ``viterbi`` of each chain over its own emissions, (tokens, K)."""
    return _by_size(chains, emissions, layout, viterbi, _viterbi)


def _by_size(
    chains: Sequence[Chain],
    emissions: Sequence[Any],
    layout: Layout,
    one: Callable[[Chain, Any, Layout], T],
    several: Callable[[list[Chain], Any, Layout], list[T]],
) -> list[T]:
    """Compute chains with the same number of tags by ``several``; a chain whose number is unique by ``one``."""
    found: dict[int, T] = {}
    sizes = [len(chain.start) for chain in chains]
    for size in set(sizes):
        own = [i for i, other in enumerate(sizes) if other == size]
        if len(own) == 1:
            found[own[0]] = one(chains[own[0]], emissions[own[0]], layout)
        else:
            xp = get_array_module(emissions[0])
            stacked = xp.stack([emissions[i] for i in own]).astype(xp.float64)
            found.update(zip(own, several([chains[i] for i in own], stacked, layout), strict=True))
    return [found[i] for i in range(len(chains))]


def _messages(chains: list[Chain], emissions: Any, layout: Layout) -> list[Messages]:
    xp = get_array_module(emissions)
    count = len(chains)
    # As in ``forward_backward.messages``: the largest scores are taken out, and put back into log_z.
    tops = emissions.max(axis=2)  # (chains, tokens)
    scores = emissions - tops[:, :, None]
    tables = [xp.concatenate([chain.transitions, chain.start[None], chain.end[None]]) for chain in chains]
    highest = xp.array([float(table.max()) for table in tables])
    table = xp.stack(tables) - highest[:, None, None]
    reach = float(np.log(table.shape[2])) - float(scores.min()) - float(finite(table).min())
    every = steps_between_rescaling(reach, max(chain.mixing for chain in chains), False)
    if not every:  # scores too far apart for linear messages
        return [messages(chain, one, layout) for chain, one in zip(chains, emissions, strict=True)]
    xp.exp(scores, out=scores)
    xp.exp(table, out=table)
    transitions, start, end = table[:, :-2], table[:, -2], table[:, -1]
    packed = xp.concatenate([scores[:, layout.tokens[0]], scores[:, layout.tokens[1]]])
    scales = xp.ones(scores.shape[:2])
    steps = xp.concatenate([transitions, transitions.swapaxes(1, 2)])
    linear_sweep(packed, scales, steps, xp.concatenate([start, end]), layout, every)
    alpha, gamma = packed[:count, layout.rows[0]], packed[count:, layout.rows[1]]
    scales = scales[:, layout.rows[0]]
    found = []
    for i in range(count):
        with np.errstate(divide="ignore"):
            log_last = xp.log(alpha[i][layout.ends] @ end[i])
        log_z = log_last + layout.sums(tops[i] + highest[i] + xp.log(scales[i])) + highest[i]
        found.append(Messages(layout, log_z, transitions[i], scores[i], alpha[i], gamma[i], scales[i], False))
    return found


def _viterbi(chains: list[Chain], emissions: Any, layout: Layout) -> list[Ints1d]:
    xp = get_array_module(emissions)
    transitions = xp.stack([chain.transitions for chain in chains])
    best = emissions[:, layout.tokens[0]]  # (chains, rows, tags)
    best[:, : layout.sizes[0]] += xp.stack([chain.start for chain in chains])[:, None]
    chunk = max(1, CELLS // transitions.size)
    for t in range(1, len(layout.sizes)):
        before, size, start = layout.offsets[t - 1], layout.sizes[t], layout.offsets[t]
        for i in range(0, size, chunk):
            some = min(chunk, size - i)
            paths = best[:, before + i : before + i + some, :, None] + transitions[:, None]
            best[:, start + i : start + i + some] += paths.max(axis=2)
    best[:, layout.rows[0][layout.ends]] += xp.stack([chain.end for chain in chains])[:, None]
    into = transitions.swapaxes(1, 2)
    tags = xp.empty(best.shape[:2], dtype=xp.int64)
    which = xp.arange(len(chains))[:, None]
    # From the last step to the first: what follows is fixed, so its transition is added and the best tag is read off.
    following = tags[:, :0]
    for start, size in zip(reversed(layout.offsets), reversed(layout.sizes), strict=True):
        scores = best[:, start : start + size]
        scores[:, : following.shape[1]] += into[which, following]
        following = tags[:, start : start + size]
        following[...] = scores.argmax(axis=2)
    return list(tags[:, layout.rows[0]])
