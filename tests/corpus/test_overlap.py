"""Shared words and word pieces, counted by hand."""

import pytest
from tiny_bert import PIECES, make_tokenizer

from spacy_bioner.corpus.overlap import overlap, overlap_text, vocabularies, word_pieces
from spacy_bioner.formats import Document, Mention
from spacy_bioner.pipeline.named_tokenizer import NamedTokenizer

TOKENIZER = NamedTokenizer("bio", sentences=False)


def document(text, *mentions, **settings):
    """A document whose mentions are given as (what is said, label), each where it is said first."""
    spans = [(text.index(said), len(said), label) for said, label in mentions]
    return Document(text, [Mention(start, start + length, label) for start, length, label in spans], **settings)


ENGLISH = [
    document("breast cancer, with aspirin", ("breast cancer", "Disease"), ("aspirin", "Drug")),
    document("cancer of the breast", ("cancer of the breast", "Disease")),
    document("No mention of asthma."),
]
OTHER = [document("Cancer of man is cancer", ("Cancer", "ADR"), ("of man", "ADR"), ("is cancer", "ADR"))]


def test_words_by_label_and_in_all():
    found = {"en": vocabularies(ENGLISH, TOKENIZER), "other": vocabularies(OTHER, TOKENIZER, {"ADR": "Disease"})}
    assert found["en"]["Disease"].units == {"breast": 2, "cancer": 2, "of": 1, "the": 1}
    assert found["other"]["Disease"].units == {"Cancer": 1, "of": 1, "man": 1, "is": 1, "cancer": 1}
    figures = overlap(found)
    assert figures["sizes"] == {
        "all": {
            "en": {"mentions": 3, "tokens": 7, "distinct": 5},
            "other": {"mentions": 3, "tokens": 5, "distinct": 5},
        },
        "Disease": {
            "en": {"mentions": 2, "tokens": 6, "distinct": 4},
            "other": {"mentions": 3, "tokens": 5, "distinct": 5},
        },
        "Drug": {
            "en": {"mentions": 1, "tokens": 1, "distinct": 1},
            "other": {"mentions": 0, "tokens": 0, "distinct": 0},
        },
    }
    # cancer and of, which the English mentions have three times
    assert figures["shares"]["Disease"]["en"]["other"] == {"distinct": 2 / 4, "tokens": 3 / 6}
    assert figures["shares"]["Disease"]["other"]["en"] == {"distinct": 2 / 5, "tokens": 2 / 5}
    assert figures["shares"]["all"]["en"]["other"] == {"distinct": 2 / 5, "tokens": 3 / 7}
    assert figures["shares"]["Drug"]["en"]["other"] == {"distinct": None, "tokens": None}
    assert figures["shares"]["Drug"]["en"]["en"] == {"distinct": 1.0, "tokens": 1.0}


def test_which_words_are_a_mentions():
    text = "IL-2R, left and right arm"
    mentions = [
        Mention(0, 4, "Gene"),  # cuts the token 2R
        Mention(7, 25, "Part", ((7, 11), (22, 25))),  # left ... arm
        Mention(16, 25, "Part"),
        Mention(22, 25, "Part"),  # nested
    ]
    found = vocabularies([Document(text, mentions)], TOKENIZER)
    assert found["Gene"].units == {"IL": 1, "-": 1, "2": 1}
    assert found["Part"].units == {"left": 1, "arm": 3, "right": 1}
    # A document's own tokens are kept.
    own = Document(text, mentions, tokens=[(0, 6), (7, 11), (12, 15), (16, 25)])
    assert vocabularies([own], TOKENIZER)["Part"].units == {"left": 1, "arm": 2, "right arm": 1}


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_word_pieces(tmp_path, kind):
    make_tokenizer(tmp_path)
    cut = word_pieces(str(tmp_path if kind == "folder" else tmp_path / "vocab.txt"))
    texts = [document("asthmaitis and Ωμ of", ("asthmaitis", "Disease"), ("Ωμ of", "Disease"))]
    assert vocabularies(texts, TOKENIZER, cut=cut)["all"].units == {"asthma": 1, "##itis": 1, "of": 1}


def test_a_vocabulary_of_lower_case(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(piece for piece in PIECES if not piece.isupper() or "[" in piece))
    texts = [document("Asthma", ("Asthma", "Disease"))]
    for lower, units in ((True, {"asthma": 1}), (False, {})):
        cut = word_pieces(str(tmp_path / "vocab.txt"), lower)
        assert vocabularies(texts, TOKENIZER, cut=cut)["all"].units == units


def test_the_tables_say_which_share_is_which():
    figures = overlap({"en": vocabularies(ENGLISH, TOKENIZER), "other": vocabularies(OTHER, TOKENIZER)})
    sizes, distinct, tokens = (part.splitlines() for part in overlap_text(figures, "words").split("\n%"))
    assert "corpus label mentions words distinct" in [" ".join(line.split()) for line in sizes]
    assert "distinct words of the row's mentions" in distinct[0]
    assert "each as often as it occurs" in tokens[0]
    assert ["en", "all", "100.00", "40.00"] in [line.split() for line in distinct]
    assert ["en", "all", "100.00", "42.86"] in [line.split() for line in tokens]
    assert ["other", "ADR", "-", "100.00"] in [line.split() for line in tokens]
