"""The component ``bioner_linker``: gives the mentions of any recogniser the ids of concepts in a terminology."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

import srsly
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example
from spacy.vocab import Vocab

from ...documents.doc_mentions import mention_id, span_scores, stand_ins
from ...errors import BionerError
from ...formats.lexicon import Entry
from ...ml.check_settings import check_flag, check_share, check_text, check_whole
from ...ml.saved_model import read_model
from ..abbreviations.component import find_in_doc
from ..abbreviations.doc_abbreviations import ABBREVIATIONS_KEY, get_abbreviations
from ..dictionary.term_component import TERMS_FILE, TermComponent
from ..dictionary.terms import Term, TermTable, read_entry, unpack_terms
from ..own_group import ScoresOwnGroup
from ..sealed import Saved, explain_damage
from ..set_entities import SCORES, SPANS_KEY, set_ents
from .brackets import names_in_brackets
from .linker import Candidate, Linker, Query
from .name_table import NameTable
from .reranker import VectorReranker
from .sources import gold_names, lexicon_names
from .sources import synonyms as synonym_names

CANDIDATES = "candidates"
"""The attribute of the span group that holds for each span a list of [concept, score], best first."""

ENCODER_FILE = "encoder"
"""The file of the reranker's network."""


class EntityLinker(ScoresOwnGroup, TermComponent):
    """Set the ``kb_id_`` of the entities of ``doc.ents`` and of the spans of ``doc.spans[spans_key]``.

    threshold: a mention whose best candidate has a lower score gets no id (NIL).
    candidates: the number of candidates of each mention that are kept in the span group's ``attrs["candidates"]``.
    abbreviations: expand the abbreviations that a text defines (``doc._.abbreviations`` if it is set), and use
        the other name of a mention that stands in brackets beside it.
    fill: add similar names if spelling alone gave fewer than ``candidates``; slower, useful where a person chooses
        among the candidates.
    rerank: a ``VectorReranker``, which orders similar names anew by vectors; null for none.
    overwrite: replace the ids that earlier components gave.

    The candidates are the names with the mention's own label or with ``*``; if no name has its label, all names.
    Several ids joined by ``|`` are one composite concept. See ``linker`` for the scores.
    """

    def __init__(
        self,
        vocab: Vocab,
        name: str = "bioner_linker",
        *,
        threshold: float = 0.65,
        candidates: int = 5,
        abbreviations: bool = True,
        fill: bool = True,
        rerank: VectorReranker | None = None,
        overwrite: bool = True,
        spans_key: str = SPANS_KEY,
        scorer: Callable | None = None,
    ) -> None:
        check_share(name, threshold=threshold)
        check_whole(name, candidates=candidates)
        check_flag(name, abbreviations=abbreviations, fill=fill, overwrite=overwrite)
        check_text(name, spans_key=spans_key)
        self.vocab = vocab
        self.name = name
        self.threshold = threshold
        self.candidates = candidates
        self.abbreviations = abbreviations
        self.fill = fill
        self.rerank = rerank
        if rerank is not None:
            rerank.vocab = vocab
        self.overwrite = overwrite
        self.spans_key = spans_key
        self.scorer = scorer
        self.build([])

    def build(self, terms: Iterable[Term]) -> None:
        """Replace the names, and build the index."""
        self._take(NameTable(terms))

    def _take(self, names: NameTable) -> None:
        self.linker = Linker(names, candidates=self.candidates, fill=self.fill, rerank=self.rerank)

    def __len__(self) -> int:
        """Return the number of names; one with two concepts counts twice."""
        return len(self.linker.names)

    @property
    def names(self) -> Iterator[Term]:
        """All names; those with the same normal form follow each other."""
        return iter(self.linker.names)

    def add_names(self, entries: Iterable[Entry | tuple[str, str, str | Sequence[str]]]) -> None:
        """Add (name, label, concept ids); give many at once, because each call rebuilds the index.

        A text in place of the ids is one id; several are one composite concept. Raises B311 for an invalid entry
        and B683 for one without an id; then nothing is added.
        """
        new = [read_entry(entry) for entry in entries]
        for term in new:
            if not term.concepts:
                raise BionerError("B683", name=self.name, term=term.term)
        self.build([*self.names, *new])

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        lexicons: dict[str, Any] | None = None,
        synonyms: dict[str, Any] | None = None,
        gold: bool = True,
    ) -> None:
        """Remove all names and take new ones from gold mentions and lexicons.

        get_examples: the training corpus: its gold mentions with concepts become names unless ``gold`` is false.
        lexicons: lexicons with ids, by any names. synonyms: lexicons of another terminology (DrugBank for MeSH, say);
            an entry that shares a name with a concept gives it its other names; see ``sources.synonyms``.
        Raises B681 and B682 for lexicons that give no name, B329 for a reranker without vectors; warns (B684) if there
        are no names at all.
        """
        terms = gold_names(example.reference for example in get_examples()) if gold else []
        terms += lexicon_names(lexicons or {})
        names = NameTable(terms)
        if synonyms:
            names = NameTable([*terms, *synonym_names(names, synonyms)])
        self._take(names)
        if self.rerank is not None:
            self.rerank.prepare()
        if not len(self):
            warnings.warn(str(BionerError("B684", name=self.name)), stacklevel=2)

    @property
    def table(self) -> TermTable:
        """The table of names and concepts."""
        return self.linker.names.table

    def about(self) -> dict[str, Any]:
        """Return the number of names, and the labels."""
        return {"names": len(self), "labels": sorted(self.table.labels)}

    def _files(self) -> tuple[str, ...]:
        encoded = self.rerank is not None and self.rerank.encoder is not None
        return (TERMS_FILE, ENCODER_FILE) if encoded else (TERMS_FILE,)

    def _read_vocab(self) -> Vocab | None:
        return self.vocab if self.rerank is not None and self.rerank.encoder is None else None

    def _parts(self) -> dict[str, bytes]:
        parts = super()._parts()
        if self.rerank is not None and self.rerank.encoder is not None:
            self.rerank.prepare()
            parts[ENCODER_FILE] = self.rerank.encoder.to_bytes()
        return parts

    def _load(self, saved: Saved, place: object) -> EntityLinker:
        with explain_damage(self.name, place):
            names = NameTable(unpack_terms(saved.parts[TERMS_FILE], place))
            if self.rerank is not None and self.rerank.encoder is not None:
                read_model(self.rerank.encoder, srsly.msgpack_loads(saved.parts[ENCODER_FILE]))
                self.rerank.forget()
            self._take(names)
        return self

    def annotate(self, docs: Sequence[Doc]) -> None:
        """Link the mentions of the Docs."""
        mentions = [_mentions(doc, self.spans_key) for doc in docs]
        queries = [
            query for doc, some in zip(docs, mentions, strict=True) for query in self.queries(doc, some.values())
        ]
        found = iter(self.linker.link(queries))
        for doc, some in zip(docs, mentions, strict=True):
            self._write(doc, {key: next(found) for key in some})

    def queries(self, doc: Doc, mentions: Iterable[Sequence[Span]]) -> Iterator[Query]:
        """Yield the linker's query for each mention, which is given by its fragments or its one span."""
        set_before = ABBREVIATIONS_KEY in doc.spans
        pairs = (get_abbreviations(doc) if set_before else find_in_doc(doc)) if self.abbreviations else []
        shorts = {short.start: (short.end, long) for short, long in pairs}
        mentions = list(mentions)
        others = names_in_brackets(spans[0] for spans in mentions if len(spans) == 1) if self.abbreviations else {}
        for spans in mentions:
            text = " ".join(span.text for span in spans)
            expanded = " ".join(_expanded(span, shorts) for span in spans)
            beside = others.get((spans[0].label_, text), "")
            if len(text) == 1 and beside:  # no abbreviation by Schwartz & Hearst, who need two characters
                expanded = beside
            yield Query(text, spans[0].label_, expanded if expanded != text else "", beside)

    def _write(self, doc: Doc, found: dict[Hashable, list[Candidate]]) -> None:
        def linked(span: Span, key: Hashable) -> Span:
            if span.kb_id and not self.overwrite:
                return span
            best = next(iter(found[key]), None)
            concept = best.concept if best is not None and best.score >= self.threshold else ""
            return Span(doc, span.start, span.end, label=span.label, kb_id=concept, span_id=span.id)

        if not found:
            return
        # "unmodified": tokens of unknown status (neither entity nor outside) keep it.
        ents = {key: linked(ent, key) for key, ent in _entities(doc, self.spans_key)}
        set_ents(doc, [*ents.values()], "unmodified")
        group = doc.spans.get(self.spans_key, SpanGroup(doc))
        # A Span is a value: setting its kb_id_ would not change the group, so the group is built again.
        keys = list(map(_key, group))
        spans = list(map(linked, group, keys))
        there = set(keys)
        added = [key for key in ents if key not in there]
        spans += [ents[key] for key in added]
        scores = [*span_scores(group), *[1.0] * len(added)]
        candidates = [[list(one) for one in found[key]] for key in [*keys, *added]]
        attrs = {**group.attrs, SCORES: scores, CANDIDATES: candidates}
        doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=spans, attrs=attrs)


def _key(span: Span) -> Hashable:
    """Return the key of a span of the group: the id that the fragments of a mention share, or its offsets and label."""
    return mention_id(span) or (span.start, span.end, span.label)


def _entities(doc: Doc, spans_key: str) -> Iterator[tuple[Hashable, Span]]:
    """Yield each entity with its key: that of the mention that it represents, or its offsets and label."""
    represented = stand_ins(doc, spans_key)
    for ent in doc.ents:
        yield ent.id_ if ent.start in represented else (ent.start, ent.end, ent.label), ent


def _mentions(doc: Doc, spans_key: str) -> dict[Hashable, list[Span]]:
    """Return the spans of each mention in text order: mentions of the group, then entities that are not in it."""
    found: dict[Hashable, list[Span]] = {}
    for span in doc.spans.get(spans_key, ()):
        found.setdefault(_key(span), []).append(span)
    for key, ent in _entities(doc, spans_key):
        found.setdefault(key, [ent])
    for spans in found.values():
        spans.sort(key=lambda span: span.start)
    return {key: spans if mention_id(spans[0]) else spans[:1] for key, spans in found.items()}


def _expanded(span: Span, shorts: dict[int, tuple[int, Span]]) -> str:
    """Return the text of a span with its short forms expanded, unless it contains their definition."""
    if not shorts:
        return span.text
    parts, at = [], span.start
    while at < span.end:
        end, long = shorts.get(at, (0, None))
        if long is not None and end <= span.end and not span.start <= long.start < span.end:
            parts.append(long.text + span.doc[end - 1].whitespace_)
            at = end
        else:
            parts.append(span.doc[at].text_with_ws)
            at += 1
    return "".join(parts).strip()
