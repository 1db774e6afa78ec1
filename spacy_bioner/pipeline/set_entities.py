"""Writes the entities of every component of this package into a Doc."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from spacy.attrs import ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE
from spacy.tokens import Doc, Span, SpanGroup

from ..documents.doc_mentions import SPANS_KEY, free_ids, mentions, span_scores
from ..documents.doc_relations import SCORES
from ..errors import BionerError
from ..spans import Covered, MergePolicy, longest_first, merge

_POLICIES = get_args(MergePolicy)

_OUTSIDE = np.tile(np.array([2, 0], dtype=np.uint64), (512, 1))
"""The ENT_IOB and ENT_TYPE of tokens outside of all entities."""

_OUTSIDE_OF = [_OUTSIDE[:length] for length in range(len(_OUTSIDE) + 1)]
_ATTRIBUTES = [ENT_IOB, ENT_TYPE]
_IDS = [ENT_ID, ENT_KB_ID]

FragmentPolicy = Literal["cover", "first", "longest", "none"]
"""What of a discontinuous mention enters ``doc.ents``: all from its first to its last token, its first fragment, its
longest (of equal ones the first), or nothing."""

WholeMention = tuple[Sequence[tuple[int, int]], str, float]
"""The (first token, one past the last) of each part in text order, the label and the score."""

ROUNDING = 1e-3
"""A probability that is a sum of 32-bit numbers may be this far outside 0 to 1; it is clipped."""


def annotate(
    doc: Doc,
    spans: Sequence[Span],
    scores: Sequence[float] | None = None,
    *,
    spans_key: str = SPANS_KEY,
    merge_policy: MergePolicy = "keep",
    all_spans: Sequence[Span] | None = None,
    whole: Sequence[WholeMention] = (),
    fragments: FragmentPolicy = "cover",
) -> None:
    """Set the entities of a Doc and append to its span group.

    spans: the component's flat entities; they join ``doc.ents`` under ``merge_policy`` (see ``spans.merge``).
    all_spans: everything the component found, overlaps included, for ``doc.spans[spans_key]``; by default ``spans``.
    scores: one number from 0 to 1 for each of ``all_spans``; by default 1.0.
    whole: results in addition to the entities: discontinuous mentions, and mentions that overlap entities. They get an
    id in the group (``documents.doc_mentions``). fragments: which part of a discontinuous mention is added to
    ``spans``, if it overlaps none of them.

    A span that an earlier component left in the group (same offsets, label and concept) is not added again.
    Raises B006 for an unknown policy, B007 unless there are as many scores as spans, B420 for a score that is not a
    number from 0 to 1, and B421 for a span without a label.
    """
    found = spans if all_spans is None else all_spans
    if whole:
        scores = [*([1.0] * len(found) if scores is None else scores)]
        spans, found, scores = _with_whole(doc, (spans, found, scores), whole, spans_key, fragments)
    if scores is not None and len(scores) != len(found):
        raise BionerError("B007", spans=len(found), scores=len(scores))
    new_scores = [1.0] * len(found) if scores is None else [float(score) for score in scores]
    if found:
        _check(found, new_scores)
    ents = list(spans)
    before = doc.ents
    if before or merge_policy not in _POLICIES:
        earlier = [(ent.start, ent.end, ent) for ent in before]
        ours = [(span.start, span.end, span) for span in spans]
        ents = [span for _, _, span in merge(earlier, ours, merge_policy)]
    if before:
        _drop_ids(doc)
    if ents:
        doc.set_ents(ents, default="outside")
    else:
        _set_outside(doc)
    groups = doc.spans
    if spans_key not in groups or not groups[spans_key]:
        groups[spans_key] = SpanGroup(doc, name=spans_key, spans=found, attrs={SCORES: new_scores})
        return
    group = groups[spans_key]
    known = {(span.start, span.end, span.label, span.kb_id, span.id) for span in group}
    kept_scores = span_scores(group)
    for span, score in zip(found, new_scores, strict=True):
        if (span.start, span.end, span.label, span.kb_id, span.id) not in known:
            group.append(span)
            kept_scores.append(score)
    group.attrs[SCORES] = kept_scores


def set_ents(doc: Doc, ents: Sequence[Span], default: Literal["outside", "unmodified"] = "outside") -> None:
    """Set the entities of a Doc in place of those that it has."""
    _drop_ids(doc)
    doc.set_ents(list(ents), default=default)


def _drop_ids(doc: Doc) -> None:
    """Remove the ids of entities from the tokens. ``doc.set_ents`` leaves them: an entity without one would take it."""
    doc.from_array(_IDS, np.zeros((len(doc), len(_IDS)), dtype=np.uint64))  # type: ignore[arg-type]


def _with_whole(
    doc: Doc,
    flat: tuple[Sequence[Span], Sequence[Span], Sequence[float]],
    whole: Sequence[WholeMention],
    spans_key: str,
    policy: FragmentPolicy,
) -> tuple[list[Span], list[Span], list[float]]:
    """Return the entities, the spans of the group and their scores with the whole mentions among them.

    flat: the same without them. What an earlier component found too is left out.
    """
    spans, found, scores = list(flat[0]), list(flat[1]), list(flat[2])
    there = {(m.label, tuple((s.start, s.end) for s in m.spans)) for m in mentions(doc, spans_key)}
    there |= {(span.label_, ((span.start, span.end),)) for span in spans}
    names = free_ids(doc, spans_key)
    stand_ins: list[Span] = []
    for parts, label, score in whole:
        if (label, tuple(parts)) in there:
            continue
        name = next(names)
        found += [Span(doc, start, end, label=label, span_id=name) for start, end in parts]
        scores += [score] * len(parts)
        if len(parts) > 1 and policy != "none":
            start, end = _stand_in(parts, policy)
            stand_ins.append(Span(doc, start, end, label=label, span_id=name))
    taken = Covered((span.start, span.end) for span in spans)
    free = [one for one in stand_ins if not taken.shares((one.start, one.end))]
    # Stand-ins yield to flat entities, and among themselves the longest wins: doc.ents must not overlap.
    chosen = longest_first([(one.start, one.end) for one in free])
    return sorted([*spans, *(free[i] for i in chosen)], key=lambda span: span.start), found, scores


def _stand_in(parts: Sequence[tuple[int, int]], policy: FragmentPolicy) -> tuple[int, int]:
    if policy == "cover":
        return parts[0][0], parts[-1][1]
    return parts[0] if policy == "first" else max(parts, key=lambda part: (part[1] - part[0], -part[0]))


def _check(found: Sequence[Span], scores: list[float]) -> None:
    for i, score in enumerate(scores):
        if not -ROUNDING <= score <= 1 + ROUNDING:  # "not", so that NaN fails, too
            raise BionerError("B420", score=score, span=found[i].text)
        if not 0 <= score <= 1:
            scores[i] = min(max(score, 0.0), 1.0)
    for span in found:
        if not span.label:
            raise BionerError("B421", span=span.text, start=span.start, end=span.end)


def _set_outside(doc: Doc) -> None:
    """Do the same as ``doc.set_ents([])``, in a third of its time: most sentences have no entity."""
    length = len(doc)
    outside = _OUTSIDE_OF[length] if length < len(_OUTSIDE_OF) else np.resize(_OUTSIDE, (length, 2))
    doc.from_array(_ATTRIBUTES, outside)  # type: ignore[arg-type]
