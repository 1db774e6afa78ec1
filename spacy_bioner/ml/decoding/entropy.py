"""Entropy of a linear chain over tag sequences: the uncertainty of a model about a whole sentence.

By the chain rule (Cover & Thomas 2006, theorem 2.5.1) the entropy of the tags of a sequence is a sum over its tokens,

    H(y_1 .. y_n)  =  H(y_1) + H(y_2 | y_1) + ... + H(y_n | y_n-1)

because in a linear chain a tag depends only on the previous tag. So no sum over tag sequences is needed, and each token
contributes one term.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from thinc.types import Floats1d
from thinc.util import get_array_module

from .forward_backward import Messages, finite, logsumexp
from .linear_chain import CELLS


def token_entropies(passed: Messages) -> Floats1d:
    """Return the entropy of the tag of each token given the tag before it, in nats, (tokens,).

    Their sum over a sequence is the entropy of its tag sequences; nan for a sequence that the chain forbids.
    """
    xp = get_array_module(passed.alpha)
    marginals, _ = passed.expectations()
    entropies: Any = -_plogp(marginals).sum(axis=1)
    if len(entropies) < 2:
        return entropies
    # P(tag | before) is proportional to T[before, tag] * gamma[tag]: in logs, so that one formula serves both kinds of
    # messages.
    steps: Any = passed.transitions
    gamma: Any = passed.gamma
    if not passed.is_log:
        with np.errstate(divide="ignore"):
            steps, gamma = xp.log(steps), xp.log(gamma)
    # (tokens, K, K) for all tokens would be too large for many tags.
    chunk = max(1, CELLS // steps.size)
    for i in range(1, len(entropies), chunk):
        pairs: Any = steps + gamma[i : i + chunk, None, :]
        pairs -= finite(logsumexp(pairs, axis=2))[:, :, None]
        given = -(xp.exp(pairs) * finite(pairs)).sum(axis=2)
        # The first token of a sequence has none before it in its sequence: it keeps the entropy of its marginals.
        first = xp.isin(xp.arange(i, i + len(given)), passed.layout.starts)
        of_chunk = (marginals[i - 1 : i - 1 + len(given)] * given).sum(axis=1)
        entropies[i : i + len(given)] = xp.where(first, entropies[i : i + len(given)], of_chunk)
    return xp.maximum(entropies, 0.0)


def _plogp(values: Any) -> Any:
    xp = get_array_module(values)
    with np.errstate(divide="ignore"):
        return values * finite(xp.log(values))
