"""The first piece of each token, also of tokens that have none."""

import numpy as np
from thinc.api import reduce_first
from thinc.types import Ragged

from spacy_bioner.ml.transformer.first_piece import make_first_piece


def test_it_is_thincs_where_every_token_has_a_piece():
    X = Ragged(np.arange(12, dtype="f").reshape(6, 2), np.array([1, 3, 2]))
    dY = np.ones((3, 2), dtype="f")
    (ours, our_backprop), (theirs, their_backprop) = make_first_piece()(X, True), reduce_first()(X, True)
    np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(our_backprop(dY).dataXd, their_backprop(dY).dataXd)


def test_a_token_without_a_piece_has_zeros_and_no_gradient():
    X = Ragged(np.arange(1, 7, dtype="f").reshape(3, 2), np.array([0, 2, 0, 1, 0]))
    Y, backprop = make_first_piece()(X, True)
    np.testing.assert_array_equal(Y, [[0, 0], [1, 2], [0, 0], [5, 6], [0, 0]])
    np.testing.assert_array_equal(backprop(np.full((5, 2), 7, dtype="f")).dataXd, [[7, 7], [0, 0], [7, 7]])
