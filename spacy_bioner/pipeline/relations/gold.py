"""Gold labels of candidate pairs, and the gold relations that no candidate pair states.

Relations between concepts (PubTator, BioC infons) hold for a whole document. They are expanded to pairs: each candidate
of a mention of the first concept and a mention of the second states the relation. Without such a candidate it is lost.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from spacy.tokens import Doc
from spacy.training import Example

from ...documents.document import Mention, Relation
from ...documents.gold import Gold, get_gold
from ...ml.pairs.pair import Entity, Pair
from .candidates import Scope, overlap

OUTCOMES = ("candidates", "cross_sentence", "other_types", "not_found", "overlapping", "not_binary", "second_label")
MEANINGS = {
    "candidates": "among the candidates",
    "cross_sentence": "over more sentences than max_sentences",
    "other_types": "between types that are not among the pairs",
    "not_found": "of a mention that is not among the entities",
    "overlapping": "between mentions that overlap",
    "not_binary": "of other than two mentions",
    "second_label": "of a pair that has another label already",
}
"""Classes of gold relations; their numbers add up to all. Only those among the candidates can be learned and found."""

Key = tuple[int, int, int, int]
"""First token and one past the last, of head and of tail."""


def gold_entities(example: Example) -> list[Entity]:
    """Return the entities of the reference as tokens of the predicted Doc, without those that do not fit its tokens."""
    predicted = example.predicted
    spans = [(predicted.char_span(e.start_char, e.end_char), e.label_) for e in example.reference.ents]
    return [Entity(span.start, span.end, label) for span, label in spans if span is not None]


def related_types(examples: Iterable[Example]) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """Return the frequencies of the type pairs and of the labels of gold relations."""
    types: Counter[tuple[str, str]] = Counter()
    labels: Counter[str] = Counter()
    for example in examples:
        gold = get_gold(example.reference) or Gold()
        names = _Names(gold)
        for relation in gold.relations:
            labels[relation.label] += 1
            for head, tail in _ends(relation, names):
                types[head.label, tail.label] += 1
    return types, labels


def label_pairs(
    example: Example, pairs: Sequence[Pair], entities: Sequence[Entity], scope: Scope, counts: Counter[str]
) -> list[str]:
    """Return the label of each candidate of an Example ("" for no relation).

    counts: incremented: OUTCOMES, ``relations``, ``pairs``, and ``positive`` (pairs with a label).
    """
    doc = example.predicted
    gold = get_gold(example.reference) or Gold()
    places: dict[Key, int] = {}
    for i, pair in enumerate(pairs):
        places[_key(pair.head, pair.tail)] = i
        if not scope.directed:
            places.setdefault(_key(pair.tail, pair.head), i)
    names, of_mention = _Names(gold), _Aligned(doc, entities)
    labels = [""] * len(pairs)
    for relation in gold.relations:
        ends = [(of_mention[head], of_mention[tail]) for head, tail in _ends(relation, names)]
        held = [(head, tail) for head, tail in ends if head is not None and tail is not None]
        among = {places[_key(*pair)] for pair in held if _key(*pair) in places}
        # A softmax gives a pair one label: of two gold relations of one pair the first in the file is learned.
        free = [i for i in among if labels[i] in ("", relation.label)]
        for i in free:
            labels[i] = relation.label
        counts["relations"] += 1
        if among:
            counts["candidates" if free else "second_label"] += 1
        else:
            counts[_why_lost(relation, held, scope)] += 1
    counts["pairs"] += len(pairs)
    counts["positive"] += sum(map(bool, labels))
    return labels


def describe_lost(counts: Counter[str]) -> str:
    """Return the numbers of gold relations by class, in words."""
    outcomes = [f"{counts[key]} {MEANINGS[key]}" for key in OUTCOMES if counts[key]]
    return ", ".join(outcomes) or "none"


class _Names:
    """The gold mentions of a document by id and by concept."""

    def __init__(self, gold: Gold) -> None:
        self.by_id = {mention.id: mention for mention in gold.mentions if mention.id}
        self.by_concept: dict[str, list[Mention]] = defaultdict(list)
        for mention in gold.mentions:
            for concept in dict.fromkeys(mention.concepts):
                self.by_concept[concept].append(mention)


def _ends(relation: Relation, names: _Names) -> list[tuple[Mention, Mention]]:
    """Return the pairs of mentions that a relation joins: at most one, or for two concepts all pairs of mentions."""
    if len(relation.arguments) != 2:
        return []
    (_, first), (_, second) = relation.arguments
    if relation.of_concepts:
        return [(a, b) for a in names.by_concept.get(first, ()) for b in names.by_concept.get(second, ()) if a != b]
    head, tail = names.by_id.get(first), names.by_id.get(second)
    return [(head, tail)] if head is not None and tail is not None else []


class _Aligned(dict[Mention, "Entity | None"]):
    """Mention -> entity with the same characters and label, else the first overlapping entity with its label."""

    def __init__(self, doc: Doc, entities: Sequence[Entity]) -> None:
        # Flat, so that their ends are in order as their starts are.
        self._spans = [(doc[e.start].idx, doc[e.end - 1].idx + len(doc[e.end - 1]), e) for e in sorted(entities)]
        self._starts = [start for start, _, _ in self._spans]
        self._exact = {(start, end, entity.label): entity for start, end, entity in self._spans}

    def __missing__(self, mention: Mention) -> Entity | None:
        found = self._exact.get((mention.start, mention.end, mention.label))
        if found is None:
            place = bisect_left(self._starts, mention.end) - 1
            # From the last entity that starts before the mention's end to the left; the last one assigned is the first
            # in text order.
            while place >= 0 and self._spans[place][1] > mention.start:
                entity = self._spans[place][2]
                found = entity if entity.label == mention.label else found
                place -= 1
        self[mention] = found
        return found


def _key(head: Entity, tail: Entity) -> Key:
    return head.start, head.end, tail.start, tail.end


def _why_lost(relation: Relation, held: Sequence[tuple[Entity, Entity]], scope: Scope) -> str:
    if len(relation.arguments) != 2:
        return "not_binary"
    if not held:
        return "not_found"
    apart = [pair for pair in held if not overlap(*pair)]
    if not apart:
        return "overlapping"
    types = [(head.label, tail.label) for head, tail in apart]
    types += [] if scope.directed else [pair[::-1] for pair in types]
    typed = any(scope.fits(*pair) for pair in types)
    return "cross_sentence" if typed else "other_types"
