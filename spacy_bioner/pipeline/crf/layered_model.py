"""The CRFs of several layers as one table of weights, so that each feature is looked up once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .crfsuite_reader import CrfModel


class LayeredModel:
    """Weights of several CRFs side by side, as ``CrfModel`` has them of one.

    tags: of all, one CRF after the other. The table is sparse: a feature that matters to one label has a weight of 0
    for most tags of the others.
    """

    def __init__(self, models: Sequence[CrfModel]) -> None:
        self.tags = tuple(tag for model in models for tag in model.tags)
        self.attributes: dict[str, int] = {}
        cells, columns, values = [], [], []
        first = 0
        for model in models:
            own = [self.attributes.setdefault(name, len(self.attributes)) for name in model.attributes]
            rows, tags = np.nonzero(model.weights)
            cells.append(np.array(own, dtype=np.int64)[rows])
            columns.append(tags.astype(np.int32) + first)
            values.append(model.weights[rows, tags])
            first += len(model.tags)
        # Compressed sparse rows: the weights of row r are _values[_starts[r]:_starts[r + 1]], their tags in _columns.
        row = np.concatenate(cells)
        order = np.argsort(row, kind="stable")
        self._columns, self._values = np.concatenate(columns)[order], np.concatenate(values)[order]
        self._starts = np.searchsorted(row[order], np.arange(len(self.attributes) + 1))

    def score(self, names: tuple[str, ...] | list[str]) -> np.ndarray:
        """Return the score of each tag, (K,), for a token with these features."""
        rows = [row for row in map(self.attributes.get, names) if row is not None]
        pieces = [slice(self._starts[row], self._starts[row + 1]) for row in rows]
        if not pieces:
            return np.zeros(len(self.tags))
        columns = np.concatenate([self._columns[piece] for piece in pieces])
        return np.bincount(columns, np.concatenate([self._values[piece] for piece in pieces]), len(self.tags))
