"""A reader of crfsuite's model files that checks every offset; crfsuite's own reader crashes on a damaged file.

The format is that of crfsuite 0.12's ``lib/crf/src/crf1d_model.c`` and ``lib/cqdb``: little-endian, a header of twelve
32-bit numbers, the features (kind, source, tag, weight), and two constant hash tables of names, for tags and for
attributes. crfsuite calls a feature string an attribute, and an attribute with a tag a (state) feature.

    header    magic, size, type, version, counts, then the offsets of the four chunks below
    FEAT      one record per weight: kind 0: attribute -> tag (emission), kind 1: tag -> tag (transition)
    CQDB      the tags' names        CQDB      the attributes' names
    (lists of the features of each tag and attribute follow; they index FEAT and are not read)

The weights become dense tables, attributes x tags and tags x tags, as tagging then is one sum of rows per token.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ... import limits
from ...errors import BionerError

_HEADER = struct.Struct("<4sI4s9I")
_TABLE = struct.Struct("<4s5I")
_BYTE_ORDER = 0x62445371
_STATE, _TRANSITION = 0, 1
_FEATURE = np.dtype([("kind", "<u4"), ("source", "<u4"), ("target", "<u4"), ("weight", "<f8")])


@dataclass(frozen=True)
class CrfModel:
    """The parameters of a linear-chain CRF over K tags, as arrays."""

    tags: tuple[str, ...]
    attributes: Mapping[str, int]  # feature string -> row of ``weights``
    weights: NDArray[np.float64]  # (attributes, K)
    transitions: NDArray[np.float64]  # (K, K), from row to column

    def score(self, names: tuple[str, ...] | list[str]) -> NDArray[np.float64]:
        """Return the score of each tag, (K,), for a token with these features."""
        rows = [row for row in map(self.attributes.get, names) if row is not None]
        return self.weights[rows].sum(axis=0)


def read_model(data: bytes) -> CrfModel:
    """Parse the bytes of a model file. Raises B410 if the file is incomplete or damaged."""
    try:
        return _read(data)
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise BionerError("B410", size=len(data), reason=str(error) or type(error).__name__) from error


def _read(data: bytes) -> CrfModel:
    magic, size, *_, n_tags, n_attributes, features_at, tags_at, attributes_at, _, _ = _HEADER.unpack_from(data)
    if magic != b"lCRF" or size != len(data):
        raise ValueError(f"the header announces {size} bytes of a {magic!r} file")
    limits.check("the CRF", "the number of tags", n_tags, "TAGS")
    limits.check("the CRF", "the size of its table of weights in bytes", 8 * n_tags * n_attributes, "CRF_TABLE")
    tags, attributes = _names(data, tags_at), _names(data, attributes_at)
    if (len(tags), len(attributes)) != (n_tags, n_attributes):
        raise ValueError("the header announces other numbers of tags and features")
    features = _features(data, features_at)
    weights, transitions = np.zeros((len(attributes), len(tags))), np.zeros((len(tags), len(tags)))
    for kind, table in ((_STATE, weights), (_TRANSITION, transitions)):
        chosen = features[features["kind"] == kind]
        table[chosen["source"], chosen["target"]] = chosen["weight"]
    if not np.isfinite(features["weight"]).all():
        raise ValueError("a weight is not a finite number")
    return CrfModel(tuple(tags), {name: row for row, name in enumerate(attributes)}, weights, transitions)


def _features(data: bytes, at: int) -> NDArray[np.void]:
    chunk, size, count = struct.unpack_from("<4sII", data, at)
    if chunk != b"FEAT" or size != 12 + count * _FEATURE.itemsize:
        raise ValueError("the list of features has no sound beginning")
    return np.frombuffer(data, _FEATURE, count, at + 12)


def _names(data: bytes, at: int) -> list[str]:
    """Return the names of a constant hash table in order of their numbers.

    The buckets of the hash table are not needed: a second list has the offset of each number's record, which is the
    number, the length of the name, the name and a zero byte.
    """
    chunk, _, _, byte_order, count, records_at = _TABLE.unpack_from(data, at)
    if chunk != b"CQDB" or byte_order != _BYTE_ORDER:
        raise ValueError("a table of names has no sound beginning")
    names = []
    taken = 0
    for number, record in enumerate(np.frombuffer(data, "<u4", count, at + records_at).tolist()):
        start = at + record
        found, length = struct.unpack_from("<II", data, start)
        name = data[start + 8 : start + 8 + length]
        if found != number or len(name) != length or name[-1:] != b"\0":
            raise ValueError(f"name {number} is damaged")
        taken += 8 + length
        if taken > len(data):  # overlapping records could expand to a thousand times the file's size
            raise ValueError("its names overlap")
        names.append(name[:-1].decode("utf8"))
    return names
