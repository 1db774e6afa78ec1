"""Upper bounds of sizes stated in files, checked before memory is allocated.

A file of a few bytes can state, or unpack to, many gigabytes, by accident or by malice. Each bound is far above the
sizes of valid files. A program that needs more sets another value before it loads:
``spacy_bioner.limits.LABELS = 5_000``.
"""

from __future__ import annotations

from .errors import BionerError

MIB, GIB = 1 << 20, 1 << 30

LABELS = 1_000
"""Labels of a component: 4,001 tags under IOBES, whose transitions take 128 MB. UMLS has 127 semantic types."""

TAGS = 4 * LABELS + 1
"""Tags of a CRF."""

CRF_TABLE = 8 * GIB
"""Bytes of the weights of a CRF, features times tags times 8. A million features and 58 labels take 1.9 GB."""

TERMS = 2 * GIB
"""Bytes of the terms of a dictionary once unpacked. A million terms take some 50 MB."""

MEMBER = 256 * MIB
"""Bytes of one file inside an archive. The longest full-text articles have some 2 MB."""

MEMBERS = 5_000_000
"""Files of one archive."""

WAITING = 4 * GIB
"""Bytes of the files of an archive that are held until the other file of their pair is read."""

HEADER = 1 * MIB
"""Bytes of a long name or an extended header in a tar archive."""

LINE = 64 * MIB
"""Bytes of one line of a text file. An article on one line has some 1 MB."""

TEXT = GIB
"""Bytes of a text file that is read as one document, unpacked."""

DOCBIN = 8 * GIB
"""Bytes of a ``.spacy`` file once unpacked. A million tokens take some 80 MB."""

HIDDEN = 32_768
"""Width of a transformer, and its number of heads. BERT large has 1,024, GPT-3 12,288."""

INNER = 4 * HIDDEN
"""Width of a transformer's feed-forward layers."""

LAYERS = 512
"""Layers of a transformer. BERT large has 24."""

PIECES = 4_000_000
"""Rows of a transformer's tables of word pieces, positions and token types. XLM-R has 250,002 pieces."""

PARAMETERS = 20_000_000_000
"""Weights of a transformer. BERT large has 340 million."""


def check(place: object, what: str, value: float, limit: str) -> None:
    """Raise B584 if ``value``, a number that a file states, is above the limit of that name or below 0."""
    most: float = globals()[limit]
    if not 0 <= value <= most:
        raise BionerError("B584", place=place, what=what, value=f"{value:,}", most=f"{most:,}", limit=limit)
