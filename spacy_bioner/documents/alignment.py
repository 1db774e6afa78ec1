"""Conversion of a Document, which counts characters, to a spaCy Doc, which counts tokens, and back.

``doc.ents`` is flat, so overlapping mentions are resolved first, on characters: the longest is kept (of nested mentions
the outermost; ties: the leftmost, then the first given). Discontinuous mentions are never kept. Then a policy decides
about each mention that does not start and end at token boundaries:

    strict    the mention is lost
    contract  it covers the tokens wholly inside it; it is lost if there are none
    expand    it covers all tokens it touches; of two mentions that then share a token the shorter is lost
    split     tokens are cut at its edges, so that nothing is lost; for training only, as the cuts reveal the gold

    text      anti-TNF therapy             mention: TNF (5, 8)
    tokens    [anti-TNF] [therapy]         strict, contract: lost    expand: [anti-TNF]    split: [anti-] [TNF]

spaCy's entity recognizers reject white space at the edges of an entity. Every policy but strict trims it; under strict
such a mention is lost. ``doc.text`` always equals the document's text.

Mentions that ``doc.ents`` cannot hold are stored in ``doc.user_data``: see ``gold``. Tokens that a mention touches but
no entity of ``doc.ents`` covers are missing (``ent_iob`` 0), never outside.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Literal, cast, get_args

from spacy.language import Language
from spacy.tokens import Doc, Span, Token
from spacy.vocab import Vocab

from ..errors import BionerError
from ..spans import best_first, longest_first
from ..text_tables import counted
from .doc_mentions import predicted_mentions
from .doc_questions import found_question, get_question, set_question
from .doc_tokens import cut_tokens, doc_of_tokens, token_edges
from .document import Document, Mention, fault_of, has_surrogates
from .gold import ID, META, Gold, entity_mentions, get_gold, get_id, get_meta, set_gold, spans_of
from .named_relations import named_relations

AlignmentPolicy = Literal["strict", "contract", "expand", "split"]

OUTCOMES = ("exact", "contracted", "expanded", "split", "lost", "nested", "crossing", "discontinuous", "duplicate")
COUNTS = ("mentions", *OUTCOMES)
"""Keys of the counts: all mentions, then what became of them; the outcomes add up to all.

exact: in ``doc.ents`` as it is. contracted, expanded: in ``doc.ents`` with other edges. split: in ``doc.ents`` as it
is, after a token was cut. lost: fits no token. nested: inside a longer mention. crossing: overlaps a longer one.
discontinuous. duplicate: the same span and label, or fragments and label, as one before.
"""

MEANINGS = {
    "exact": "learned as annotated",
    "contracted": "given to the tokens wholly inside",
    "expanded": "given to all tokens they touch",
    "split": "a token was cut for them",
    "lost": "fit no token: not learned, and missed in scores",
    "nested": "inside a longer one: learned with layers only",
    "crossing": "overlap a longer one: learned with layers only",
    "discontinuous": "in several parts: learned under the scheme BIOHD or by bioner_coordination only",
    "duplicate": "the same once more",
}
"""What each outcome means for training and scoring."""

Tokenizer = Callable[[str], Doc]


def check_policy(policy: str) -> AlignmentPolicy:
    """Return the policy; raises B138 for an unknown one."""
    if policy not in get_args(AlignmentPolicy):
        raise BionerError("B138", policy=policy, known=", ".join(get_args(AlignmentPolicy)))
    return cast(AlignmentPolicy, policy)


def to_doc(
    document: Document,
    tokenizer: Language | Tokenizer,
    policy: AlignmentPolicy = "contract",
    counts: Counter[str] | None = None,
) -> Doc:
    """Return the document as a Doc with its mentions in ``doc.ents``; the module docstring says what does not fit.

    tokenizer: a pipeline, of which only the tokenizer is used, or a tokenizer with a ``vocab``. A document that has
        its own tokens keeps them; text between them becomes tokens as well, white space by spaCy's rule.
    counts: the document's numbers are added to it, under the keys COUNTS.

    Raises B138 (unknown policy), B139 (the tokenizer changed the text), B140 (tokens or sentences that do not fit the
    text), B141 (a mention that does not), B171 (an unpaired surrogate in the text) and B809 (more characters than the
    pipeline takes).
    """
    check_policy(policy)
    if has_surrogates(document.text):
        raise BionerError("B171", id=ascii(document.id))
    for mention in document.mentions:
        fault = fault_of(mention, len(document.text))
        if fault:
            raise BionerError("B141", id=document.id, mention=_spelt(mention), fault=fault)
    if document.tokens is None:
        if isinstance(tokenizer, Language) and len(document.text) > tokenizer.max_length:
            raise BionerError("B809", id=document.id, length=len(document.text), limit=tokenizer.max_length)
        doc = (tokenizer.make_doc if isinstance(tokenizer, Language) else tokenizer)(document.text)
        if doc.text != document.text:
            raise BionerError("B139", id=document.id)
    else:
        doc = doc_of_tokens(document, tokenizer.vocab)  # type: ignore[union-attr]
    tally: Counter[str] = Counter(mentions=len(document.mentions))
    doc = _annotate(doc, document.mentions, policy, tally)
    set_gold(doc, document.mentions, document.relations)
    if document.id:
        doc.user_data[ID] = document.id
    if document.meta:
        doc.user_data[META] = document.meta
    if document.question is not None:
        set_question(doc, document.question)
    if counts is not None:
        counts.update(+tally)
    return doc


def from_doc(doc: Doc, spans_key: str | None = None, *, gold: bool = True) -> Document:
    """Return a Doc as a Document: its text, tokens (white space left out), sentences where set, gold, id and meta.

    spans_key: take the mentions from this span group instead of from ``doc.ents``.
    gold: take mentions and relations from ``get_gold``. False takes what a pipeline has predicted on a Doc with gold:
        ``doc_mentions.mentions``, ``doc.spans["bioner_relations"]`` and, as answers of the question,
        ``doc.spans["bioner_answers"]``.

    Raises B170 (invalid values in ``doc.user_data``), and without ``gold`` what ``mentions`` and ``get_relations``
    raise.
    """
    words = [token for token in doc if not token.text.isspace()]
    sentences = None
    if doc.has_annotation("SENT_START"):
        starts = [sent.start for sent in doc.sents]
        # Sentence starts as numbers among the tokens that are kept: one at white space goes to the next word.
        sentences = sorted({bisect_left(words, start, key=_index) for start in starts} - {len(words)})
    if spans_key is not None:
        found = Gold(*named_relations(doc, entity_mentions(doc.spans.get(spans_key, ()))))
    else:
        found = (get_gold(doc) if gold else None) or Gold(*named_relations(doc, predicted_mentions(doc)))
    return Document(
        doc.text,
        found.mentions,
        get_id(doc),
        [(token.idx, token.idx + len(token)) for token in words],
        sentences,
        get_meta(doc),
        relations=found.relations,
        question=get_question(doc) if gold else found_question(doc),
    )


def _spelt(mention: Mention) -> str:
    return f"{mention.label!r} ({mention.start}, {mention.end})"


def _index(token: Token) -> int:
    return token.i


def _choose(mentions: list[Mention], tally: Counter[str]) -> list[Mention]:
    """Return the mentions that a flat layer can hold, in text order, and count the others."""
    distinct = dict.fromkeys((m.start, m.end, m.label, m.fragments) for m in mentions)
    tally["duplicate"] += len(mentions) - len(distinct)
    first = {(m.start, m.end, m.label): m for m in reversed(mentions) if not m.fragments}
    flat = [key[:3] for key in distinct if not key[3]]
    tally["discontinuous"] += len(distinct) - len(flat)
    kept = [flat[i] for i in longest_first(flat)]
    if len(kept) < len(flat):
        firsts = [start for start, _, _ in kept]
        for start, end, _ in set(flat) - set(kept):
            # The kept spans are disjoint: only the last that starts no later than this one can contain it.
            place = bisect_right(firsts, start) - 1
            inside = place >= 0 and end <= kept[place][1]
            tally["nested" if inside else "crossing"] += 1
    return [first[key] for key in kept]


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the white space at its edges; where there is nothing else, an empty one."""
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())


def _annotate(doc: Doc, mentions: list[Mention], policy: AlignmentPolicy, tally: Counter[str]) -> Doc:
    if not mentions:
        doc.set_ents([])
        return doc
    text = doc.text
    # (mention, start, end) without white space at the edges; then (first token, one past the last, mention).
    chosen = [(mention, *_core(text, mention.start, mention.end)) for mention in _choose(mentions, tally)]
    cut: set[int] = set()
    if policy == "split":
        doc, cut = cut_tokens(doc, {edge for _, start, end in chosen if start < end for edge in (start, end)})
    starts, ends = token_edges(doc)
    fitting: list[tuple[int, int, Mention]] = []
    for mention, start, end in chosen:
        if policy == "expand":
            first, last = _touched(starts, ends, start, end)
        else:
            # The first token that starts in the mention and the last that ends in it. Where no token lies wholly
            # inside, first >= last: for an exact fit the two are its own tokens.
            first, last = bisect_left(starts, start), bisect_right(ends, end)
        while first < last and text[starts[first] : ends[first]].isspace():
            first += 1
        while first < last and text[starts[last - 1] : ends[last - 1]].isspace():
            last -= 1
        exact = first < last and (starts[first], ends[last - 1]) == (mention.start, mention.end)
        if exact or (first < last and policy != "strict"):
            fitting.append((first, last, mention))
    if policy == "expand":
        # Disjoint mentions may share a token once they are expanded; of these the one that was longest as annotated
        # stays.
        kept = best_first(fitting, [mention.end - mention.start for _, _, mention in fitting])
        fitting = [fitting[i] for i in kept]
    tally["lost"] += len(chosen) - len(fitting)
    for first, last, mention in fitting:
        if starts[first] < mention.start or ends[last - 1] > mention.end:
            tally["expanded"] += 1
        elif ends[last - 1] - starts[first] < mention.end - mention.start:
            tally["contracted"] += 1
        else:
            tally["split" if mention.start in cut or mention.end in cut else "exact"] += 1
    entities = [
        Span(doc, first, last, label=mention.label, kb_id=mention.concepts[0] if mention.concepts else 0)
        for first, last, mention in fitting
    ]
    if spans_of(mentions) == {(entity.start_char, entity.end_char, entity.label_, ()) for entity in entities}:
        doc.set_ents(entities)
        return doc
    # Some gold is not in doc.ents. Tokens of such mentions are set to missing: as O they would train a model not to
    # find them.
    touched: set[int] = set()
    for mention in mentions:
        for start, end in mention.parts:
            touched.update(range(*_touched(starts, ends, *_core(text, start, end))))
    touched.difference_update(*(range(first, last) for first, last, _ in fitting))
    doc.set_ents(entities, missing=[doc[i : i + 1] for i in sorted(touched)])
    return doc


def _touched(starts: list[int], ends: list[int], start: int, end: int) -> tuple[int, int]:
    """Return the range (first, one past the last) of the tokens that share a character with a span."""
    return (bisect_right(ends, start), bisect_left(starts, end)) if start < end else (0, 0)


def tokenized(
    document: Document,
    tokenizer: Language | Tokenizer,
    policy: AlignmentPolicy = "contract",
    counts: Counter[str] | None = None,
) -> Document:
    """Return the document with tokens and only the mentions that ``doc.ents`` can hold, and so tags."""
    result = from_doc(to_doc(document, tokenizer, policy, counts), gold=False)
    result.extra = document.extra
    return result


def default_tokenizer() -> Tokenizer:
    """Return the default tokenizer for documents without tokens: the one that loses the fewest mentions."""
    from ..tokenizers.bio import BioTokenizer

    return BioTokenizer(Vocab())


def describe(counts: Counter[str], explained: bool = False) -> str:
    """Return the counts in words, "12 mentions: 9 exact, 2 contracted, 1 lost"; ``explained`` adds their meanings."""
    words = {key: f"{key} ({MEANINGS[key]})" if explained else key for key in OUTCOMES}
    outcomes = ", ".join(f"{counts[key]:,} {words[key]}" for key in OUTCOMES if counts[key])
    return f"{counted(counts['mentions'], 'mention')}: {outcomes or 'none'}"


def count_held(doc: Doc, counts: Counter[str]) -> None:
    """Count the gold of a Doc that was made elsewhere: ``exact`` if it is in ``doc.ents``, else ``lost``."""
    found = get_gold(doc)
    gold = spans_of(found.mentions if found else ())
    exact = len(gold & spans_of(entity_mentions(doc.ents)))
    counts.update({"mentions": len(gold), "exact": exact, "lost": len(gold) - exact})
