"""Transforms of one annotated Example: split into sentences, relabel entities.

Both keep the gold mentions that ``doc.ents`` cannot hold: see ``documents.gold``.
Both return new Examples and leave the given one unchanged, because a corpus may yield it again.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import Literal

import numpy as np
from spacy.attrs import (
    ENT_ID,
    ENT_IOB,
    ENT_KB_ID,
    ENT_TYPE,
    IDX,
    LEMMA,
    MORPH,
    NORM,
    ORTH,
    POS,
    SENT_START,
    SPACY,
    TAG,
)
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from ..corpus.grouping import SENTENCE
from ..corpus.relabel import NOT_KNOWN, OTHERS, new_label, new_types, old_label
from ..documents.alignment import AlignmentPolicy, from_doc, to_doc
from ..documents.declared_types import declare_types, declared_types
from ..documents.doc_questions import get_question
from ..documents.doc_relations import RELATIONS_KEY
from ..documents.document import Mention, Relation
from ..documents.gold import GOLD, ID, META, entity_mentions, ents_hold_gold, get_gold, get_id, set_gold
from ..errors import BionerError
from ..tokenizers.sentences import LineBreaks, sentence_spans
from .corpora import unannotated

SOURCE = "bioner_source"
"""Key in ``doc.user_data`` of a sentence: the name of its document."""

_KEPT = [NORM, TAG, POS, MORPH, LEMMA, ENT_IOB, ENT_TYPE, ENT_KB_ID, ENT_ID, SENT_START]

Unmapped = Literal["keep", "drop", "error"]


def sentences(example: Example, source: str, line_breaks: LineBreaks, counts: Counter[str]) -> Iterator[Example]:
    """Yield the sentences of a document, each as an Example of its own; together they have all of its text.

    The sentence starts are those of the reference or, without any, those of ``sentence_spans``. A start inside a gold
    mention, or inside a token of the predicted Doc, is skipped, so that no mention is lost. Dependencies are left out.
    A document with a question is not split: its answer may be in any sentence.

    source: the name of a document without an id. Sentences are named after the document: ``id#0``, ``id#1``, ...
    counts: ``joined`` is incremented by the number of skipped starts, ``unrelated`` by that of the relations left out:
        those over sentences, and those between concepts.
    """
    # Bounds are in characters, so that they are the same in both Docs, whose tokens may differ:
    #
    #   text         S1............ S2...... S3...............
    #   starts       0              15       24                    mention from 20 to 30: the start 24 is inside it
    #   bounds       0              15                        42   two pieces, joined += 1
    reference, predicted = example.reference, example.predicted
    if SOURCE in reference.user_data or get_question(reference) is not None:  # a sentence already, or a context
        yield example
        return
    if not len(reference):
        return
    source = get_id(reference) or source
    same_text = predicted.text == reference.text
    starts = _sentence_starts(reference, line_breaks)
    kept = starts - _inside_mentions(reference)
    if same_text:
        kept &= set(predicted.to_array(IDX).tolist())
    counts["joined"] += len(starts) - len(kept)
    bounds = [0, *sorted(kept - {0}), len(reference.text)]
    references = _cut(reference, bounds)
    predictions = _cut(predicted, bounds) if same_text else map(unannotated, _cut(reference, bounds))
    gold = get_gold(reference)
    # Each mention is assigned to its sentence once: searching all mentions per sentence would take quadratic time.
    mentions: list[list[Mention]] = [[] for _ in bounds[1:]]
    for mention in gold.mentions if gold else ():
        place = bisect_right(bounds, mention.start) - 1
        mentions[place].append(_shifted(mention, bounds[place]))
    relations = gold.relations if gold else []
    by_first = _by_first_argument([one for one in relations if one.arguments and not one.of_concepts])
    counts["unrelated"] += len(relations)
    for i, (piece, prediction) in enumerate(zip(references, predictions, strict=True)):
        piece.user_data = {ID: f"{source}{SENTENCE}{i}", SOURCE: source}
        if META in reference.user_data:
            piece.user_data[META] = reference.user_data[META]
        if gold is not None:
            names = {mention.id for mention in mentions[i]}
            near = sorted((pair for name in names for pair in by_first.get(name, ())), key=itemgetter(0))
            within = [one for _, one in near if all(target in names for _, target in one.arguments)]
            counts["unrelated"] -= len(within)
            set_gold(piece, mentions[i], within)
        yield Example(prediction, piece)


def _by_first_argument(relations: Sequence[Relation]) -> dict[str, list[tuple[int, Relation]]]:
    """Return the relations, each with its index, by the id of their first argument."""
    result: dict[str, list[tuple[int, Relation]]] = {}
    for place, relation in enumerate(relations):
        result.setdefault(relation.arguments[0][1], []).append((place, relation))
    return result


def _sentence_starts(doc: Doc, line_breaks: LineBreaks) -> set[int]:
    """Return the offsets at which sentences start, except the first; each is also the start of a token."""
    tokens = doc.to_array(IDX)
    if doc.has_annotation("SENT_START"):
        return set(tokens[1:][doc.to_array(SENT_START)[1:] == 1].tolist())
    places = np.searchsorted(tokens, [start for start, _ in sentence_spans(doc.text, line_breaks)])
    return set(tokens[places[places < len(tokens)]].tolist()) - {0}


def _inside_mentions(doc: Doc) -> set[int]:
    """Return the token starts that lie inside a mention, not at its start."""
    tokens = doc.to_array(IDX)
    gold = get_gold(doc)
    spans = [(mention.start, mention.end) for mention in gold.mentions] if gold else []
    spans += [(ent.start_char, ent.end_char) for ent in doc.ents]
    return {
        start for first, last in spans for start in tokens[slice(*np.searchsorted(tokens, (first + 1, last)))].tolist()
    }


def _cut(doc: Doc, bounds: list[int]) -> Iterator[Doc]:
    """Yield the pieces of a Doc between these character offsets, with their token annotation and spans."""
    places = [*np.searchsorted(doc.to_array(IDX), bounds[:-1]).tolist(), len(doc)]
    words, spaces = doc.to_array(ORTH).tolist(), doc.to_array(SPACY).astype(bool).tolist()
    annotation = doc.to_array(_KEPT)
    # The spans of relations are pairs, in their order, and must not be sorted; set_gold writes them again.
    groups = {
        key: sorted(group, key=lambda span: span.start) for key, group in doc.spans.items() if key != RELATIONS_KEY
    }
    firsts = {key: [span.start for span in group] for key, group in groups.items()}
    for start, end in pairwise(places):
        piece = Doc(doc.vocab, words=words[start:end], spaces=spaces[start:end])
        piece.from_array(_KEPT, annotation[start:end])  # type: ignore[arg-type]
        for key, group in groups.items():
            own = group[bisect_left(firsts[key], start) : bisect_left(firsts[key], end)]
            piece.spans[key] = [
                Span(piece, span.start - start, span.end - start, label=span.label, kb_id=span.kb_id, span_id=span.id)
                for span in own
                if span.end <= end
            ]
        yield piece


def _shifted(mention: Mention, by: int) -> Mention:
    """Return a mention with offsets relative to the character ``by``."""
    fragments = tuple((first - by, last - by) for first, last in mention.fragments)
    return replace(mention, start=mention.start - by, end=mention.end - by, fragments=fragments)


def relabelled(
    example: Example,
    nlp: Language,
    mapping: Mapping[str, str | None],
    unmapped: Unmapped,
    policy: AlignmentPolicy,
    counts: Counter[str],
) -> Example:
    """Return the Example with new labels in its reference.

    A label mapped to None is dropped with its mentions. A label mapped to ``NOT_KNOWN`` makes the tags of its tokens
    unknown, and the gold is then reduced to ``doc.ents``. The declared types are mapped, too.

    unmapped: the treatment of labels that ``mapping`` lacks; ``error`` raises B223.
    policy: the alignment policy of the corpus. If the gold has mentions that ``doc.ents`` cannot hold, the entities are
        chosen again, because a mention nested in a dropped one may now be an entity.
    counts: ``relabelled`` and ``dropped`` are incremented by the numbers of mentions, ``unrelated`` by that of the
        relations left out with them.
    """
    changed = _relabelled(example, nlp, mapping, unmapped, policy, counts)
    types = declared_types(example.reference)
    if types is not None:
        labels = {label: _new_label(label, mapping, unmapped, example.reference) for label in types}
        # Keys with an attribute, such as ADR:Negated, belong to the type before the colon.
        labels |= {old: new for old, new in mapping.items() if any(old.startswith(f"{label}:") for label in types)}
        if changed is example and any(new != label for label, new in labels.items()):
            changed = Example(example.predicted, example.reference.copy())
        if changed is not example:
            declare_types(changed.reference, new_types(types, labels))
    return changed


def _relabelled(
    example: Example,
    nlp: Language,
    mapping: Mapping[str, str | None],
    unmapped: Unmapped,
    policy: AlignmentPolicy,
    counts: Counter[str],
) -> Example:
    reference = example.reference
    gold = get_gold(reference)
    mentions = gold.mentions if gold else []
    names = [old_label(mention, mapping) for mention in mentions]
    labels = {name: _new_label(name, mapping, unmapped, reference) for name in set(names)}
    changes = [(mention, labels[name]) for mention, name in zip(mentions, names, strict=True)]
    counts["dropped"] += sum(new in (None, NOT_KNOWN) for _, new in changes)
    counts["relabelled"] += sum(new not in (None, NOT_KNOWN, mention.label) for mention, new in changes)
    if all(new == mention.label for mention, new in changes):
        return example
    kept = [replace(mention, label=new) for mention, new in changes if new not in (None, NOT_KNOWN)]
    not_known = [mention for mention, new in changes if new == NOT_KNOWN]
    document = from_doc(reference).with_mentions(kept)
    counts["unrelated"] += len(gold.relations if gold else ()) - (0 if not_known else len(document.relations))
    if ents_hold_gold(reference):
        same = _with_labels(reference, {(m.start, m.end, m.label): new for m, new in reversed(changes)})
        set_gold(same, document.mentions, document.relations)
        _forget(same, not_known)
        return Example(example.predicted, same)
    rebuilt = to_doc(document, nlp, policy)
    rebuilt.user_data = {**{k: v for k, v in reference.user_data.items() if k != GOLD}, **rebuilt.user_data}
    _forget(rebuilt, not_known)
    same_tokens = [token.idx for token in rebuilt] == [token.idx for token in reference]
    return Example(example.predicted if same_tokens else unannotated(rebuilt), rebuilt)


def _new_label(label: str, mapping: Mapping[str, str | None], unmapped: Unmapped, doc: Doc) -> str | None:
    if label in mapping or OTHERS in mapping:
        return new_label(label, mapping)
    if unmapped == "error":
        raise BionerError("B223", label=label, id=get_id(doc), known=", ".join(sorted(mapping)))
    return label if unmapped == "keep" else None


def _with_labels(reference: Doc, labels: Mapping[tuple[int, int, str], str | None]) -> Doc:
    """Return a copy whose entities have the labels given for their (start, end, label)."""
    doc = reference.copy()
    kept = [
        Span(doc, ent.start, ent.end, label=new, kb_id=ent.kb_id, span_id=ent.id)
        for ent in reference.ents
        if (new := labels[_key(ent)]) not in (None, NOT_KNOWN)
    ]
    gone = [doc[ent.start : ent.end] for ent in reference.ents if labels[_key(ent)] in (None, NOT_KNOWN)]
    doc.set_ents(kept, outside=gone, default="unmodified")
    return doc


def _forget(doc: Doc, mentions: Sequence[Mention]) -> None:
    """Make the tags of the mentions' tokens unknown, except inside entities, and reduce the gold to ``doc.ents``."""
    if not mentions:
        return
    free = {token.i for token in doc if not token.ent_type}
    places = [doc.char_span(*part, alignment_mode="expand") for mention in mentions for part in mention.parts]
    touched = sorted({token.i for span in places if span is not None for token in span} & free)
    doc.set_ents([], missing=[doc[i : i + 1] for i in touched], default="unmodified")
    set_gold(doc, entity_mentions(doc.ents))


def _key(ent: Span) -> tuple[int, int, str]:
    return ent.start_char, ent.end_char, ent.label_
