"""A set of hashes in four to eight bits each, which may answer yes wrongly but never no (Bloom 1970).

    add(h)     bit number (h * spread) >> shift is set; the top bits of the product depend on all bits of h
    has(h)     whether that bit is set; at four to eight bits per hash, of other hashes one in four to eight has it too

Multiplication by an odd constant is Knuth's multiplicative hashing. Two constants make two independent sets in one
table: prefixes of keys, and whole keys.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# The multipliers for prefixes of keys and for whole keys.
PREFIX, WHOLE = np.uint64(0xD6E8FEB86659FD93), np.uint64(0xA0761D6478BD642F)
PREFIX_ONE, WHOLE_ONE = int(PREFIX), int(WHOLE)
_BITS_PER_HASH = 4
_MASK = (1 << 64) - 1


class BitTable:
    """A set of hashes that contains all hashes that were added, and some others."""

    def __init__(self, hashes: int) -> None:
        bits = max(10, (hashes * _BITS_PER_HASH - 1).bit_length())
        self._shift = np.uint64(64 - bits)
        self._type = np.uint32 if bits <= 32 else np.uint64
        self._bytes = np.zeros(1 << (bits - 3), dtype=np.uint8)
        self._shift_one = 64 - bits
        # Arrays without a dimension, as numpy takes twice as long with scalars.
        self._shift_signed, self._three, self._seven = np.array(64 - bits), np.array(3), np.array(7)
        self._masks = np.left_shift(1, np.arange(8)).astype(np.uint8)

    def _places(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[Any]:
        return ((hashes * spread) >> self._shift).astype(self._type)

    def add(self, hashes: NDArray[np.uint64], spread: np.uint64) -> None:
        """Add hashes of prefixes or of whole keys, with the multiplier ``spread``."""
        places = self._places(hashes, spread)
        places.sort()  # memory is then written in order, which takes a quarter of the time
        np.bitwise_or.at(self._bytes, places >> 3, np.left_shift(1, places & 7).astype(np.uint8))

    def has(self, hashes: NDArray[np.uint64], spread: np.uint64) -> NDArray[np.bool_]:
        """Return which hashes the table contains: all that were added, and some others."""
        places = self._places(hashes, spread)
        return ((self._bytes[places >> 3] >> (places & 7)) & 1).astype(bool)

    def has_spread(self, hashes: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return a number other than 0 for each hash in the table; hashes are multiplied already, and signed.

        The shift of a negative number gives a negative place, which numpy counts from the end of the table: that is the
        place of the same 64 bits as an unsigned number, so no conversion is needed.
        """
        places = hashes >> self._shift_signed
        return self._bytes[places >> self._three] & self._masks[places & self._seven]

    def find_empty(self) -> int:
        """Return a multiplied hash that is not in the table; there is one, as at most half of its bits are set."""
        byte = int((self._bytes != 255).argmax())
        bit = next(bit for bit in range(8) if not self._bytes.item(byte) >> bit & 1)
        return (byte * 8 + bit) << self._shift_one

    def has_one(self, value: int, spread: int = PREFIX_ONE) -> bool:
        """Return ``has`` for one hash, without the cost of an array."""
        place = (value * spread & _MASK) >> self._shift_one
        return self._bytes.item(place >> 3) >> (place & 7) & 1 == 1
