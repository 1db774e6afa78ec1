"""``bioner_agreement``: the same abbreviation and the same name get one label through a document."""

# No `from __future__ import annotations`: spaCy checks the config against the types of the factory.

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from ...documents.doc_mentions import mention_id, score_lookup, span_scores, stand_ins
from ...errors import BionerError
from ...ml.check_settings import check_flag, check_share, check_text, check_whole
from ..abbreviations.component import find_in_doc
from ..own_group import ScoresOwnGroup
from ..set_entities import SCORES, SPANS_KEY, set_ents
from .forms import Form, Groups, find_forms, fold


class Found(NamedTuple):
    """An entity of the document, and its score."""

    span: Span
    score: float


class Agreement(ScoresOwnGroup):
    """Let the mentions of a document that have the same form agree.

    Mentions have the same form if their words are the same, except for capitals at the start of a word.

    abbreviations: a short form also has the same form as the long form that the text defines for it.
    relabel: give all mentions of a form the label with the highest sum of scores.
    spread: a form is marked wherever it occurs outside of entities if the sum of the scores of its entities, over the
        number of its occurrences, is at least this; None leaves such places alone. New entities have that share as
        their score. shortest: forms of fewer characters are not spread.
    drop: entities of a form with a lower share than this are dropped; 0 drops none.

    Entities (``doc.ents``) and ``doc.spans[spans_key]`` are changed; mentions in several parts stay as they are.
    Raises B747 unless ``drop`` is at most ``spread``.
    """

    def __init__(
        self,
        name: str = "bioner_agreement",
        *,
        relabel: bool = True,
        abbreviations: bool = True,
        spread: float | None = None,
        shortest: int = 3,
        drop: float = 0.0,
        spans_key: str = SPANS_KEY,
        scorer: Callable | None = None,
    ) -> None:
        check_flag(name, relabel=relabel, abbreviations=abbreviations)
        check_share(name, drop=drop)
        if spread is not None:
            check_share(name, spread=spread)
        check_whole(name, shortest=shortest)
        check_text(name, spans_key=spans_key)
        if spread is not None and drop > spread:
            raise BionerError("B747", name=name, drop=drop, spread=spread)
        self.name = name
        self.relabel = relabel
        self.abbreviations = abbreviations
        self.spread = spread
        self.shortest = shortest
        self.drop = drop
        self.spans_key = spans_key
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        """Let the mentions of a Doc agree."""
        found = self._found(doc)
        if not found:
            return doc
        words = [fold(token.text) for token in doc]
        groups = self._groups(doc, words) if self.abbreviations else Groups()
        of_group: dict[Form, list[Found]] = defaultdict(list)
        for one in found:
            of_group[groups.of(tuple(words[one.span.start : one.span.end]))].append(one)
        forms = {tuple(words[one.span.start : one.span.end]) for one in found}
        # A short form is also searched if only its long form was found, and the reverse.
        forms |= {form for form in groups.forms if groups.of(form) in of_group}
        free: dict[Form, list[tuple[int, int]]] = defaultdict(list)
        for place in self._free_places(doc, words, forms) if self.spread is not None or self.drop else ():
            free[groups.of(tuple(words[slice(*place)]))].append(place)
        kept: list[Found] = []
        for form, mentions in of_group.items():
            kept += self._agree(doc, mentions, free[form])
        self._write(doc, found, kept)
        return doc

    def _found(self, doc: Doc) -> list[Found]:
        """Return the entities in one part, with their scores."""
        group = doc.spans.get(self.spans_key, ())
        score_of = score_lookup(group, span_scores(group))
        parts = stand_ins(doc, self.spans_key)
        scored = ((ent, score_of(ent)) for ent in doc.ents if ent.start not in parts)
        return [Found(ent, 1.0 if score is None else score) for ent, score in scored]

    def _groups(self, doc: Doc, words: Sequence[str]) -> Groups:
        groups = Groups()
        for short, long in find_in_doc(doc, occurrences=False):
            groups.join(tuple(words[short.start : short.end]), tuple(words[long.start : long.end]))
        return groups

    def _free_places(self, doc: Doc, words: Sequence[str], forms: set[Form]) -> list[tuple[int, int]]:
        """Return the places of these forms outside of all mentions; of those that overlap the longest."""
        taken = [bool(token.ent_type) for token in doc]
        for span in doc.spans.get(self.spans_key, ()):
            if mention_id(span):
                taken[span.start : span.end] = [True] * len(span)
        spelt = [
            form for form in forms if sum(map(len, form)) >= self.shortest and any(map(str.isalpha, "".join(form)))
        ]
        places = []
        for start, end in sorted(find_forms(words, spelt), key=lambda place: place[0] - place[1]):
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                places.append((start, end))
        return places

    def _agree(self, doc: Doc, mentions: Sequence[Found], free: Sequence[tuple[int, int]]) -> list[Found]:
        """Return what the mentions of a form, and the places where it is not marked, become."""
        votes: dict[int, float] = defaultdict(float)
        for span, score in mentions:
            votes[span.label] += score
        share = sum(votes.values()) / (len(mentions) + len(free))
        if share < self.drop:
            return []
        # Ties go to the smaller hash of the label, so that the result does not depend on the order of the mentions.
        best = max(votes, key=lambda label: (votes[label], -label))
        # Concepts are of a label: what gets this label gets the concepts of the surest mention that had it.
        models = [one for one in mentions if one.span.label == best]
        concept = max(models, key=lambda one: (one.span.kb_id > 0, one.score)).span.kb_id
        kept = [
            one if one.span.label == best or not self.relabel else Found(_labelled(one.span, best, concept), one.score)
            for one in mentions
        ]
        if self.spread is not None and share >= self.spread:
            kept += [Found(Span(doc, start, end, label=best, kb_id=concept), share) for start, end in free]
        return kept

    def _write(self, doc: Doc, found: Sequence[Found], kept: Sequence[Found]) -> None:
        changed = {(one.span.start, one.span.end): one for one in kept}
        before = {_key(one.span) for one in found}
        if before == {_key(one.span) for one in kept}:
            return
        group = doc.spans.get(self.spans_key, ())
        others = [ent for ent in doc.ents if _key(ent) not in before]
        spans, scores, places = [], [], []
        for i, (span, score) in enumerate(zip(group, span_scores(group), strict=True)):
            now = changed.get((span.start, span.end))
            # An entity with a new label takes its place in the group; another candidate there with this label goes.
            if now is None and _key(span) in before and mention_id(span):
                continue
            if now is not None and _key(span) in before:
                if span.label != now.span.label:
                    span = _labelled(span, now.span.label, now.span.kb_id)
            elif now is not None and _key(span) == _key(now.span):
                continue
            spans.append(span)
            scores.append(score)
            places.append(i)
        there = set(map(_key, spans))
        new = sorted((one for one in kept if _key(one.span) not in there), key=lambda one: one.span.start)
        attrs = dict(group.attrs) if isinstance(group, SpanGroup) else {}
        for name, values in attrs.items():
            if name != SCORES and isinstance(values, list) and len(values) == len(group):
                attrs[name] = [values[i] for i in places] + [[] for _ in new]
        attrs[SCORES] = scores + [one.score for one in new]
        doc.spans[self.spans_key] = SpanGroup(
            doc, name=self.spans_key, spans=[*spans, *(one.span for one in new)], attrs=attrs
        )
        set_ents(doc, [*others, *(one.span for one in kept)])


def _key(span: Span) -> tuple[int, int, int]:
    return span.start, span.end, span.label


def _labelled(span: Span, label: int, concept: int) -> Span:
    return Span(span.doc, span.start, span.end, label=label, kb_id=concept, span_id=span.id)


@Language.factory(
    "bioner_agreement",
    requires=["doc.ents"],
    assigns=["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type"],
    default_config={
        "relabel": True,
        "abbreviations": True,
        "spread": None,
        "shortest": 3,
        "drop": 0.0,
        "spans_key": SPANS_KEY,
        "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_agreement(
    nlp: Language,
    name: str,
    relabel: bool,
    abbreviations: bool,
    spread: float | None,
    shortest: int,
    drop: float,
    spans_key: str,
    scorer: Callable | None,
) -> Agreement:
    """Make the component ``bioner_agreement``; its settings are those of ``Agreement``."""
    return Agreement(
        name,
        relabel=relabel,
        abbreviations=abbreviations,
        spread=spread,
        shortest=shortest,
        drop=drop,
        spans_key=spans_key,
        scorer=scorer,
    )
