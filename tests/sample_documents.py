"""Documents for the tests of formats: made by hand and by hypothesis."""

from collections import Counter
from dataclasses import replace

from hypothesis import strategies as st

from spacy_bioner.formats import Document, Mention, Relation

LABELS = st.sampled_from(["Drug", "Adverse drug-reaction", "-", "Тип"])

TEXTS = st.text(
    st.one_of(st.sampled_from("ab1 -/()[].,'\n\t\u00a0\u2028é"), st.characters(exclude_categories=["Cs"])), max_size=40
)


@st.composite
def spans(draw, length):
    start = draw(st.integers(0, length - 1))
    return start, draw(st.integers(start + 1, length))


@st.composite
def mentions(draw, length, full=False):
    start, end = draw(spans(length))
    fragments = ()
    if end - start > 2 and draw(st.integers(0, 4)) == 0:
        a = draw(st.integers(start + 1, end - 2))
        b = draw(st.integers(a, end - 1))
        fragments = ((start, a), (b, end))
    concepts = tuple(draw(st.lists(st.sampled_from(["MESH:D1", "MESH:D2", "C0"]), max_size=2, unique=True)))
    name = draw(st.sampled_from(["", "T1", "T2"]))
    score = draw(st.sampled_from([None, 0.25, 0.9999999999, 1e-12])) if full else None
    pairs = st.tuples(st.sampled_from(["Negated", "Of a person"]), st.sampled_from(["", "low", "x  y\n"]))
    attributes = tuple(draw(st.lists(pairs, max_size=2))) if full else ()
    return Mention(start, end, draw(LABELS), fragments, name, concepts, score, attributes)


@st.composite
def documents(draw, full=False):
    """Any text with any mentions: nested, crossing, discontinuous, of white space, repeated.

    full: with scores and relations too.
    """
    text = draw(TEXTS)
    found = draw(st.lists(mentions(len(text), full), max_size=6)) if text else []
    meta = draw(st.dictionaries(st.text("abc", min_size=1), st.sampled_from([1, None, "x", [1, [2]], {"k": []}])))
    name = draw(st.sampled_from(["", "d1", "пример"]))
    # Relations name mentions by ids that no other has: readers report the others (B267).
    times = Counter(m.id for m in found if m.id)
    between = draw(relations([name for name in times if times[name] == 1])) if full else []
    return Document(text, found, id=name, meta=meta, relations=between)


@st.composite
def relations(draw, names):
    """Some relations between mentions of these ids."""
    if not names:
        return []
    argument = st.tuples(st.sampled_from(["Arg1", "Arg2", "Theme"]), st.sampled_from(names))
    count = draw(st.integers(0, 2))
    return [
        Relation(
            draw(LABELS),
            tuple(draw(st.lists(argument, min_size=2, max_size=3))),
            draw(st.sampled_from(["", f"R{number + 1}"])),
            draw(st.sampled_from([None, 0.5])),
        )
        for number in range(count)
    ]


WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=5).filter(
    lambda word: word.split() == [word] and not word.startswith("-DOCSTART-")
)


@st.composite
def token_documents(draw, min_sentences=1, max_sentences=3):
    """Documents as a column file holds them: words joined by blanks, flat mentions of whole tokens in a sentence."""
    words, tokens, found, sentences = [], [], [], []
    for _ in range(draw(st.integers(min_sentences, max_sentences))):
        sentences.append(len(words))
        first = len(words)
        words += draw(st.lists(WORDS, min_size=1, max_size=6))
        position = tokens[-1][1] + 1 if tokens else 0
        for word in words[first:]:
            tokens.append((position, position + len(word)))
            position += len(word) + 1
        while first < len(words):
            last = draw(st.integers(first + 1, len(words)))
            if draw(st.booleans()):
                found.append(Mention(tokens[first][0], tokens[last - 1][1], draw(LABELS)))
            first = last
    return Document(" ".join(words), found, tokens=tokens, sentences=sentences)


SCORES = st.none() | st.floats(0, 1)


@st.composite
def with_relations(draw, document):
    """The document with ids and scores of its mentions, and relations between them."""
    document.mentions = [
        replace(mention, id=f"T{i}", score=draw(SCORES)) for i, mention in enumerate(document.mentions, 1)
    ]
    if document.mentions:
        argument = st.tuples(st.sampled_from(["Arg1", "тип"]), st.sampled_from([m.id for m in document.mentions]))
        arguments = st.lists(argument, min_size=1, max_size=3).map(tuple)
        facts = st.sampled_from([(), (("novel", "No"), ("x", ""))])
        relation = st.builds(Relation, LABELS, arguments, st.sampled_from(["", "R1"]), SCORES, st.booleans(), facts)
        drawn = draw(st.lists(relation, max_size=3))
        # An id once: readers report the second of two relations with one id (B267).
        document.relations = [replace(one, id=one.id and f"R{i}") for i, one in enumerate(drawn, 1)]
    return document
