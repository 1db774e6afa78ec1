"""Names for a linker: from gold mentions, from lexicons with ids, and from lexicons of other terminologies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from spacy.tokens import Doc
from spacy.util import logger

from ...documents.concept_ids import join_concepts
from ...documents.gold import get_gold
from ...errors import BionerError
from ...formats.lexicon import Entry, Lexicon
from ...formats.problems import ProblemLog
from ..dictionary.terms import Term, read_entry
from .name_table import ANY_LABEL, NameTable


def gold_names(references: Iterable[Doc]) -> list[Term]:
    """Return the distinct gold mentions with a concept, each with its frequency."""
    times: Counter[tuple[str, str, str]] = Counter()
    for doc in references:
        gold = get_gold(doc)
        text = doc.text
        for mention in gold.mentions if gold else ():
            if mention.concepts:
                name = " ".join(text[start:end] for start, end in mention.parts)
                times[name, mention.label, join_concepts(mention.concepts)] += 1
    return [Term(name, label, concepts, number) for (name, label, concepts), number in times.items()]


def lexicon_names(lexicons: Mapping[str, Lexicon]) -> Iterator[Term]:
    """Yield the names of lexicons; those without an id are counted in the log. Raises B681 if none has an id."""
    for name, lexicon in lexicons.items():
        without = number = 0
        for entry in _entries(name, lexicon):
            number += 1
            if entry.concepts:
                yield read_entry(entry)
            else:
                without += 1
        if number and without == number:
            raise BionerError("B681", lexicon=name, path=lexicon.path, names=number)
        if without:
            logger.info("lexicon %s: %d of %d names have no id and are left out", name, without, number)


def synonyms(known: NameTable, lexicons: Mapping[str, Lexicon]) -> Iterator[Term]:
    """Yield the names of lexicons of another terminology, with the concepts of known names in the same entries.

    The known names of a foreign id (compared by normal form) must agree on one concept; then its other names become
    names of that concept. The log says how many foreign ids were matched.
    """
    for name, lexicon in lexicons.items():
        groups: dict[tuple[str, tuple[str, ...]], list[Term]] = {}
        for entry in _entries(name, lexicon):
            if entry.concepts:
                groups.setdefault((entry.label, entry.concepts), []).append(read_entry(entry))
        joined = 0
        for (label, _), terms in groups.items():
            concept = _agreed(known, terms, label)
            if concept:
                joined += 1
                yield from (term._replace(concepts=concept) for term in terms)
        if groups and not joined:
            raise BionerError("B682", lexicon=name, path=lexicon.path, ids=len(groups))
        if groups:
            logger.info("lexicon %s: %d of %d entries share a name with a known concept", name, joined, len(groups))


def _agreed(known: NameTable, terms: Iterable[Term], label: str) -> str:
    found = {
        known.table[row].concepts
        for term in terms
        for row in known.rows(known.by_key(known.forms(term.term)), label if label != ANY_LABEL else "")
    }
    return found.pop() if len(found) == 1 else ""


def _entries(name: str, lexicon: Lexicon) -> Iterator[Entry]:
    report = ProblemLog(lexicon.policy)
    yield from lexicon.entries(report)
    for line in report.describe():
        logger.warning("lexicon %s: %s", name, line)
