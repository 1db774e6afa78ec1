"""Documents whose every string and number is nasty: for writers, which write them or refuse them with a code."""

from fuzzing import NASTY_STRINGS, NUMBERS
from hypothesis import strategies as st

from spacy_bioner.formats import Document, Mention, Relation


@st.composite
def nasty_documents(draw):
    text = draw(NASTY_STRINGS)
    offset = st.integers(-1, len(text) + 1) if draw(st.booleans()) else NUMBERS
    mention = st.builds(
        Mention,
        st.just(0),
        st.just(len(text)) | st.integers(-1, 9),
        NASTY_STRINGS,
        id=NASTY_STRINGS,
        concepts=st.lists(NASTY_STRINGS, max_size=2).map(tuple),
        score=st.none() | st.floats(0, 1),
    )
    relation = st.builds(
        Relation, NASTY_STRINGS, st.lists(st.tuples(NASTY_STRINGS, NASTY_STRINGS), max_size=3).map(tuple), NASTY_STRINGS
    )
    meta = draw(st.dictionaries(NASTY_STRINGS, NASTY_STRINGS | offset, max_size=2))
    mentions = draw(st.lists(mention, max_size=2))
    return Document(text, mentions, draw(NASTY_STRINGS), meta=meta, relations=draw(st.lists(relation, max_size=1)))
