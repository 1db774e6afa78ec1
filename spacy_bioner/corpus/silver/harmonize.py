"""A silver standard: several systems' annotations of the same texts made one, without what is gold.

As Giorgi & Bader 2018 prepare theirs ("Transfer learning for biomedical named entity recognition with neural networks",
Bioinformatics 34(23), section 2.1): what systems agree on, less the documents that are also in a gold corpus, less the
mentions that no annotator of a gold corpus would mark.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...errors import BionerError
from ...formats.document import Document, Mention
from ..relabel import new_label
from .gold_texts import GoldTexts
from .votes import Overlap, Ties, elect, without_overlaps

EXAMPLES = 10
"""So many documents that are gold are shown."""


@dataclass(slots=True)
class Harmonized:
    """What became of the documents and mentions.

    counts: ``documents``, distinct ones; of them ``few`` that fewer systems have than votes are needed, ``gold_id`` and
        ``gold_text`` that are gold, and ``written``. Mentions in documents that are neither few nor gold: ``mentions``,
        of all systems; ``unlabelled``, whose label is mapped to none; ``places``, distinct ones that are left; of them
        ``below`` with too few votes, ``tied``, ``overlapping``, ``listed`` (on the blacklist), ``unmarked`` (by the
        annotators) and ``kept``.
    systems: documents and mentions that each system has, as (documents, mentions).
    removed: terms removed by the blacklist or as unmarked, and how often. gold: ids of the first documents that are
        gold, and what they share.
    """

    counts: Counter[str] = field(default_factory=Counter)
    systems: list[tuple[int, int]] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    gold: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """How to harmonize.

    votes: how many systems must agree on a place; None for more than half of those that have the document.
    ties, overlap: see ``votes``. labels: new label by the systems' own, or None to leave the mention out.
    gold: texts that must not be among those written. listed, unmarked: tell of a mention's text that no annotator
        marks such: see ``blacklist``.
    """

    votes: int | None = None
    ties: Ties = "first"
    overlap: Overlap = "longest"
    labels: Mapping[str, str | None] = field(default_factory=dict)
    gold: GoldTexts | None = None
    listed: Callable[[str], bool] | None = None
    unmarked: Callable[[str], bool] | None = None


def harmonize(systems: Sequence[Iterable[Document]], rules: Rules, result: Harmonized) -> Iterator[Document]:
    """Yield the documents of several systems, or of one, with the mentions that they agree on.

    systems: the first is read as a stream, the others are held in memory. Documents are the same if they have the same
        id and text, or else the same text; white space aside, so that column files can vote on running text, by the
        characters between. They come with the text, tokens and all else that the first system has that has them;
        ``meta["votes"]`` says how many systems agreed on each mention, where there are several systems.
    result: gains the numbers.

    Raises B231 for a document whose id another system gives to another text, and B232 where fewer systems are there
    than votes.
    """
    if rules.votes is not None and not 1 <= rules.votes <= len(systems):
        raise BionerError("B232", votes=rules.votes, systems=len(systems))
    held = [_Held(documents) for documents in systems[1:]]
    result.systems = [(0, 0), *((len(one.documents), one.mentions) for one in held)]
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
    if needed > 1 + len(others):
        counts["few"] += 1
        return None
    found = rules.gold.find(document) if rules.gold is not None else None
    if found is not None:
        counts[f"gold_{found[0]}"] += 1
        if len(result.gold) < EXAMPLES:
            result.gold.append((document.id, found[1]))
        return None
    ballots = [document.mentions, *(carried(other.mentions, other.text, document.text) for other in others)]
    ballots = [_relabelled(ballot, rules.labels, counts) for ballot in ballots]
    if systems == 1:
        mentions, votes = ballots[0], []
        counts["places"] += len(mentions)
    else:
        elected = elect(ballots, needed, rules.ties, counts)
        chosen = without_overlaps(elected, rules.overlap)
        counts["overlapping"] += len(elected) - len(chosen)
        mentions, votes = [one.mention for one in chosen], [one.votes for one in chosen]
    kept = [i for i, mention in enumerate(mentions) if _is_kept(mention, document, rules, result)]
    counts["kept"] += len(kept)
    meta = dict(document.meta)
    if systems > 1:
        meta["votes"] = [votes[i] for i in kept]
    return replace(document, mentions=[mentions[i] for i in kept], meta=meta)


def _relabelled(mentions: Sequence[Mention], labels: Mapping[str, str | None], counts: Counter[str]) -> list[Mention]:
    result = []
    counts["mentions"] += len(mentions)
    for mention in mentions:
        label = new_label(mention.label, labels)
        if label is None:
            counts["unlabelled"] += 1
        else:
            result.append(mention if label == mention.label else replace(mention, label=label))
    return result


def _is_kept(mention: Mention, document: Document, rules: Rules, result: Harmonized) -> bool:
    said = document.text_of(mention)
    for name, rule in (("listed", rules.listed), ("unmarked", rules.unmarked)):
        if rule is not None and rule(said):
            result.counts[name] += 1
            result.removed[said] += 1
            return False
    return True


def carried(mentions: Sequence[Mention], source: str, target: str) -> list[Mention]:
    """Return mentions of one text at their places in another that has other white space only."""
    if source == target:
        return list(mentions)
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
    """The documents of a system, each to be taken once, by id and text or by text."""

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
        """Return the document that is the same, and forget it; None where there is none. Raises B231."""
        text = document.fingerprint()
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
        """Yield, and forget, the documents that were not taken."""
        for i, document in enumerate(self.documents):
            if document is not None:
                self.documents[i] = None
                yield document


def _shown(text: str) -> str:
    return repr(" ".join(text.split())[:60])
