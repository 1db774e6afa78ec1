"""A cache of the rows of distinct words, kept between predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d, FloatsXd
from thinc.util import get_array_module

from .arrays import to_ops
from .check_settings import check_whole
from .row_table import RowTable
from .words import Words

PORTION = 2000  # words computed at once, which limits a character CNN to some 100 MB


def make_word_cache(layer: Model[Words, Floats2d], size: int = 50_000) -> Model[Words, Floats2d]:
    """Cache a layer's output by word at prediction; training does not use the cache.

    layer: the layer, one row per word.
    size: maximum number of words.

    The cache keeps a copy of the parameters that its rows were computed with and is emptied when the layer's parameters
    differ, by an update, a load, or averaged weights swapped in and out. A full cache is cleared; threads that fill it
    concurrently may each exceed the size by the words of one batch. It is not saved with the model. Raises B623 for an
    invalid size.
    """
    check_whole("WordCache", least=0, size=size)
    return Model(
        f"cached({layer.name})",
        forward,
        init=init,
        layers=[layer],
        dims={"nO": layer.maybe_get_dim("nO")},
        attrs={"cache": RowCache(size)},
    )


def init(model: Model[Words, Floats2d], X: Words | None = None, Y: Floats2d | None = None) -> None:
    """Initialise the layer."""
    model.layers[0].initialize(X, Y)


def forward(model: Model[Words, Floats2d], words: Words, is_train: bool) -> tuple[Floats2d, Callable[[Floats2d], Any]]:
    """Return the layer's output; at prediction only words missing from the cache are computed."""
    layer: Model[Words, Floats2d] = model.layers[0]
    if is_train or not len(words):
        return layer(words, is_train)
    cache: RowCache = model.attrs["cache"]
    if len(words) > cache.size:
        return _predict(layer, words), _no_gradient
    kept = cache.rows_of(layer)
    missing = np.flatnonzero(kept.find(words.keys) < 0)
    if len(missing):
        if len(kept) + len(missing) > cache.size:
            kept = cache.clear()
            missing = np.arange(len(words))
        kept.add(words.keys[missing], _predict(layer, words.select(missing)))
    rows = kept.find(words.keys)  # before the table is read: see RowTable
    return kept.table[to_ops(model.ops, rows)], _no_gradient


def _predict(layer: Model[Words, Floats2d], words: Words) -> Floats2d:
    portions = np.array_split(np.arange(len(words)), range(PORTION, len(words), PORTION))
    return layer.ops.xp.concatenate([layer.predict(words.select(portion)) for portion in portions])


def _no_gradient(dY: Floats2d) -> None:
    return None


class RowCache:
    """Rows by word key, all computed with the same values of a layer's parameters.

    Threads may share it. Parameters and rows are one tuple, which is read and replaced atomically and never modified:
    a thread that has read it can use it to the end, whatever other threads do.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: tuple[list[FloatsXd], RowTable] = [], RowTable(self.size)

    def __len__(self) -> int:
        return len(self._kept[1])

    def __getstate__(self) -> int:
        return self.size

    def __setstate__(self, size: int) -> None:
        self.__init__(size)  # type: ignore[misc]

    def clear(self) -> RowTable:
        """Drop all rows; return the new, empty table."""
        self._kept = self._kept[0], RowTable(self.size)
        return self._kept[1]

    def rows_of(self, layer: Model) -> RowTable:
        """Return the table of rows; an empty one if the layer's parameters differ from those it was computed with."""
        then_state, rows = self._kept
        state = [node.get_param(name) for node in layer.walk() for name in node.param_names]
        same = len(state) == len(then_state) and all(
            now is not None and now.shape == then.shape and bool(get_array_module(now).array_equal(now, then))
            for now, then in zip(state, then_state, strict=True)
        )
        if not same:
            rows = RowTable(self.size)
            self._kept = [param.copy() for param in state], rows
        return rows
