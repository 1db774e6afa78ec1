"""The language-model head: a softmax over words with named rows, in clusters by frequency where there are many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model
from thinc.initializers import glorot_uniform_init
from thinc.types import Floats2d

from ..anew import drop_parameters
from ..arrays import to_ops, to_torch, to_xp
from ..check_settings import check_increasing, check_whole
from ..matmul import matmul_t
from ..named_rows import NamedRows
from ..torch_setup import set_up_torch

if TYPE_CHECKING:
    from torch import Tensor

States = list[Floats2d]
"""One array (tokens, 2 * hidden) for each document: the forward half first."""

LMHead = Model[States, States]

_LOGITS_AT_ONCE = 2**23  # a long document is computed in blocks of rows, which bounds the memory


def make_lm_head(full_up_to: int = 10_000, cutoffs: Sequence[int] = (2_000, 10_000), shrink: int = 4) -> LMHead:
    """Build a layer that predicts the next word from states of ``hidden`` numbers; both directions share it.

    full_up_to: number of words up to which it is one softmax. Above, it is an adaptive softmax (Grave et al., 2017,
        section 4).
    cutoffs: the ranks of frequency that divide the words of an adaptive softmax into clusters, in increasing order.
    shrink: how many times fewer numbers each cluster has than the one before it.

    The first cluster, with one more row for each other cluster, is one softmax. Each other cluster has a softmax of its
    own over states projected to ``hidden / shrink**i`` numbers, which is computed only for targets in the cluster:

        word of the first cluster     p = softmax_0(word)
        word of cluster i             p = softmax_0(row of cluster i) * softmax_i(word)

    The probabilities are exact and sum to 1 either way.

    As a layer it is the identity on states; ``head_losses`` and ``head_gradient`` compute with its parameters.
    ``attrs["rows"]`` names its rows and ``attrs["counts"]`` has their frequencies; both are set before ``initialize``.
    Parameters: ``W0`` (words of the first cluster and one row per other cluster, hidden), ``b0``; for cluster ``i``
    ``P{i}`` (hidden / shrink**i, hidden), ``W{i}`` (its words, hidden / shrink**i), ``b{i}``. The biases start as log
    frequencies, so that an untrained head predicts about the unigram distribution. Raises B623 for invalid settings.
    """
    check_head_settings("LMHead", full_up_to, cutoffs)
    check_whole("LMHead", shrink=shrink)
    set_up_torch()
    return Model(
        "lm_head",
        forward,
        init=init,
        dims={"nI": None},
        attrs={
            "rows": NamedRows(),
            "counts": [],
            "bounds": [],
            "full_up_to": full_up_to,
            "cutoffs": list(cutoffs),
            "shrink": shrink,
        },
    )


def check_head_settings(name: str, full_up_to: int, cutoffs: Sequence[int]) -> None:
    """Raise B623 unless ``full_up_to`` and ``cutoffs`` are whole numbers from 1 on, and the latter increase."""
    check_whole(name, full_up_to=full_up_to)
    check_increasing(name, cutoffs=cutoffs)


def forward(model: LMHead, states: States, is_train: bool) -> tuple[States, Callable[[States], States]]:
    """Return the states, and a callback that returns their gradient."""
    return states, lambda d_states: d_states


def init(model: LMHead, X: Any = None, Y: Any = None) -> None:
    """Divide the words into clusters and draw the weights for the width of the sample's states."""
    drop_parameters(model)  # of more clusters, perhaps
    if X is not None:
        model.set_dim("nI", X[0].shape[1])
    ops, hidden = model.ops, model.get_dim("nI") // 2
    # A word that never occurred would have a bias of -inf.
    counts = np.maximum(np.array(model.attrs["counts"], dtype=np.float64), 0.5)
    size = len(model.attrs["rows"])
    inner = [cut for cut in model.attrs["cutoffs"] if cut < size] if size > model.attrs["full_up_to"] else []
    model.attrs["bounds"] = bounds = [0, *inner, size]
    parts = [counts[start:end] for start, end in pairwise(bounds)]
    parts[0] = np.append(parts[0], [part.sum() for part in parts[1:]])
    for i, part in enumerate(parts):
        width = max(1, hidden // model.attrs["shrink"] ** i)
        if i:
            model.set_param(f"P{i}", glorot_uniform_init(ops, (width, hidden)))
        model.set_param(f"W{i}", ops.reshape2f(glorot_uniform_init(ops, (len(part), width)), len(part), width))
        model.set_param(f"b{i}", to_ops(ops, np.log(part / part.sum()).astype(np.float32)))


def head_losses(model: LMHead, states: Floats2d, targets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the negative log probability, in nats, of row ``targets[i]`` given ``states[i]``, of ``hidden`` dims."""
    losses, _ = _run(model, states, targets, None)
    return losses


def head_gradient(
    model: LMHead, states: Floats2d, targets: NDArray[np.int64], weights: NDArray[np.float32]
) -> tuple[NDArray[np.float32], Floats2d]:
    """Return the losses and the gradient, by the states, of their sum weighted by ``weights``.

    Accumulates the gradients of the head's parameters (``inc_grad``).
    """
    losses, d_states = _run(model, states, targets, weights)
    return losses, to_xp(d_states)


def _run(
    model: LMHead, states: Floats2d, targets: NDArray[np.int64], weights: NDArray[np.float32] | None
) -> tuple[NDArray[np.float32], Any]:
    import torch

    x = to_torch(model.ops.as_contig(states))
    bounds: list[int] = model.attrs["bounds"]
    cluster = np.searchsorted(bounds[1:], targets, side="right")
    # The target in the first softmax: the word itself, or the row of its cluster.
    in_first = np.where(cluster == 0, targets, bounds[1] + cluster - 1)
    w = None if weights is None else torch.from_numpy(np.ascontiguousarray(weights)).to(x.device)
    losses, d_x = _softmax(model, 0, x, torch.from_numpy(in_first).to(x.device), w)
    for i, (start, _) in enumerate(pairwise(bounds[1:]), start=1):
        members = np.flatnonzero(cluster == i)
        if not len(members):
            continue
        at = torch.from_numpy(members).to(x.device)
        P = to_torch(model.get_param(f"P{i}"))
        inside = x.index_select(0, at)
        rows = torch.from_numpy(targets[members] - start).to(x.device)
        more, d_projected = _softmax(model, i, matmul_t(inside, P), rows, None if w is None else w.index_select(0, at))
        losses.index_add_(0, at, more)
        if d_x is not None and d_projected is not None:
            model.inc_grad(f"P{i}", to_xp(matmul_t(d_projected.t(), inside.t())))
            d_x.index_add_(0, at, matmul_t(d_projected, P.t()))
    return losses.cpu().numpy(), d_x


def _softmax(
    model: LMHead, cluster: int, x: Tensor, rows: Tensor, weights: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """Return the losses of one softmax and, with weights, the gradient of ``x``; add its parameters' gradients."""
    import torch

    W, b = to_torch(model.get_param(f"W{cluster}")), to_torch(model.get_param(f"b{cluster}"))
    losses = x.new_empty(len(x))
    d_x = None if weights is None else torch.empty_like(x)
    at_once = max(1, _LOGITS_AT_ONCE // len(W))
    for start in range(0, len(x), at_once):
        part = slice(start, start + at_once)
        logits = matmul_t(x[part], W).add_(b)
        log_z = logits.logsumexp(1)
        index = rows[part].unsqueeze(1)
        losses[part] = log_z - logits.gather(1, index).squeeze(1)
        if weights is None or d_x is None:
            continue
        # The gradient of cross-entropy: the probabilities, minus 1 at the target, times the weight. In place, as the
        # logits are the largest array of all.
        d_logits = logits.sub_(log_z.unsqueeze(1)).exp_().mul_(weights[part].unsqueeze(1))
        d_logits.scatter_add_(1, index, -weights[part].unsqueeze(1))
        d_x[part] = matmul_t(d_logits, W.t())
        model.inc_grad(f"W{cluster}", to_xp(matmul_t(d_logits.t(), x[part].t())))
        model.inc_grad(f"b{cluster}", to_xp(d_logits.sum(0)))
    return losses, d_x
