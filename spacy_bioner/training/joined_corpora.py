"""A reader that joins several corpora, which may annotate different types, to train one tagger on all of them."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from spacy.language import Language
from spacy.training import Example
from spacy.util import logger

from ..documents.declared_types import declared_types
from ..documents.gold import get_gold
from ..errors import BionerError
from ..ml.check_settings import is_number

Reader = Callable[[Language], Iterable[Example]]


def make_joined_corpora(corpora: dict[str, Any], shares: dict[str, float] | None = None, seed: int = 0) -> Reader:
    """Return a reader of several corpora, one after the other: ``spacy-bioner.JoinedCorpora.v1``.

    corpora: readers by name. If they annotate different types, each declares its own (``types`` of
        ``spacy-bioner.Corpus.v1``, or in its files).
    shares: how often the Examples of a corpus are yielded, by its name: 0.5 yields a random half of them, 2.5 all of
        them twice and a random half a third time. The default is 1.
    seed: seed of the random choice, which is the same in each pass.

    Raises B744 without corpora or for one that is not a reader, B745 for a share of an unknown corpus or one that is
    not a positive number. Warns once (B746) of a corpus that declares no types and lacks a label of another corpus:
    training then takes its mentions of that label, if any, for negative examples.
    """
    shares = shares or {}
    if not corpora or not all(callable(corpus) for corpus in corpora.values()):
        raise BionerError("B744")
    for name, share in shares.items():
        if name not in corpora or not is_number(share) or share <= 0:
            raise BionerError("B745", name=name, share=share, known=", ".join(corpora))
    logged = False

    def read(nlp: Language) -> Iterator[Example]:
        nonlocal logged
        counts: dict[str, int] = {}
        labels: dict[str, set[str]] = {}
        undeclared: dict[str, set[str]] = {}
        for name, corpus in corpora.items():
            counts[name], labels[name] = 0, set()
            for example in _drawn(corpus(nlp), shares.get(name, 1), random.Random(f"{seed} {name}")):
                gold, types = get_gold(example.reference), declared_types(example.reference)
                own = {mention.label for mention in gold.mentions} if gold else set()
                labels[name] |= own | (types or set())
                if types is None:
                    undeclared.setdefault(name, set()).update(own)
                counts[name] += 1
                yield example
        if not logged:
            logged = True
            _log(counts, labels, undeclared)

    return read


def _drawn(examples: Iterable[Example], share: float, draw: random.Random) -> Iterator[Example]:
    times, part = divmod(share, 1)
    for example in examples:
        number = int(times) + (part > 0 and draw.random() < part)
        for _ in range(number):
            yield example


def _log(counts: Mapping[str, int], labels: Mapping[str, set[str]], undeclared: Mapping[str, set[str]]) -> None:
    logger.info("JoinedCorpora: %s", ", ".join(f"{n} of {name}" for name, n in counts.items()))
    all_labels = set().union(*labels.values())
    for name, own in undeclared.items():
        if missing := all_labels - own:
            warnings.warn(str(BionerError("B746", name=name, labels=", ".join(sorted(missing)))), stacklevel=3)
