"""All mentions on a Doc: those in ``doc.ents``, discontinuous mentions, and overlapping mentions.

``doc.ents`` is flat. A mention that it cannot hold is in a span group, ``doc.spans["bioner"]``: one span for each
fragment, and all fragments of a mention share their ``id_``, M1, M2, ... A mention in one part has an id if it is a
result; spans without an id are candidates with a score. Ids survive bytes, DocBin and ``n_process``. ``Doc.from_docs``
keeps them as they are, so that mentions of several Docs may have one id: read the mentions before joining.
``attrs["scores"]`` of the group has a score for each span, the same for all fragments of a mention.

An entity of ``doc.ents`` may represent a discontinuous mention: it then has the label and the id of that mention, and
starts and ends where parts of it do; see ``pipeline.set_entities``.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count, pairwise
from typing import NamedTuple

from spacy.tokens import Doc, Span, SpanGroup

from ..errors import BionerError
from .concept_ids import split_ids
from .doc_relations import SCORES
from .document import Mention, Spans

SPANS_KEY = "bioner"
"""The default key in ``doc.spans``."""

_ID = re.compile(r"M[1-9][0-9]*")


class DocMention(NamedTuple):
    """A complete mention of a Doc.

    spans: its fragments in text order, or its only span. score: its probability, or None.
    concepts: the ids in the ``kb_id_`` of its spans, which are joined by ``|`` there.
    """

    label: str
    spans: tuple[Span, ...]
    score: float | None = None
    concepts: tuple[str, ...] = ()

    @property
    def fragments(self) -> Spans:
        """The (start, end) of each part, in characters."""
        return tuple((span.start_char, span.end_char) for span in self.spans)

    @property
    def text(self) -> str:
        """The text of the parts, joined by a space."""
        return " ".join(span.text for span in self.spans)

    @property
    def start(self) -> int:
        """The first character."""
        return self.spans[0].start_char

    @property
    def end(self) -> int:
        """One past the last character."""
        return self.spans[-1].end_char

    def plain(self) -> Mention:
        """Return the mention as a value of ``formats``."""
        parts = self.fragments if len(self.spans) > 1 else ()
        return Mention(self.start, self.end, self.label, parts, concepts=self.concepts, score=self.score)


def mentions(doc: Doc, spans_key: str = SPANS_KEY) -> list[DocMention]:
    """Return all mentions of a Doc in text order: the entities, and the mentions with an id in the span group.

    An entity that represents a discontinuous mention is replaced by it. A mention in both places is returned once.
    Raises B660 if spans with one id are not a mention: different labels, or fragments that overlap; B327 if two
    entities represent the mention of one id. Warns (B328) of mentions in several parts in a group without scores: as
    ``Doc.from_docs`` drops these, parts of several mentions may have become one.
    """
    #   doc.ents            [left knee and ankle pain: M2]      one flat span in place of a discontinuous mention
    #   doc.spans[key]      [left knee: M1] [ankle: M2] [pain: M1] [pain: M2] ...
    #   mentions            M1 = left knee + pain, M2 = ankle + pain; spans of the group without an id are candidates
    group = doc.spans.get(spans_key, ())
    scores = _scores(group)
    score_of = score_lookup(group, scores)
    whole = _with_ids(group, scores, spans_key)
    if not whole:
        return [_of_entity(ent, score_of(ent)) for ent in doc.ents]
    several = {name for name, mention in whole.items() if len(mention.spans) > 1}
    represented = _represented(doc, whole)
    if several:
        _check_joined([name for _, name in represented], several, bool(scores), spans_key)
    starts = {start for start, _ in represented}
    found = [_of_entity(ent, score_of(ent)) for ent in doc.ents if ent.start not in starts]
    there = {(mention.label, mention.fragments) for mention in found}
    found += [mention for mention in whole.values() if (mention.label, mention.fragments) not in there]
    return sorted(found, key=lambda mention: (mention.start, mention.end))


def predicted_mentions(doc: Doc, spans_key: str = SPANS_KEY) -> list[Mention]:
    """Return ``mentions`` as values of ``formats``, with their scores. Raises B660."""
    group = doc.spans.get(spans_key, ())
    spans = list(group)
    if any(map(mention_id, spans)):
        return [mention.plain() for mention in mentions(doc, spans_key)]
    # The same for entities only, in a third of the time: dictionaries find many of them.
    score_of = score_lookup(spans, _scores(group))
    return [
        Mention(ent.start_char, ent.end_char, ent.label_, (), "", split_ids(ent.kb_id_), score_of(ent))
        for ent in doc.ents
    ]


def stand_ins(doc: Doc, spans_key: str = SPANS_KEY) -> dict[int, DocMention]:
    """Return the discontinuous mentions that entities represent, by the first token of the entity. Raises B660."""
    if not any(map(mention_id, doc.ents)):
        return {}
    whole = _with_ids(doc.spans.get(spans_key, ()), (), spans_key)
    return {start: whole[name] for start, name in _represented(doc, whole)}


def free_ids(doc: Doc, spans_key: str = SPANS_KEY) -> Iterator[str]:
    """Yield ids for mentions that are not used in the group."""
    taken = {span.id_ for span in doc.spans.get(spans_key, ())}
    return (name for name in (f"M{number}" for number in count(1)) if name not in taken)


def mention_id(span: Span) -> str:
    """Return the id that the spans of one mention share; "" for a span that is a mention or candidate by itself."""
    return span.id_ if span.id and _ID.fullmatch(span.id_) else ""


def score_lookup(spans: Sequence[Span], scores: Sequence[float]) -> Callable[[Span], float | None]:
    """Return a function from an entity to its score, None for an entity that is not among the spans.

    scores: of the spans, perhaps fewer. Components may find the same place under the same label with other concepts:
    the entity has the score of the one with its concepts, or else of the first.
    """
    exact: dict[tuple[int, int, int, int], float] = {}
    first: dict[tuple[int, int, int], float] = {}
    for span, score in zip(spans, scores, strict=False):
        place = (span.start, span.end, span.label)
        first.setdefault(place, score)
        exact.setdefault((*place, span.kb_id), score)

    def score_of(ent: Span) -> float | None:
        place = (ent.start, ent.end, ent.label)
        return exact.get((*place, ent.kb_id), first.get(place))

    return score_of


def _represented(doc: Doc, whole: Mapping[str, DocMention]) -> list[tuple[int, str]]:
    """Return the first token of each entity that represents a discontinuous mention, with the id of the mention."""
    found = []
    for ent in doc.ents:
        mention = whole.get(ent.id_) if ent.id else None
        # An id alone does not do: spaCy leaves it on the tokens, so that an entity which another component sets there
        # later has it, too.
        if mention is not None and len(mention.spans) > 1 and ent.label_ == mention.label:
            starts, ends = {part.start for part in mention.spans}, {part.end for part in mention.spans}
            if ent.start in starts and ent.end in ends:
                found.append((ent.start, ent.id_))
    return found


def _check_joined(stand_ins: Sequence[str], several: Collection[str], scored: bool, key: str) -> None:
    """Raise B327 or warn (B328) where the ids of ``several`` may be those of mentions of several joined Docs."""
    for name, times in Counter(stand_ins).items():
        if times > 1:
            raise BionerError("B327", key=key, id=name)
    if not scored:
        warnings.warn(str(BionerError("B328", key=key, ids=", ".join(sorted(several)[:3]))), stacklevel=3)


def _of_entity(ent: Span, score: float | None) -> DocMention:
    return DocMention(ent.label_, (ent,), score, split_ids(ent.kb_id_))


def span_scores(group: SpanGroup | Sequence[Span]) -> list[float]:
    """Return the score of each span of a group; 1.0 for spans that other code has appended without one."""
    held = _scores(group)
    return [*held[: len(group)], *[1.0] * (len(group) - len(held))]


def _scores(group: SpanGroup | Sequence[Span]) -> Sequence[float]:
    """Return the scores that a group has, perhaps fewer than spans."""
    held = group.attrs.get(SCORES) if isinstance(group, SpanGroup) else None
    if held is None or not len(group):
        return ()
    return held if isinstance(held, list) else [float(score) for score in held]  # spaCy's spancat has an array


def _with_ids(group: SpanGroup | Sequence[Span], scores: Sequence[float], key: str) -> dict[str, DocMention]:
    """Return the mentions of a group by their ids."""
    parts: dict[str, list[Span]] = {}
    of_id: dict[str, float | None] = {}
    for i, span in enumerate(group):
        if name := mention_id(span):
            parts.setdefault(name, []).append(span)
            of_id.setdefault(name, scores[i] if i < len(scores) else None)
    whole = {}
    for name, spans in parts.items():
        spans.sort(key=lambda span: span.start)
        if len({span.label for span in spans}) > 1 or any(b.start < a.end for a, b in pairwise(spans)):
            raise BionerError("B660", key=key, id=name, spans=", ".join(f"{s.text!r} ({s.label_})" for s in spans))
        concepts = tuple(dict.fromkeys(concept for span in spans for concept in split_ids(span.kb_id_)))
        whole[name] = DocMention(spans[0].label_, tuple(spans), of_id[name], concepts)
    return whole
