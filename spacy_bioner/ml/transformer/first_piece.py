"""The vector of a token's first word piece, for a listener: ``spacy-bioner.FirstPiece.v1``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from thinc.api import Model
from thinc.types import Floats2d, Ragged


def make_first_piece() -> Model[Ragged, Floats2d]:
    """Build a layer that takes the first row of each sequence, or a row of zeros for an empty sequence.

    thinc's ``reduce_first.v1`` fails on empty sequences; under spacy-transformers, white space has no pieces.
    """
    return Model("first_piece", forward)


def forward(model: Model[Ragged, Floats2d], X: Ragged, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], Ragged]]:
    """Return rows (sequences, width); the callback returns the gradient of all rows, 0 for those not taken."""
    xp = model.ops.xp
    data: Any = X.dataXd
    lengths = xp.asarray(X.lengths)
    some = lengths > 0
    first = (xp.cumsum(lengths) - lengths)[some]
    Y = model.ops.alloc2f(len(lengths), data.shape[1])
    Y[some] = data[first]

    def backprop(dY: Floats2d) -> Ragged:
        dX = model.ops.alloc2f(*data.shape)
        dX[first] = dY[some]
        return Ragged(dX, X.lengths)

    return Y, backprop
