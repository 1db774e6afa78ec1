"""BIOHD: tags for mentions in several parts and for mentions of one label that share tokens.

Tang et al. 2013 ("Recognizing and encoding disorder concepts in clinical text using machine learning and vector space
model"), discussed by Metke-Jimenez & Karimi 2016 and Muis & Lu 2016. B and I tag a mention in one part that shares no
token. Of the others a token of several mentions of a label is of a head (HB, HI), a token of one of a body (DB, DI):

    cardiac   and   renal   toxicity
    DB        O     DB      HB            cardiac ... toxicity, renal toxicity

Tags do not say which body belongs to which head. A sentence's bodies and heads of a label are read as the first of
these that the same tags encode:

    no heads     up to three bodies are the parts of one mention; four, six, ... are mentions of two parts each, in turn
    to the right each body makes a mention with the next head on its right
    to the left  with the next head on its left
    nearest      with the nearest head, of two the right one
    all          with all heads together: H D D H, "left knee and ankle pain"

The scheme cannot express mentions that no reading restores: ``encode`` returns those that it left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from .spans import longest_first, overlaps
from .tags import BIOHD, OUTSIDE, TokenSpan, kind_of, split_tag
from .tags import decode as decode_flat

GAP = 40
"""Bodies and heads with more tokens between them are not parts of one mention."""

MOST = 24
"""Maximum number of bodies and heads that are read together, so that time is linear in the length of a text."""

Parts = tuple[tuple[int, int], ...]
"""(First token, one past the last) of each part of a mention, in text order; no two touch."""

TokenMention = tuple[Parts, str]
"""Parts and label."""

Segment = tuple[int, int]


class TaggedMention(NamedTuple):
    """A mention, and the segments of tags that make it: (first, one past the last, label with its kind)."""

    parts: Parts
    label: str
    segments: tuple[TokenSpan, ...]

    def moved(self, by: int) -> TaggedMention:
        """Return the mention with offsets higher by ``by``."""
        parts = tuple((start + by, end + by) for start, end in self.parts)
        segments = tuple((start + by, end + by, name) for start, end, name in self.segments)
        return TaggedMention(parts, self.label, segments)

    @property
    def is_plain(self) -> bool:
        """Whether it is one segment of B and I: in one part, with no token of another mention of its label."""
        return not kind_of(self.segments[0][2])[0]


def joined(segments: Iterable[Segment]) -> Parts:
    """Return segments in text order as parts: those that touch are one."""
    parts: list[Segment] = []
    for start, end in sorted(segments):
        if parts and parts[-1][1] == start:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((start, end))
    return tuple(parts)


def decode(tags: Sequence[str], scheme: str = BIOHD) -> list[TaggedMention]:
    """Return the mentions of a sentence's tags, under BIOHD or a flat scheme, in text order.

    Every sequence of tags of the scheme has a reading, also one that ``encode`` never makes.
    """
    if scheme != BIOHD:
        return [TaggedMention(((s, e),), label, ((s, e, label),)) for s, e, label in decode_flat(tags, scheme)]
    return read_segments(segments_of(tags))


def segments_of(tags: Sequence[str]) -> list[TokenSpan]:
    """Return the segments of BIOHD tags, each with a label that names its kind."""
    segments: list[TokenSpan] = []
    before = (OUTSIDE, "")
    for i, tag in enumerate(tags):
        prefix, label = split_tag(tag)
        if prefix == "I" and before[0] != OUTSIDE and before[1] == label:
            segments[-1] = (segments[-1][0], i + 1, label)
        elif prefix != OUTSIDE:
            segments.append((i, i + 1, label))
        before = prefix, label
    return segments


def read_segments(segments: Iterable[TokenSpan]) -> list[TaggedMention]:
    """Return the mentions of a sentence's segments, in text order."""
    found: list[TaggedMention] = []
    pieces: dict[str, list[tuple[Segment, bool]]] = {}
    kinds: dict[tuple[Segment, str], str] = {}
    for start, end, name in segments:
        kind, label = kind_of(name)
        if not kind:
            found.append(TaggedMention(((start, end),), label, ((start, end, name),)))
            continue
        pieces.setdefault(label, []).append(((start, end), kind == "H"))
        kinds[(start, end), label] = name
    for label, near in ((label, near) for label, of_label in pieces.items() for near in _near(of_label)):
        for mention in _read(*near):
            own = tuple((*segment, kinds[segment, label]) for segment in sorted(mention))
            found.append(TaggedMention(joined(mention), label, own))
    return sorted(found, key=lambda mention: (mention.parts[0][0], mention.parts[-1][1], mention.parts))


def _near(pieces: Sequence[tuple[Segment, bool]]) -> Iterator[tuple[list[Segment], list[Segment]]]:
    """Yield the bodies and heads of a label that are read together: see GAP and MOST."""
    group: list[tuple[Segment, bool]] = []
    for piece, following in zip(pieces, [*pieces[1:], None], strict=True):
        group.append(piece)
        if following is None or following[0][0] - piece[0][1] > GAP or len(group) == MOST:
            yield [segment for segment, head in group if not head], [segment for segment, head in group if head]
            group = []


Reading = Callable[[Sequence[Segment], Sequence[Segment]], list[list[Segment]]]
"""Of bodies and heads, each in text order: the mentions, as lists of segments."""


def _read(bodies: Sequence[Segment], heads: Sequence[Segment]) -> list[list[Segment]]:
    if not heads:
        return _without_heads(bodies)
    # The first reading that uses every segment in its kind, body or head. The order is part of the scheme: ``encode``
    # checks its tags with it, so that another order would change which mentions can be encoded.
    for reading in (_rightwards, _leftwards, _nearest, _all):
        mentions = reading(bodies, heads)
        if _pieces(mentions) == (set(bodies), set(heads)):
            return mentions
    # Nothing that is encoded looks like this. A head without bodies is a mention by itself.
    mentions = _nearest(bodies, heads)
    used = {segment for mention in mentions for segment in mention}
    return [*mentions, *([head] for head in heads if head not in used)]


def _pieces(mentions: Sequence[Sequence[Segment]]) -> tuple[set[Segment], set[Segment]]:
    """Return the bodies and heads of mentions: the segments of one mention, and those of several."""
    times: dict[Segment, int] = {}
    for mention in mentions:
        for segment in mention:
            times[segment] = times.get(segment, 0) + 1
    return {s for s, n in times.items() if n == 1}, {s for s, n in times.items() if n > 1}


def _without_heads(bodies: Sequence[Segment]) -> list[list[Segment]]:
    if len(bodies) < 4 or len(bodies) % 2:
        return [list(bodies)]
    return [list(bodies[i : i + 2]) for i in range(0, len(bodies), 2)]


def _rightwards(bodies: Sequence[Segment], heads: Sequence[Segment]) -> list[list[Segment]]:
    return [[body, *[head for head in heads if head >= body][:1]] for body in bodies]


def _leftwards(bodies: Sequence[Segment], heads: Sequence[Segment]) -> list[list[Segment]]:
    return [[body, *[head for head in heads if head < body][-1:]] for body in bodies]


def _nearest(bodies: Sequence[Segment], heads: Sequence[Segment]) -> list[list[Segment]]:
    def distance(body: Segment, head: Segment) -> tuple[int, bool]:
        return max(head[0] - body[1], body[0] - head[1]), head < body

    return [[body, min(heads, key=lambda head: distance(body, head))] for body in bodies]


def _all(bodies: Sequence[Segment], heads: Sequence[Segment]) -> list[list[Segment]]:
    return [[body, *heads] for body in bodies]


def encode(mentions: Sequence[TokenMention], length: int) -> tuple[list[str], list[int]]:
    """Encode the mentions of a sentence of ``length`` tokens; return the tags and the indices of those left out.

    All are encoded if the tags are read as the same mentions. Otherwise first those in one part, of those that
    overlap the longest; then each group that shares tokens, then each mention by itself, as far as they can be.
    """
    tags = _encode(mentions, length)
    if tags is not None:
        return tags, []
    # Mentions further apart than GAP are read apart, so that each neighbourhood is tried by itself.
    left = {i for near in _neighbourhoods(mentions, length) for i in _left_out(mentions, near)}
    tags = _encode([mention for i, mention in enumerate(mentions) if i not in left], length)
    assert tags is not None, "each neighbourhood was encoded, and all others are encoded as in BIO"
    return tags, sorted(left)


def _neighbourhoods(mentions: Sequence[TokenMention], length: int) -> Iterator[list[int]]:
    """Yield the indices of the mentions that BIO cannot express, by runs with at most GAP tokens between two."""
    near: list[int] = []
    reach = 0
    for i in sorted(_apart(mentions, _owners(mentions, length)), key=lambda i: mentions[i][0][0][0]):
        parts, _ = mentions[i]
        if near and parts[0][0] - reach > GAP:
            yield near
            near = []
        near.append(i)
        reach = max(reach, parts[-1][1])
    if near:
        yield near


def _left_out(mentions: Sequence[TokenMention], near: Sequence[int]) -> list[int]:
    """Return the mentions that are left out of a neighbourhood."""
    first = min(mentions[i][0][0][0] for i in near)
    length = max(mentions[i][0][-1][1] for i in near) - first
    own = {i: (tuple((a - first, b - first) for a, b in mentions[i][0]), mentions[i][1]) for i in sorted(near)}
    flat = [i for i, (parts, _) in own.items() if len(parts) == 1]
    kept = {flat[i] for i in longest_first([own[i][0][0] for i in flat])}
    for group in [*_groups(own), *([i] for i in own)]:
        more = kept | set(group)
        if more > kept and _encode([own[i] for i in sorted(more)], length) is not None:
            kept = more
    return [i for i in own if i not in kept]


def _groups(mentions: Mapping[int, TokenMention]) -> list[list[int]]:
    """Return the indices of mentions of a label that share tokens, directly or by others; those of several only."""
    groups: list[list[int]] = []
    for i, one in mentions.items():
        near = [group for group in groups if any(_share(one, mentions[j]) for j in group)]
        groups = [group for group in groups if group not in near]
        groups.append(sorted([i, *(j for group in near for j in group)]))
    return [group for group in groups if len(group) > 1]


def _share(one: TokenMention, other: TokenMention) -> bool:
    return one[1] == other[1] and any(overlaps(a, b) for a in one[0] for b in other[0])


def _encode(mentions: Sequence[TokenMention], length: int) -> list[str] | None:
    """Return the tags that are read as exactly these mentions, or None."""
    owners = _owners(mentions, length)
    apart = _apart(mentions, owners)
    tags = [OUTSIDE] * length
    for start, end, own in _runs(owners):
        labels = {mentions[i][1] for i in own}
        if len(labels) > 1:
            return None
        kind = "" if own[0] not in apart else "H" if len(own) > 1 else "D"
        label = labels.pop()
        tags[start] = f"{kind}B-{label}"
        tags[start + 1 : end] = [f"{kind}I-{label}"] * (end - start - 1)
    # Tags are ambiguous (see above), so these are valid only if decoding them gives the same mentions.
    found = sorted((mention.parts, mention.label) for mention in decode(tags))
    return tags if found == sorted(mentions) else None


def _owners(mentions: Sequence[TokenMention], length: int) -> list[list[int]]:
    """Return, for each token, the indices of the mentions that it is of."""
    owners: list[list[int]] = [[] for _ in range(length)]
    for i, (parts, _) in enumerate(mentions):
        for start, end in parts:
            for token in range(start, end):
                owners[token].append(i)
    return owners


def _apart(mentions: Sequence[TokenMention], owners: Sequence[list[int]]) -> set[int]:
    """Return the indices of the mentions that B and I cannot express: in several parts, or with a shared token."""
    several = {i for i, (parts, _) in enumerate(mentions) if len(parts) > 1}
    return several | {i for own in owners if len(own) > 1 for i in own}


def _runs(owners: Sequence[list[int]]) -> Iterator[tuple[int, int, list[int]]]:
    """Yield the runs of tokens with the same owners, at least one."""
    edges = [0, *(i for i, (a, b) in enumerate(pairwise(owners), 1) if a != b), len(owners)]
    for start, end in pairwise(edges):
        if start < end and owners[start]:
            yield start, end, owners[start]
