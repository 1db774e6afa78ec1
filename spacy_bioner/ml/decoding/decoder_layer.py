"""The layer that all decoders share: an identity on scores, with named rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from thinc.api import Model
from thinc.types import Floats2d

from ...tags import check_scheme

Scores = list[Floats2d]
"""One array (tokens, tags) for each sequence; their gradients have the same shapes."""

Decoder = Model[Scores, Scores]


def decoder_layer(
    name: str, scheme: str, tags: Sequence[str], params: Sequence[str] = (), init: Callable | None = None
) -> Decoder:
    """Build the layer of a decoder, an identity on scores and gradients.

    ``attrs["tags"]`` names its rows and ``attrs["scheme"]`` determines which tags may follow which; ``nO`` is unset
    while there are no tags. Raises B001 for an unknown scheme.
    """
    check_scheme(scheme)
    size = len(tags) or None
    return Model(
        name,
        forward,
        init=init,
        dims={"nI": size, "nO": size},
        params=dict.fromkeys(params),
        attrs={"scheme": scheme, "tags": list(tags)},
    )


def forward(model: Decoder, scores: Scores, is_train: bool) -> tuple[Scores, Callable[[Scores], Scores]]:
    """Return the scores, and a callback that returns their gradient."""
    return scores, lambda d_scores: d_scores
