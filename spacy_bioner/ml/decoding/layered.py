"""Layers of a decoder: independent chains over blocks of its rows, so that mentions of different layers may overlap.

The decoder is one layer of the network, with the rows of all chains; of its transitions only those inside a block are
used. Its loss is the sum of the losses of the chains.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.util import to_numpy

from ...disjoint_tags import TaggedMention
from ...disjoint_tags import decode as read_mentions
from .decoder_layer import Decoder, Scores
from .decoders import build_decoder, chain_of, cut, decode, joint_scores, loss_and_gradient, rules_of, segment_scores
from .entropy import token_entropies
from .joint_segments import joint_probabilities
from .known_tags import Known
from .linear_chain import Layout
from .segments import segment_probabilities
from .stacked import stacked_messages, stacked_viterbi

Found = list[tuple[TaggedMention, float]]
"""The mentions of a sequence, in its tokens, and their probabilities."""


def blocks_of(decoder: Decoder, layers: Sequence[Sequence[str]]) -> list[tuple[slice, Decoder]]:
    """Return the rows of each layer and a decoder over them alone, with its scores. layers: the tags of each."""
    blocks = []
    firsts = accumulate(map(len, layers), initial=0)
    for first, tags in zip(firsts, layers, strict=False):
        rows = slice(first, first + len(tags))
        block = build_decoder(decoder.name, decoder.attrs["scheme"], tags)
        for name in filter(decoder.has_param, decoder.param_names):
            values: Any = decoder.get_param(name)
            # Of the transitions the square on the diagonal: between layers there are none.
            block.set_param(name, values[rows, rows] if values.ndim == 2 else values[rows])
        blocks.append((rows, block))
    return blocks


def layered_loss(
    decoder: Decoder,
    layers: Sequence[Sequence[str]],
    scores: Scores,
    known: Sequence[Sequence[Known]],
    *,
    scale: float = 1.0,
) -> tuple[float, Scores]:
    """Return ``decoders.loss_and_gradient`` summed over layers. known: for each layer, of each sequence."""
    xp = decoder.ops.xp
    total = 0.0
    parts: list[Scores] = []
    for (rows, block), own in zip(blocks_of(decoder, layers), known, strict=True):
        loss, gradients = loss_and_gradient(block, [score[:, rows] for score in scores], own, scale=scale)
        total += loss
        parts.append(gradients)
        for name in filter(block.has_grad, block.param_names):
            values: Any = block.get_grad(name)
            whole: Any = xp.zeros_like(decoder.get_param(name))
            whole[(rows,) * values.ndim] = values
            decoder.inc_grad(name, whole)
    return total, [xp.concatenate(of_layers, axis=1) for of_layers in zip(*parts, strict=True)]


def find_mentions(decoder: Decoder, scores: Scores) -> list[Found]:
    """Return the mentions of the best legal tag sequences, with their exact probabilities, of each sequence."""
    tags, scheme = decoder.attrs["tags"], decoder.attrs["scheme"]
    mentions = [read_mentions([tags[i] for i in rows.tolist()], scheme) for rows in decode(decoder, scores)]
    plain = segment_scores(decoder, scores, [[one.segments[0] for one in own if one.is_plain] for own in mentions])
    joint = joint_scores(decoder, scores, [[one.segments for one in own if not one.is_plain] for own in mentions])
    found = []
    for own, p, q in zip(mentions, plain, joint, strict=True):
        alone, together = iter(p), iter(q)
        found.append([(one, next(alone if one.is_plain else together)) for one in own])
    return found


def find_layered(decoder: Decoder, layers: Sequence[Sequence[str]], scores: Scores) -> list[list[Found]]:
    """Return ``find_mentions`` of each layer; all layers are decoded in one sweep."""
    lengths = [len(score) for score in scores]
    xp = decoder.ops.xp
    blocks = blocks_of(decoder, layers)
    laid: Any = xp.concatenate(scores)
    layout = Layout(np.array(lengths), xp)
    chains = [chain_of(block) for _, block in blocks]
    emissions = [laid[:, rows] for rows, _ in blocks]
    paths = stacked_viterbi(chains, emissions, layout)
    passed = stacked_messages(chains, emissions, layout)
    found = []
    for (_, block), path, own in zip(blocks, paths, passed, strict=True):
        tags, rules = block.attrs["tags"], rules_of(block)
        firsts = accumulate(lengths, initial=0)
        mentions = [
            [one.moved(first) for one in read_mentions([tags[i] for i in rows.tolist()], decoder.attrs["scheme"])]
            for first, rows in zip(firsts, cut(to_numpy(path), lengths), strict=False)
        ]
        flat = [one for of_sequence in mentions for one in of_sequence]
        spans = [one.segments[0] for one in flat if one.is_plain]
        alone = iter(to_numpy(segment_probabilities(own, rules, spans)).tolist() if spans else ())
        together = iter(joint_probabilities(own, rules, [one.segments for one in flat if not one.is_plain]))
        found.append(
            [
                [(one.moved(-first), next(alone if one.is_plain else together)) for one in of_sequence]
                for first, of_sequence in zip(accumulate(lengths, initial=0), mentions, strict=False)
            ]
        )
    return found


def entropies(
    decoder: Decoder, layers: Sequence[Sequence[str]], scores: Any, lengths: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return ``token_entropies`` of sequences laid end to end, (tokens,), summed over layers; none: one chain."""
    layout = Layout(lengths, decoder.ops.xp)
    blocks = blocks_of(decoder, layers) or [(slice(None), decoder)]
    passed = stacked_messages([chain_of(one) for _, one in blocks], [scores[:, rows] for rows, _ in blocks], layout)
    return sum(to_numpy(token_entropies(one)) for one in passed)
