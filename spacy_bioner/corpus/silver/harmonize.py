"""Harmonisation: the annotations of several systems on the same texts become one silver standard.

After Giorgi & Bader 2018 ("Transfer learning for biomedical named entity recognition with neural networks",
Bioinformatics 34(23), section 2.1): a mention is kept if enough systems agree on it; documents that are also in a gold
corpus are left out, and so are mentions that no annotator of a gold corpus would mark.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...documents.declared_types import joined_types, read_types, with_types
from ...documents.document import Document, Mention
from ...documents.spaceless import with_spaces, without_spaces
from ...errors import BionerError
from ...pipeline.merging.ballots import (
    Elected,
    Method,
    Overlap,
    Place,
    Ties,
    by_priority,
    by_score,
    elect,
    without_overlaps,
)
from ..relabel import Labels, relabelled
from .gold_texts import GoldTexts

EXAMPLES = 10
"""Number of gold documents that are shown."""


@dataclass(slots=True)
class Harmonized:
    """The counts of a harmonisation.

    counts: ``repeats`` of a document in one system (the same id and text), which are left out; distinct ``documents``;
        of these ``few`` (in fewer systems than votes are needed), ``gold_id`` and ``gold_text`` (found in the gold
        corpus), and ``written``. In the documents written: ``mentions`` of all
        systems; ``unlabelled``, those whose label is mapped to None; ``blank``, those of white space alone that another
        system's text does not have; ``places``, the distinct spans of the others; of these ``below`` (too few votes),
        ``low`` (too low a score), ``tied``, ``overlapping``, ``listed`` (on the blacklist), ``unmarked`` (never marked
        by annotators) and ``kept``. ``relations_left_out``: relations of the documents written that name a mention
        which is not kept.
    systems: the numbers of documents and mentions of each system.
    removed: how often each term was removed, as listed or unmarked.
    gold: ids of the first gold documents, with the evidence.
    """

    counts: Counter[str] = field(default_factory=Counter)
    systems: list[tuple[int, int]] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    gold: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a harmonisation.

    method: ``vote``, ``priority`` or ``score``; votes, ties and overlap are for ``vote``, threshold is for ``score``.
    votes: minimum number of systems for a span, of those that look for its label; None for a majority of them. A
        system looks for all labels, or for the types that its document declares, if it does (``declared_types``).
    threshold: minimum mean score over the systems that have the document and look for the label; see
        ``ballots.by_score``.
    ties, overlap: see ``pipeline.merging.ballots``. labels: new labels, also for declared types, before the systems are
        compared; see ``corpus.relabel.Labels``.
    gold: documents to exclude. listed, unmarked: predicates of a mention's text that exclude it; see ``filters``.
    """

    votes: int | None = None
    ties: Ties = "first"
    overlap: Overlap = "longest"
    labels: Labels = field(default_factory=dict)
    gold: GoldTexts | None = None
    listed: Callable[[str], bool] | None = None
    unmarked: Callable[[str], bool] | None = None
    method: Method = "vote"
    threshold: float = 0.5


def harmonize(systems: Sequence[Iterable[Document]], rules: Rules, result: Harmonized) -> Iterator[Document]:
    """Yield the documents of one or more systems with the mentions on which enough systems agree.

    systems: the first is streamed, the others are held in memory. Documents are matched by id and text or by text
        alone, ignoring white space, so that column files can be combined with running text. A document's text, tokens
        and other fields are those of the first system that has it, and so are its relations, and the ids of mentions
        to which they refer. It declares the types for which at least one of its systems looked (with ``rules.votes``:
        at least so many), and none if these looked for all.
    result: receives the counts.

    Raises B231 if two systems give one id to different texts, B232 for more votes than systems, B740 for declared types
    that are no labels, and B743 for a mention whose new label is unknown ("?").
    """
    if rules.votes is not None and not 1 <= rules.votes <= len(systems):
        raise BionerError("B232", votes=rules.votes, systems=len(systems))
    result.systems = [(0, 0)] * len(systems)
    first, *others = (
        _distinct(_counted(documents, number, result), result) for number, documents in enumerate(systems)
    )
    held = [_Held(documents) for documents in others]
    # Each document is yielded once, with the first system that has it: first the documents of system 1, each with its
    # matches in systems 2, 3, ...; then the documents left in system 2, with their matches in 3, ...; and so on.
    for number, source in enumerate([first, *(one.left() for one in held)]):
        for document in source:
            same = [other for one in held[number:] if (other := one.take(document)) is not None]
            harmonized = _harmonized(document, same, rules, len(systems), result)
            if harmonized is not None:
                result.counts["written"] += 1
                yield harmonized


def _harmonized(
    document: Document, others: Sequence[Document], rules: Rules, systems: int, result: Harmonized
) -> Document | None:
    counts = result.counts
    counts["documents"] += 1
    if rules.method == "vote" and rules.votes is not None and rules.votes > 1 + len(others):
        counts["few"] += 1
        return None
    found = rules.gold.find(document) if rules.gold is not None else None
    if found is not None:
        counts[f"gold_{found[0]}"] += 1
        if len(result.gold) < EXAMPLES:
            result.gold.append((document.id, found[1]))
        return None
    documents = [_relabelled(one, rules.labels, counts) for one in (document, *others)]
    own = documents[0]
    if systems == 1:
        mentions = own.mentions
        counts["places"] += len(mentions)
    else:
        mentions = _merged(_ballots(documents, counts), rules, counts)
    kept = [mention for mention in mentions if _is_kept(mention, own, rules, result)]
    counts["kept"] += len(kept)
    harmonized = own.with_mentions(kept)
    counts["relations_left_out"] += len(document.relations) - len(harmonized.relations)
    if not others:
        return harmonized
    # Where more than one vote is needed, the result says nothing of a type for which fewer systems looked.
    least = rules.votes if rules.method == "vote" and rules.votes is not None else 1
    return replace(harmonized, meta=with_types(harmonized.meta, joined_types(documents, least)))


def _relabelled(document: Document, labels: Labels, counts: Counter[str]) -> Document:
    result = relabelled(document, labels) if labels else document
    counts["mentions"] += len(document.mentions)
    counts["unlabelled"] += len(document.mentions) - len(result.mentions)
    return result


@dataclass(frozen=True, slots=True)
class _Ballot:
    """The mentions of a system, and the labels for which it looked; None for all."""

    mentions: list[Mention]
    types: frozenset[str] | None

    def looks_for(self, label: str) -> bool:
        return self.types is None or label in self.types


def _ballots(documents: Sequence[Document], counts: Counter[str]) -> list[_Ballot]:
    """Return the ballots of the systems, with the offsets of the first document."""
    first = documents[0]
    ballots = []
    for document in documents:
        mentions = document.mentions
        if document is not first:
            # Without ids: in another file the same id is another mention.
            mentions = [replace(one, id="") for one in carried(mentions, document.text, first.text)]
            counts["blank"] += len(document.mentions) - len(mentions)
        types = read_types(document.meta, document.id)
        # What a system marks it has looked for, even if its document does not declare it.
        marked = frozenset(mention.label for mention in mentions)
        ballots.append(_Ballot(mentions, None if types is None else types | marked))
    return ballots


def _merged(ballots: Sequence[_Ballot], rules: Rules, counts: Counter[str]) -> list[Mention]:
    """Return the mentions that several systems give together."""
    if rules.method == "vote":
        elected = _elected(ballots, rules, counts)
        chosen = without_overlaps(elected, rules.overlap)
        counts["overlapping"] += len(elected) - len(chosen)
        return [one.mention for one in chosen]
    places = {(*_place(one), one.label) for ballot in ballots for one in ballot.mentions}
    counts["places"] += len(places)
    if rules.method == "priority":
        mentions = by_priority([_without_repeats(ballot.mentions) for ballot in ballots])
        counts["overlapping"] += len(places) - len(mentions)
    else:
        mentions = by_score(_shared_scores(ballots), [1.0] * len(ballots), rules.threshold)
        counts["low"] += len(places) - len(mentions)
    return mentions


def _place(mention: Mention) -> Place:
    return mention.start, mention.end, mention.fragments


def _elected(ballots: Sequence[_Ballot], rules: Rules, counts: Counter[str]) -> list[Elected]:
    """Return the mentions with enough votes.

    A label can be elected at a place if, of the systems that look for the label, enough mark the place, whatever label
    they give to it.
    """
    if all(ballot.types is None for ballot in ballots):  # then all labels need the same number of votes
        majority = len(ballots) // 2 + 1
        return elect([one.mentions for one in ballots], rules.votes or majority, rules.ties, counts)
    markers: dict[Place, list[_Ballot]] = {}
    for ballot in ballots:
        for place in {_place(mention): None for mention in ballot.mentions}:
            markers.setdefault(place, []).append(ballot)
    labels = {mention.label for ballot in ballots for mention in ballot.mentions}
    needed = {
        label: rules.votes if rules.votes is not None else sum(one.looks_for(label) for one in ballots) // 2 + 1
        for label in labels
    }

    def may_win(mention: Mention) -> bool:
        return sum(one.looks_for(mention.label) for one in markers[_place(mention)]) >= needed[mention.label]

    enough = [[mention for mention in ballot.mentions if may_win(mention)] for ballot in ballots]
    below = len(markers) - len({_place(mention) for mentions in enough for mention in mentions})
    counts.update(places=below, below=below)
    return elect(enough, 1, rules.ties, counts)


def _without_repeats(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the first mention of each place and label, with the concepts of all."""
    first: dict[tuple[Place, str], Mention] = {}
    for mention in mentions:
        same = first.setdefault((_place(mention), mention.label), mention)
        if same is not mention:
            concepts = tuple(dict.fromkeys((*same.concepts, *mention.concepts)))
            first[_place(mention), mention.label] = replace(same, concepts=concepts)
    return list(first.values())


def _shared_scores(ballots: Sequence[_Ballot]) -> list[list[Mention]]:
    """Return the ballots with scores whose mean over all systems is the mean over those that look for the label.

    The mean of n systems divides a sum by n. If k of them look for the label, the scores are multiplied by n / k.
    """
    n = len(ballots)
    looking: dict[str, int] = {}
    for label in {mention.label for ballot in ballots for mention in ballot.mentions}:
        looking[label] = sum(ballot.looks_for(label) for ballot in ballots)
    return [
        [
            one if looking[one.label] == n else replace(one, score=one.certainty * n / looking[one.label])
            for one in ballot.mentions
        ]
        for ballot in ballots
    ]


def _is_kept(mention: Mention, document: Document, rules: Rules, result: Harmonized) -> bool:
    text = document.text_of(mention)
    for name, rule in (("listed", rules.listed), ("unmarked", rules.unmarked)):
        if rule is not None and rule(text):
            result.counts[name] += 1
            result.removed[text] += 1
            return False
    return True


def carried(mentions: Sequence[Mention], source: str, target: str) -> list[Mention]:
    """Return mentions of one text at their offsets in another that differs in white space only.

    If the texts differ, mentions of white space alone are left out.
    """
    if source == target:
        return list(mentions)
    return with_spaces(without_spaces(mentions, source), target)


def _counted(documents: Iterable[Document], system: int, result: Harmonized) -> Iterator[Document]:
    for document in documents:
        number, mentions = result.systems[system]
        result.systems[system] = (number + 1, mentions + len(document.mentions))
        yield document


def _distinct(documents: Iterable[Document], result: Harmonized) -> Iterator[Document]:
    """Yield the documents of a system without those whose id and text an earlier one has: they have no second vote."""
    seen = set()
    for document in documents:
        key = (document.id, document.fingerprint()) if document.id else None
        if key in seen:
            result.counts["repeats"] += 1
            continue
        if key is not None:
            seen.add(key)
        yield document


class _Held:
    """The documents of a system, each returned once, by id and text or by text."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents: list[Document | None] = list(documents)
        self._by_id: dict[str, int] = {}
        self._by_text: dict[str, deque[int]] = defaultdict(deque)
        for i, document in enumerate(self.documents):
            assert document is not None
            if document.id:
                self._by_id.setdefault(document.id, i)
            self._by_text[document.fingerprint()].append(i)

    def take(self, document: Document) -> Document | None:
        """Return and remove the matching document; None without a match. Raises B231."""
        text = document.fingerprint()
        # The best match has the same id and text, the next best the same text. The same id with another text is an
        # error only if no document has this text: files may number their documents differently.
        named = self._by_id.get(document.id, -1)
        candidate = self.documents[named] if named >= 0 else None
        if candidate is not None and candidate.fingerprint() == text:
            self.documents[named] = None
            return candidate
        queue = self._by_text.get(text)
        while queue:
            i = queue.popleft()
            found = self.documents[i]
            if found is not None:
                self.documents[i] = None
                return found
        if candidate is not None:
            raise BionerError("B231", id=document.id, one=_shown(document.text), other=_shown(candidate.text))
        return None

    def left(self) -> Iterator[Document]:
        """Yield and remove the documents without a match."""
        for i, document in enumerate(self.documents):
            if document is not None:
                self.documents[i] = None
                yield document


def _shown(text: str) -> str:
    return repr(" ".join(text.split())[:60])
