import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.corpus.silver.near_texts import NearTexts, words_of
from spacy_bioner.errors import BionerError

WORDS = [f"w{i}" for i in range(100)]
SENTENCE = "The IL-2 receptor of T cells binds its ligand, and then it is taken in."


def test_other_tokens_case_and_surroundings():
    index = NearTexts([SENTENCE])
    article = (
        "Abstract. " + " ".join(WORDS) + " the il - 2 RECEPTOR of T cells binds its ligand and then it is taken in ."
    )
    assert index.find(article) == [0]
    assert index.find(" ".join(WORDS)) == []


def test_the_share_is_of_distinct_runs():
    twenty = WORDS[:20]
    index = NearTexts([" ".join(twenty)])
    one = [*twenty[:9], "other", *twenty[10:]]  # 15 of 18 runs stay
    two = [*one[:4], "other", *one[5:]]  # 12 of 18
    assert index.find(" ".join(one)) == [0]
    assert index.find(" ".join(two)) == []
    assert NearTexts([" ".join(twenty)], similar=12 / 18).find(" ".join(two)) == [0]
    assert NearTexts([" ".join(twenty)], similar=0.84).find(" ".join(one)) == []


def test_either_may_hold_the_other():
    index = NearTexts([" ".join(WORDS)])
    assert index.find(" ".join(WORDS[40:50])) == [0]
    assert index.find(" ".join([*WORDS[40:50], *["a", "b", "c", "d"]])) == []


def test_short_texts_are_left_out():
    index = NearTexts(["Results.", "In the presence of it.", SENTENCE])
    assert (index.short, index.texts) == (2, [SENTENCE])
    assert index.find("In the presence of it.") == []
    assert NearTexts([]).find(SENTENCE) == []
    assert NearTexts(["a b c"], min_words=0).find("A, b, c!") == [0]
    assert index.find("") == []


def test_the_share_is_checked():
    for similar in (0, 1.1):
        with pytest.raises(BionerError, match="B230"):
            NearTexts([], similar=similar)


@given(st.data())
def test_equals_the_definition(data):
    words = st.lists(st.sampled_from(WORDS[:6]), max_size=14)
    known, text = data.draw(st.lists(words, max_size=4)), data.draw(words)
    similar = data.draw(st.sampled_from([0.3, 0.5, 0.8, 1.0]))
    index = NearTexts(map(" ".join, known), similar, min_words=4)

    def runs(sequence):
        return {tuple(sequence[i : i + 3]) for i in range(len(sequence) - 2)}

    expected = []
    for i, other in enumerate(map(words_of, index.texts)):
        shared = len(runs(other) & runs(text))
        if len(text) >= 4 and shared >= similar * min(len(runs(other)), len(runs(text))) - 1e-9:
            expected.append(i)
    assert index.find(" ".join(text)) == expected


def test_thousands_of_sentences():
    """Each is found by its runs, not by comparing each with each."""
    rng = random.Random(0)
    sentences = [" ".join(f"w{rng.randrange(5000)}" for _ in range(20)) for _ in range(5_000)]
    index = NearTexts(sentences)
    assert [index.find(sentence) for sentence in sentences[:1000]] == [[i] for i in range(1000)]
