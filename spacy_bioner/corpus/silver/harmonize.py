"""Harmonisation: the annotations of several systems on the same texts become one silver standard.

After Giorgi & Bader 2018 ("Transfer learning for biomedical named entity recognition with neural networks",
Bioinformatics 34(23), section 2.1): a mention is kept if enough systems agree on it; documents that are also in a gold
corpus are left out, and so are mentions that no annotator of a gold corpus would mark.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...documents.document import Document, Mention
from ...errors import BionerError
from ...pipeline.merging.ballots import Method, Overlap, Ties, by_priority, by_score, elect, without_overlaps
from ..relabel import new_label, old_label
from .gold_texts import GoldTexts

EXAMPLES = 10
"""Number of gold documents that are shown."""


@dataclass(slots=True)
class Harmonized:
    """The counts of a harmonisation.

    counts: distinct ``documents``; of these ``few`` (in fewer systems than votes are needed), ``gold_id`` and
        ``gold_text`` (found in the gold corpus), and ``written``. In the documents written: ``mentions`` of all
        systems; ``unlabelled``, those whose label is mapped to None; ``places``, the distinct spans of the others; of
        these ``below`` (too few votes), ``low`` (too low a score), ``tied``, ``overlapping``, ``listed`` (on the
        blacklist), ``unmarked`` (never marked by annotators) and ``kept``. ``relations_left_out``: relations of the
        documents written that name a mention which is not kept.
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
    votes: minimum number of systems for a span; None for a majority of those that have the document.
    threshold: minimum mean score over the systems that have the document; see ``ballots.by_score``.
    ties, overlap: see ``pipeline.merging.ballots``. labels: new labels; see ``corpus.relabel.Labels``.
    gold: documents to exclude. listed, unmarked: predicates of a mention's text that exclude it; see ``filters``.
    """

    votes: int | None = None
    ties: Ties = "first"
    overlap: Overlap = "longest"
    labels: Mapping[str, str | None] = field(default_factory=dict)
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
        to which they refer; with several systems that vote, ``meta["votes"]`` has the number of votes of each mention.
    result: receives the counts.

    Raises B231 if two systems give one id to different texts, and B232 for more votes than systems.
    """
    if rules.votes is not None and not 1 <= rules.votes <= len(systems):
        raise BionerError("B232", votes=rules.votes, systems=len(systems))
    held = [_Held(documents) for documents in systems[1:]]
    result.systems = [(0, 0), *((len(one.documents), one.mentions) for one in held)]
    # Each document is yielded once, with the first system that has it: first the documents of system 1, each with its
    # matches in systems 2, 3, ...; then the documents left in system 2, with their matches in 3, ...; and so on.
    for number, source in enumerate([_counted(systems[0], result), *(one.left() for one in held)]):
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
    needed = rules.votes if rules.votes is not None else (1 + len(others)) // 2 + 1
    if rules.method == "vote" and needed > 1 + len(others):
        counts["few"] += 1
        return None
    found = rules.gold.find(document) if rules.gold is not None else None
    if found is not None:
        counts[f"gold_{found[0]}"] += 1
        if len(result.gold) < EXAMPLES:
            result.gold.append((document.id, found[1]))
        return None
    ballots = [document.mentions]
    for other in others:
        # Without ids: in another file the same id is another mention.
        ballots.append([replace(one, id="") for one in carried(other.mentions, other.text, document.text)])
    ballots = [_relabelled(ballot, rules.labels, counts) for ballot in ballots]
    votes: list[int] = []
    if systems == 1:
        mentions = ballots[0]
        counts["places"] += len(mentions)
    else:
        mentions, votes = _merged(ballots, needed, rules, counts)
    kept = [i for i, mention in enumerate(mentions) if _is_kept(mention, document, rules, result)]
    counts["kept"] += len(kept)
    meta = dict(document.meta)
    if systems > 1 and rules.method == "vote":
        meta["votes"] = [votes[i] for i in kept]
    harmonized = document.with_mentions(mentions[i] for i in kept)
    counts["relations_left_out"] += len(document.relations) - len(harmonized.relations)
    return replace(harmonized, meta=meta)


def _merged(
    ballots: Sequence[list[Mention]], needed: int, rules: Rules, counts: Counter[str]
) -> tuple[list[Mention], list[int]]:
    """Return the mentions that several systems give together and, where they vote, the votes of each."""
    if rules.method == "vote":
        elected = elect(ballots, needed, rules.ties, counts)
        chosen = without_overlaps(elected, rules.overlap)
        counts["overlapping"] += len(elected) - len(chosen)
        return [one.mention for one in chosen], [one.votes for one in chosen]
    places = {(one.start, one.end, one.fragments, one.label) for ballot in ballots for one in ballot}
    counts["places"] += len(places)
    if rules.method == "priority":
        mentions = by_priority(ballots)
        counts["overlapping"] += len(places) - len(mentions)
    else:
        mentions = by_score(ballots, [1.0] * len(ballots), rules.threshold)
        counts["low"] += len(places) - len(mentions)
    return mentions, []


def _relabelled(mentions: Sequence[Mention], labels: Mapping[str, str | None], counts: Counter[str]) -> list[Mention]:
    result = []
    counts["mentions"] += len(mentions)
    for mention in mentions:
        label = new_label(old_label(mention, labels), labels)
        if label is None:
            counts["unlabelled"] += 1
        else:
            result.append(mention if label == mention.label else replace(mention, label=label))
    return result


def _is_kept(mention: Mention, document: Document, rules: Rules, result: Harmonized) -> bool:
    text = document.text_of(mention)
    for name, rule in (("listed", rules.listed), ("unmarked", rules.unmarked)):
        if rule is not None and rule(text):
            result.counts[name] += 1
            result.removed[text] += 1
            return False
    return True


def carried(mentions: Sequence[Mention], source: str, target: str) -> list[Mention]:
    """Return mentions of one text at their offsets in another that differs in white space only."""
    if source == target:
        return list(mentions)
    # Offsets are mapped through the number of characters before them that are not white space:
    #
    #   source   "a  b c"    before    0 1 1 1 2 2 3      span [3, 6) "b c": characters 1 and 2
    #   target   "a b  c"    places    0 2 5              places[1] = 2 to places[2] + 1 = 6: "b  c"
    before: list[int] = [0]
    for char in source:
        before.append(before[-1] + (not char.isspace()))
    places = [i for i, char in enumerate(target) if not char.isspace()]

    def moved(start: int, end: int) -> tuple[int, int] | None:
        first, last = before[start], before[end]
        return (places[first], places[last - 1] + 1) if first < last else None

    result = []
    for mention in mentions:
        ends = moved(mention.start, mention.end)
        fragments = [moved(*pair) for pair in mention.fragments]
        if ends is not None and None not in fragments:
            pairs = tuple(pair for pair in fragments if pair is not None)
            result.append(replace(mention, start=ends[0], end=ends[1], fragments=pairs))
    return result


def _counted(documents: Iterable[Document], result: Harmonized) -> Iterator[Document]:
    for document in documents:
        number, mentions = result.systems[0]
        result.systems[0] = (number + 1, mentions + len(document.mentions))
        yield document


class _Held:
    """The documents of a system, each returned once, by id and text or by text."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents: list[Document | None] = list(documents)
        self.mentions = sum(len(document.mentions) for document in self.documents if document is not None)
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
