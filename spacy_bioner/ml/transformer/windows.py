"""Overlapping windows over word pieces, for sentences longer than the transformer's maximum length.

Each piece belongs to one window, from which its vector is taken. The windows of a long sentence overlap, so that a
piece has context on both sides. Nothing is truncated. With windows of 8 pieces that overlap by at least 2, 14 pieces
are read as follows (``=`` belongs to the window, ``-`` is context)::

    pieces     0  1  2  3  4  5  6  7  8  9 10 11 12 13
    window 1   =  =  =  =  =  =  -  -
    window 2               -  -  =  =  =  =  -  -
    window 3                           -  -  =  =  =  =
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import BionerError


class Windows(NamedTuple):
    """Windows over the concatenated pieces of a batch: int64 arrays, (windows,), in order.

    start, end: the pieces that a window reads. first, last: the pieces that belong to it, ``last`` excluded.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def cut_windows(
    pieces: NDArray[np.int64], sequences: NDArray[np.int64], most: int, overlap: int
) -> tuple[Windows, NDArray[np.int64]]:
    """Return the windows of a batch, and the number of pieces of each sequence that is longer than a window.

    pieces: pieces of each token, (tokens,), at least 1 each. sequences: tokens of each sequence, (sequences,), at least
    1 each; their sum is the number of tokens. A sequence of at most ``most`` pieces is one window. A longer one is read
    in windows of ``most`` pieces, in which each own piece has at least ``overlap`` pieces of the sequence on either
    side, as context or as own pieces. The pieces of a token belong to the same window if possible.

    Raises B706 unless ``most`` is above 2 * ``overlap``.
    """
    if overlap < 0 or most <= 2 * overlap:
        raise BionerError("B706", most=most, overlap=overlap)
    token_starts = np.cumsum(pieces) - pieces
    bounds = np.append(token_starts, pieces.sum())[np.append(0, np.cumsum(sequences))]
    sizes = np.diff(bounds)
    is_long = sizes > most
    start, end = bounds[:-1], bounds[1:]
    if not is_long.any():
        return Windows(start, end, start, end), sizes[is_long]
    rows = [(a, b, a, b) for a, b in zip(start[~is_long].tolist(), end[~is_long].tolist(), strict=True)]
    for begin, stop in zip(start[is_long].tolist(), end[is_long].tolist(), strict=True):
        rows += _cut_long(begin, stop, token_starts, most, overlap)
    return Windows(*np.array(sorted(rows), dtype=np.int64).T), sizes[is_long]


def _cut_long(
    begin: int, stop: int, token_starts: NDArray[np.int64], most: int, overlap: int
) -> list[tuple[int, int, int, int]]:
    rows = []
    first = begin
    while first < stop:
        start = max(begin, first - overlap)
        end = min(stop, start + most)
        last = end
        if end < stop:
            # The last ``overlap`` pieces are left to the next window, which reads as many before them as context.
            # Moved left to the start of a token, unless that token fills the window.
            last = end - overlap
            boundary = int(token_starts[np.searchsorted(token_starts, last, side="right") - 1])
            if boundary > first:
                last = boundary
        rows.append((start, end, first, last))
        first = last
    return rows
