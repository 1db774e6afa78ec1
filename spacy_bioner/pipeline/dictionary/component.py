"""The component ``bioner_dictionary``: finds terms, which are learned from gold mentions, read from lexicons, or given.

``spacy_bioner.normalise`` defines the spellings of a term. Every match goes to ``doc.spans``; of overlapping matches,
the leftmost, and of those with one start the longest, goes to ``doc.ents``. A span's ``kb_id_`` has all
concept ids of the term, the best first, joined by ``|``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple, get_args

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import logger
from spacy.vocab import Vocab

from ...documents.alignment import AlignmentPolicy, check_policy
from ...documents.concept_ids import unite_ids
from ...errors import BionerError
from ...formats.lexicon import Entry, Lexicon
from ...formats.problems import ProblemLog
from ...ml.check_settings import check_choice, check_text, is_number
from ...normalise import STEPS, Normaliser, inverted
from ...spans import MergePolicy, leftmost_longest
from ..own_group import ScoresOwnGroup
from ..set_entities import SPANS_KEY, annotate
from ..training_settings import training_settings
from .aho_corasick import AhoCorasick
from .hash_index import HashIndex
from .index import IndexBuilder
from .inside_tokens import InsideTokens
from .term_component import TermComponent
from .term_finder import TermFinder, batch_docs
from .term_learning import gold_terms, labels_without_gold, prune_terms
from .terms import Term, TermTable, read_entry

Conflicts = Literal["majority", "all"]

_MEMO_SIZE = 200_000


class Sense(NamedTuple):
    """The annotation of a match: a label with its concepts, and the reliability of the term (0 to 1)."""

    label: str
    concepts: str
    score: float


class Dictionary(ScoresOwnGroup, TermComponent):
    """Finds its terms in documents.

    steps, case_length: the normalisation of spellings, and the length below which case must match; see ``normalise``.
    min_length: terms with fewer characters are left out. stop: terms that are left out.
    prune: after learning, drop terms that are gold mentions in less than this share of their matches in the training
        text (0 keeps all). Terms under labels that the training text does not annotate are never dropped.
    conflicts: for a term with several labels, write only the most frequent one ("majority"), or write all to
        ``doc.spans`` ("all") and the most frequent one to ``doc.ents``.
    merge: how entities are merged with those of earlier components; see ``spans.merge``.
    index: the index of the terms, a table of hashes or an automaton over characters; both give the same matches. By
        default the automaton if terms inside tokens are searched, and else the table: see ``benchmarks/dictionary.py``.
    inside_tokens: whether to find terms that start or end within a token: "never", at its "parts" (``anti-TNF``), or
        "anywhere" (compounds, languages without spaces). alignment: how such a term is aligned to tokens: see
        ``documents.alignment``; "strict" loses it.
    scorer: a function of examples that returns scores.

    Raises B138 (alignment), B312 (lengths), B313 (inside_tokens), B314 (alignment "split" with terms inside tokens),
    B320 (step), B321 (conflicts), B322 (prune) and B623 (merge, spans_key, stop).
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str = "bioner_dictionary",
        *,
        steps: Sequence[str] = STEPS[:5],
        case_length: int = 5,
        min_length: int = 2,
        stop: Sequence[str] = (),
        prune: float = 0.5,
        conflicts: Conflicts = "majority",
        merge: MergePolicy = "keep",
        spans_key: str = SPANS_KEY,
        index: IndexBuilder | None = None,
        inside_tokens: InsideTokens = "never",
        alignment: AlignmentPolicy = "expand",
        scorer: Callable | None = None,
    ) -> None:
        if conflicts not in get_args(Conflicts):
            raise BionerError("B321", conflicts=conflicts, known=", ".join(get_args(Conflicts)))
        if not is_number(prune) or not 0 <= prune <= 1:
            raise BionerError("B322", prune=prune)
        if inside_tokens not in get_args(InsideTokens):
            raise BionerError("B313", inside_tokens=inside_tokens, known=", ".join(get_args(InsideTokens)))
        if check_policy(alignment) == "split" and inside_tokens != "never":
            raise BionerError("B314")
        for setting, value in (("case_length", case_length), ("min_length", min_length)):
            if type(value) is not int or value < 0:
                raise BionerError("B312", setting=setting, value=value)
        check_text(name, spans_key=spans_key)
        check_choice(name, get_args(MergePolicy), merge=merge)
        for term in [stop] if isinstance(stop, str) else stop:
            check_text(name, stop=term)
        self.vocab = vocab
        self.name = name
        self.normaliser = Normaliser(steps, case_length)
        self.min_length = min_length
        self.prune = prune
        self.conflicts = conflicts
        self.merge = merge
        self.spans_key = spans_key
        self.scorer = scorer
        self.build_index = index or (HashIndex if inside_tokens == "never" else AhoCorasick)
        self.inside_tokens = inside_tokens
        self.alignment = alignment
        self._stop: dict[str, list[str]] = {}
        stop = [stop] if isinstance(stop, str) else stop
        for term, key in zip(stop, self.normaliser.keys(stop), strict=True):
            self._stop.setdefault(key, []).append(term)
        self.build([])

    def build(self, terms: Iterable[Term]) -> None:
        """Replace the terms, and build the index."""
        self.finder = TermFinder(
            terms, self.normaliser, self._takes, self.build_index, self.inside_tokens, self.alignment
        )
        self._senses: dict[tuple[int, ...], list[Sense]] = {}

    def _takes(self, key: str, term: str) -> bool:
        if not key or self.normaliser.length(key) < self.min_length:
            return False
        if key not in self._stop:
            return True
        spelling = self.normaliser.spelling([term], [False])
        stops = (self.normaliser.spelling([stop], [False]) for stop in self._stop[key])
        return not any(self.normaliser.agrees(spelling, stop) for stop in stops)

    def __len__(self) -> int:
        """Return the number of terms; one under two labels counts twice."""
        return len(self.finder.table)

    @property
    def terms(self) -> Iterator[Term]:
        """All terms; spellings of the same term follow one another."""
        return iter(self.finder.table)

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels, sorted."""
        return tuple(sorted(self.finder.table.labels))

    def add_terms(self, entries: Iterable[Entry | tuple[str, str] | tuple[str, str, str | Sequence[str]]]) -> None:
        """Add (term, label) or (term, label, concept ids). Add many at once, because the index is rebuilt.

        A string in place of the ids is one id. Raises B311 for an invalid entry; then nothing is added.
        """
        self.build(chain(self.terms, self._variants(map(read_entry, entries))))

    def _variants(self, terms: Iterable[Term]) -> Iterable[Term]:
        return _with_inverted(terms) if self.normaliser.token_order else terms

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        lexicons: dict[str, Any] | None = None,
        gold: bool = True,
    ) -> None:
        """Drop all terms and learn new ones.

        get_examples: the training corpus, read whole: its gold mentions become terms unless ``gold`` is false, and the
            option ``prune`` and the scores count matches in its text. Not read if ``gold`` is false and ``prune`` 0.
        lexicons: a ``Lexicon`` under any name; see ``formats.lexicon``. Problems in them are raised, or logged if the
            lexicon's policy is "skip".
        Raises B323 for a streamed corpus. Warns if there are no terms (B324), and of labels that no gold mention of the
        corpus has (B325).
        """
        references: list[Doc] = []
        if gold or self.prune:
            if nlp is not None and training_settings(nlp)["max_epochs"] == -1:
                raise BionerError("B323", name=self.name)
            references = [example.reference for example in get_examples()]
        terms = gold_terms(references) if gold else []
        self.build(self._variants(chain(terms, *(_read(*item) for item in (lexicons or {}).items()))))
        if lexicons and (unknown := labels_without_gold(self.labels, references)):
            warnings.warn(str(BionerError("B325", name=self.name, **unknown)), stacklevel=2)
        if references and len(self):
            found = [matches for docs in batch_docs(references) for matches in self.finder.find(docs)]
            self.build(prune_terms(self.finder.table, references, found, self.prune, leave_out=gold))
        if not len(self):
            warnings.warn(str(BionerError("B324", name=self.name)), stacklevel=2)

    def senses(self, rows: tuple[int, ...]) -> list[Sense]:
        """Return the annotations of a match with these rows, the most frequent label first."""
        senses = self._senses.get(rows)
        if senses is None:
            if len(self._senses) >= _MEMO_SIZE:
                self._senses = {}  # a new dictionary, because other threads may be reading the old one
            senses = self._senses[rows] = self._compute_senses([self.finder.table[row] for row in rows])
        return senses

    def _compute_senses(self, terms: list[Term]) -> list[Sense]:
        by_label: dict[str, list[Term]] = {}
        for term in sorted(terms, key=lambda term: -term.times):
            by_label.setdefault(term.label, []).append(term)
        # Stable: of labels given equally often, the one whose most frequent spelling comes first.
        order = sorted(by_label, key=lambda label: -sum(term.times for term in by_label[label]))
        senses = []
        for label in order if self.conflicts == "all" else order[:1]:
            concepts = unite_ids(term.concepts for term in by_label[label])
            senses.append(Sense(label, concepts, max(term.score for term in by_label[label])))
        return senses

    @property
    def table(self) -> TermTable:
        """The terms, by rows."""
        return self.finder.table

    def about(self) -> dict[str, Any]:
        """Return the number of terms, and the labels."""
        return {"terms": len(self), "labels": list(self.labels)}

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Write the terms found into ``doc.spans`` and ``doc.ents``."""
        for doc, found in zip(docs, self.finder.find(docs), strict=True):
            spans: list[Span] = []
            scores: list[float] = []
            first: list[int] = []
            for start, stop, rows in found:
                first.append(len(spans))
                for label, concepts, score in self.senses(rows):
                    spans.append(Span(doc, start, stop, label=label, kb_id=concepts))
                    scores.append(score)
            ents = [spans[first[i]] for i in leftmost_longest(found)] if found else []
            annotate(doc, ents, scores, spans_key=self.spans_key, merge_policy=self.merge, all_spans=spans)


def _with_inverted(terms: Iterable[Term]) -> Iterator[Term]:
    for term in terms:
        yield term
        if other := inverted(term.term):
            yield term._replace(term=other)


def _read(name: str, lexicon: Lexicon) -> Iterator[Term]:
    report = ProblemLog(lexicon.policy)
    yield from map(read_entry, lexicon.entries(report))
    for line in report.describe():
        logger.warning("lexicon %s: %s", name, line)


@Language.factory(
    "bioner_dictionary",
    assigns=["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type", "token.ent_kb_id"],
    default_config={
        "steps": list(STEPS[:5]),
        "case_length": 5,
        "min_length": 2,
        "stop": [],
        "prune": 0.5,
        "conflicts": "majority",
        "merge": "keep",
        "spans_key": SPANS_KEY,
        "index": None,
        "inside_tokens": "never",
        "alignment": "expand",
        "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_dictionary(
    nlp: Language,
    name: str,
    steps: list[str],
    case_length: int,
    min_length: int,
    stop: list[str],
    prune: float,
    conflicts: Conflicts,
    merge: MergePolicy,
    spans_key: str,
    index: IndexBuilder | None,
    inside_tokens: InsideTokens,
    alignment: AlignmentPolicy,
    scorer: Callable | None,
) -> Dictionary:
    """Return a component without terms; its settings are those of ``Dictionary``."""
    return Dictionary(
        nlp.vocab,
        name,
        steps=steps,
        case_length=case_length,
        min_length=min_length,
        stop=stop,
        prune=prune,
        conflicts=conflicts,
        merge=merge,
        spans_key=spans_key,
        index=index,
        inside_tokens=inside_tokens,
        alignment=alignment,
        scorer=scorer,
    )
