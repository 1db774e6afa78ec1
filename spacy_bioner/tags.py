"""Tag schemes, which encode labelled spans as one tag per token.

IOB1 and BIO (IOB2): Ramshaw & Marcus 1995, Tjong Kim Sang & Veenstra 1999. IOBES and BILOU (the same scheme with
other letters): Ratinov & Roth 2009. These are flat. BIOHD also has tags for mentions in several
parts (Tang et al. 2013): ``disjoint_tags`` encodes and decodes it; as a chain of tags it is BIO over three kinds of
segments of each label, the mentions in one part, bodies (DB, DI) and heads (HB, HI).

A tag is ``O`` or a prefix, a hyphen and a label: ``B-Disease``. ``MISSING`` marks a token with an unknown tag; it is
outside every span, and any tag may precede or follow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from .errors import BionerError

TokenSpan = tuple[int, int, str]
"""First token, one past the last token, label."""

SCHEMES = ("IOB1", "BIO", "IOBES", "BILOU")
"""The flat schemes."""

BIOHD = "BIOHD"
OUTSIDE = "O"
MISSING = "-"

_PREFIXES: dict[str, tuple[str, ...]] = {
    **{"IOB1": ("I", "B"), "BIO": ("B", "I"), "IOBES": ("B", "I", "E", "S"), "BILOU": ("B", "I", "L", "U")},
    BIOHD: ("B", "I", "DB", "DI", "HB", "HI"),
}
_KIND_END = "\x1f"
"""Between the kind of a segment and its label, where the kind is D or H: no label of a file has this character."""

_ANY_TAG = re.compile(r"[O-]\Z|[BIESLU]-.", re.DOTALL)
_EXPECTED = "O, - or one of B, I, E, S, L, U with a hyphen and a label"
_TO_IOBES = {"L": "E", "U": "S"}


def check_scheme(scheme: str, *, flat: bool = False) -> None:
    """Raise B001 unless ``scheme`` is one of SCHEMES or, where it need not be flat, BIOHD."""
    known = SCHEMES if flat else (*SCHEMES, BIOHD)
    if scheme not in known:
        raise BionerError("B001", scheme=scheme, known=", ".join(known))


def split_tag(tag: str) -> tuple[str, str]:
    """Return the prefix, in the letters of IOBES, and the label of a tag; ("O", "") for O and MISSING.

    The label of a body or a head (``DB-ADR``) names its kind too: see ``kind_of``.
    """
    if tag in (OUTSIDE, MISSING):
        return OUTSIDE, ""
    prefix, _, label = tag.partition("-")
    if len(prefix) == 2:
        return prefix[1], f"{prefix[0]}{_KIND_END}{label}"
    return _TO_IOBES.get(prefix, prefix), label


def _split(tag: str) -> tuple[str, str]:
    """Return the same, but the prefix MISSING for MISSING."""
    return (MISSING, "") if tag == MISSING else split_tag(tag)


def kind_of(label: str) -> tuple[str, str]:
    """Return the kind of a segment (D body, H head, "" a whole mention) and the label, of one of ``split_tag``."""
    kind, end, rest = label.partition(_KIND_END)
    return (kind, rest) if end else ("", label)


def tag_set(labels: Iterable[str], scheme: str = "BIO") -> list[str]:
    """Return all tags of a scheme: O, then the tags of each label in the order given."""
    check_scheme(scheme)
    return [OUTSIDE, *(f"{prefix}-{label}" for label in labels for prefix in _PREFIXES[scheme])]


def encode(spans: Iterable[TokenSpan], length: int, scheme: str = "BIO") -> list[str]:
    """Encode spans as tags of ``length`` tokens, under a flat scheme.

    Raises B003 for a span that is empty, outside the sequence or without a label, and B004 for two that overlap.
    """
    check_scheme(scheme, flat=True)
    tags = [OUTSIDE] * length
    previous: TokenSpan | None = None
    for span in sorted(spans):
        start, end, label = span
        if not 0 <= start < end <= length or not label:
            raise BionerError("B003", start=start, end=end, label=label, length=length)
        if previous is not None and start < previous[1]:
            raise BionerError("B004", first=previous, second=span)
        if scheme == "IOB1":
            touching = previous is not None and previous[1] == start and previous[2] == label
            tags[start:end] = [f"I-{label}"] * (end - start)
            if touching:
                tags[start] = f"B-{label}"
        elif scheme == "BIO":
            tags[start] = f"B-{label}"
            tags[start + 1 : end] = [f"I-{label}"] * (end - start - 1)
        else:
            begin, inside, last, single = _PREFIXES[scheme]
            if end - start == 1:
                tags[start] = f"{single}-{label}"
            else:
                tags[start] = f"{begin}-{label}"
                tags[start + 1 : end - 1] = [f"{inside}-{label}"] * (end - start - 2)
                tags[end - 1] = f"{last}-{label}"
        previous = span
    return tags


def decode(tags: Sequence[str], scheme: str = "BIO", *, strict: bool = False) -> list[TokenSpan]:
    """Return the spans that tags of a flat scheme encode.

    By default every sequence has a reading, conlleval's (CoNLL-2000 shared task): a span starts at B, at S, at any
    tag after O, E or S, and wherever the label changes; it ends before the next start, before O and after E and S.
    With ``strict``, spans that are not well formed under the scheme are left out, as seqeval does in strict mode.
    On legal sequences the two agree. Raises B002 for a string that is not a tag of any scheme.
    """
    check_scheme(scheme, flat=True)
    for tag in set(tags):
        if not _ANY_TAG.match(tag):
            raise BionerError("B002", tag=tag, position=list(tags).index(tag), scheme=scheme, expected=_EXPECTED)
    if strict:
        return _decode_strict(tags, scheme)
    #   tags    O   B-X  I-X  I-Y  O   I-X        a legal reading is not required:
    #   spans       [0   ..)  [ )      [ )        X (two tokens), Y starts where the label changes, X at I after O
    spans: list[TokenSpan] = []
    start, previous, previous_label = -1, OUTSIDE, ""
    for i, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        if start >= 0 and (prefix in "OBS" or label != previous_label or previous in "ES"):
            spans.append((start, i, previous_label))
            start = -1
        if prefix != OUTSIDE and start < 0:
            start = i
        previous, previous_label = prefix, label
    if start >= 0:
        spans.append((start, len(tags), previous_label))
    return spans


def _decode_strict(tags: Sequence[str], scheme: str) -> list[TokenSpan]:
    pairs = [split_tag(tag) for tag in tags]
    read = {"IOB1": _strict_iob1, "BIO": _strict_bio}.get(scheme, _strict_iobes)
    spans: list[TokenSpan] = []
    i = 0
    while i < len(pairs):
        end, well_formed = read(pairs, i)
        if well_formed:
            spans.append((i, end, pairs[i][1]))
        i = end
    return spans


def _end_of_inside(pairs: list[tuple[str, str]], start: int) -> int:
    end = start + 1
    while end < len(pairs) and pairs[end] == ("I", pairs[start][1]):
        end += 1
    return end


def _strict_bio(pairs: list[tuple[str, str]], i: int) -> tuple[int, bool]:
    return (_end_of_inside(pairs, i), True) if pairs[i][0] == "B" else (i + 1, False)


def _strict_iobes(pairs: list[tuple[str, str]], i: int) -> tuple[int, bool]:
    prefix, label = pairs[i]
    if prefix != "B":
        return i + 1, prefix == "S"
    end = _end_of_inside(pairs, i)
    closed = end < len(pairs) and pairs[end] == ("E", label)
    return end + closed, closed


def _strict_iob1(pairs: list[tuple[str, str]], i: int) -> tuple[int, bool]:
    # A span starts at I, or at B right after a span of its own label. A single B before the B of another label
    # (illegal in any reading) is not a span, as in seqeval's table, so that the scores of the two agree.
    prefix, label = pairs[i]
    previous, previous_label = pairs[i - 1] if i else (OUTSIDE, "")
    if prefix == "B":
        starts = previous != OUTSIDE and previous_label == label
    else:
        starts = prefix == "I" and (previous != "I" or previous_label != label)
    if not starts:
        return i + 1, False
    end = _end_of_inside(pairs, i)
    alone = prefix == "B" and end == i + 1
    before_other = end < len(pairs) and pairs[end][0] == "B" and pairs[end][1] != label
    return end, not (alone and before_other)


def follows(previous: str | None, tag: str | None, scheme: str) -> bool:
    """Return whether ``tag`` may follow ``previous``; None stands for the start or the end of the sequence."""
    before, before_label = _split(previous or OUTSIDE)
    prefix, label = _split(tag or OUTSIDE)
    return _may_follow(before, prefix, before_label == label, scheme)


def _may_follow(before: str, prefix: str, same: bool, scheme: str) -> bool:
    """Return whether a prefix may follow another, in the letters of IOBES; ``same``: their labels are equal."""
    if MISSING in (before, prefix):
        return True
    if scheme == "IOB1":
        return prefix != "B" or (before != OUTSIDE and same)
    if scheme in ("BIO", BIOHD):
        return prefix != "I" or (before != OUTSIDE and same)
    if before in "BI":
        return prefix in "IE" and same
    return prefix in "OBS"


def validate(tags: Sequence[str], scheme: str = "BIO") -> list[int]:
    """Return the positions whose tag may not follow the one before; ``len(tags)`` where a span is left open.

    Raises B002 for a tag that the scheme does not know.
    """
    check_scheme(scheme)
    allowed = _PREFIXES[scheme]
    for i, tag in enumerate(tags):
        prefix, _, label = tag.partition("-")
        if tag not in (OUTSIDE, MISSING) and not (prefix in allowed and label):
            expected = f"O, {MISSING} or one of {', '.join(allowed)} with a hyphen and a label"
            raise BionerError("B002", tag=tag, position=i, scheme=scheme, expected=expected)
    ends = [None, *tags, None]
    return [i for i in range(len(tags) + 1) if not follows(ends[i], ends[i + 1], scheme)] if tags else []


def repair(tags: Sequence[str], scheme: str = "BIO") -> list[str]:
    """Return the legal sequence that holds the spans conlleval reads in ``tags``; MISSING stays where it is."""
    repaired = encode(decode(tags, scheme), len(tags), scheme)
    return [MISSING if old == MISSING else new for old, new in zip(tags, repaired, strict=True)]


def convert(tags: Sequence[str], source: str, target: str) -> list[str]:
    """Write the spans of a legal sequence in another scheme; raises B005 for an illegal one (see ``repair``)."""
    illegal = validate(tags, source)
    if illegal:
        i = illegal[0]
        tag = tags[i] if i < len(tags) else "the end"
        previous = tags[i - 1] if i else "the start"
        raise BionerError("B005", scheme=source, tag=tag, position=i, previous=previous)
    converted = encode(decode(tags, source), len(tags), target)
    return [MISSING if old == MISSING else new for old, new in zip(tags, converted, strict=True)]


def transitions(tags: Sequence[str], scheme: str = "BIO") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the masks of a scheme over a tag set: allowed (n, n), start (n,) and end (n,), all bool.

    ``allowed[i, j]``: tag j may follow tag i; ``start[j]``: it may come first; ``end[j]``: it may come last.
    """
    check_scheme(scheme)
    # Prefixes are few, so the rule is asked for each two of them, not for the n^2 pairs of tags.
    split = [_split(tag) for tag in tags]
    prefixes = list(dict.fromkeys(prefix for prefix, _ in split))
    rules = [[[_may_follow(a, b, same, scheme) for same in (False, True)] for b in prefixes] for a in prefixes]
    prefix = np.array([prefixes.index(one) for one, _ in split], dtype=np.int64)
    table = np.array(rules, dtype=bool).reshape(len(rules), len(rules), 2)
    allowed = table[prefix[:, None], prefix, same_labels([label for _, label in split]).astype(np.int64)]
    start = np.array([follows(None, tag, scheme) for tag in tags], dtype=bool)
    end = np.array([follows(tag, None, scheme) for tag in tags], dtype=bool)
    return allowed, start, end


def same_labels(labels: Sequence[str]) -> np.ndarray:
    """Return which labels are equal, (n, n) bool."""
    numbers = {label: i for i, label in enumerate(labels)}
    of_each = np.array([numbers[label] for label in labels], dtype=np.int64)
    return of_each[:, None] == of_each
