"""Rows of distinct words, kept between predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from thinc.api import Model
from thinc.types import Floats2d, FloatsXd
from thinc.util import get_array_module

from .arrays import to_ops
from .words import Words

PORTION = 2000  # words computed at once, so that a character CNN needs some 100 MB and no more


def make_word_cache(layer: Model[Words, Floats2d], size: int = 50_000) -> Model[Words, Floats2d]:
    """Remember at prediction what a layer gave for up to ``size`` words; training passes straight through.

    The cache keeps a copy of the parameters that its rows were computed with and is emptied as soon as those of the
    layer differ, whoever changed them: an update, a load, averaged weights swapped in and out. When it is full it
    starts afresh. It is no part of the saved model.
    """
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
    """What the layer gives, computed at prediction for those words only that are not remembered."""
    layer: Model[Words, Floats2d] = model.layers[0]
    if is_train or not len(words):
        return layer(words, is_train)
    cache: RowCache = model.attrs["cache"]
    if len(words) > cache.size:
        return _predict(layer, words), _no_gradient
    cache.belong_to(layer)
    missing = np.flatnonzero(cache.find(words.keys) < 0)
    if len(missing):
        if len(cache) + len(missing) > cache.size:
            cache.clear()
            missing = np.arange(len(words))
        cache.add(words.keys[missing], _predict(layer, words.select(missing)))
    return cache.table[to_ops(model.ops, cache.find(words.keys))], _no_gradient


def _predict(layer: Model[Words, Floats2d], words: Words) -> Floats2d:
    portions = np.array_split(np.arange(len(words)), range(PORTION, len(words), PORTION))
    return layer.ops.xp.concatenate([layer.predict(words.select(portion)) for portion in portions])


def _no_gradient(dY: Floats2d) -> None:
    return None


class RowCache:
    """Rows by word key, all computed in one state of a layer's parameters."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.state: list[FloatsXd] = []
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.rows: dict[int, int] = {}
        self.table: Any = None  # room for more rows than there are

    def __len__(self) -> int:
        return len(self.rows)

    def __getstate__(self) -> int:
        return self.size

    def __setstate__(self, size: int) -> None:
        self.__init__(size)  # type: ignore[misc]

    def belong_to(self, layer: Model) -> None:
        """Forget all rows unless the layer's parameters are, number by number, those they were computed with."""
        state = [node.get_param(name) for node in layer.walk() for name in node.param_names]
        same = len(state) == len(self.state) and all(
            now is not None and now.shape == then.shape and bool(get_array_module(now).array_equal(now, then))
            for now, then in zip(state, self.state, strict=True)
        )
        if not same:
            self.clear()
            self.state = [param.copy() for param in state]

    def find(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The table row of each word, -1 for those not remembered."""
        rows = self.rows
        return np.array([rows.get(key, -1) for key in keys.tolist()], dtype=np.int64)

    def add(self, keys: NDArray[np.uint64], values: Floats2d) -> None:
        """Remember the rows of words that are not remembered yet."""
        start, end = len(self), len(self) + len(keys)
        if self.table is None or end > len(self.table):
            xp = get_array_module(values)
            table = xp.empty((min(max(2 * end, 1024), self.size), values.shape[1]), dtype=values.dtype)
            if start:
                table[:start] = self.table[:start]
            self.table = table
        self.table[start:end] = values
        self.rows.update(zip(keys.tolist(), range(start, end), strict=True))
