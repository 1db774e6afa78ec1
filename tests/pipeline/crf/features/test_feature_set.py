import pickle

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf.features.abbreviations import AbbreviationFeatures
from spacy_bioner.pipeline.crf.features.affixes import AffixFeatures
from spacy_bioner.pipeline.crf.features.bigrams import BigramFeatures
from spacy_bioner.pipeline.crf.features.dictionary import DictionaryFeatures
from spacy_bioner.pipeline.crf.features.feature_set import FeatureSet
from spacy_bioner.pipeline.crf.features.words import WordFeatures

VOCAB = Vocab()


def extract(blocks, text, lengths):
    doc = Doc(VOCAB, words=text.split())
    return [sorted(names) for sequence in FeatureSet(blocks).of_doc(doc, lengths) for names in sequence]


def test_a_word_is_seen_from_its_neighbours_by_its_offset():
    assert extract({"words": WordFeatures(window=[-1, 0, 2])}, "a b c", [3]) == [
        ["-1:BEFORE", "0:text=a", "2:text=c"],
        ["-1:text=a", "0:text=b", "2:AFTER"],
        ["-1:text=b", "0:text=c", "2:AFTER"],
    ]


def test_a_token_does_not_see_beyond_its_sequence():
    assert extract({"words": WordFeatures(window=[-1, 1])}, "a b c", [2, 1]) == [
        ["-1:BEFORE", "1:text=b"],
        ["-1:text=a", "1:AFTER"],
        ["-1:BEFORE", "1:AFTER"],
    ]


def test_pairs_name_their_offsets():
    blocks = {"lower": WordFeatures(form="lower", window=[]), "pairs": BigramFeatures(pairs=[[-1, 0], [0, 1]])}
    assert extract(blocks, "A B", [2]) == [
        ["-1,0:BEFORE|lower=a", "0,1:lower=a|lower=b"],
        ["-1,0:lower=a|lower=b", "0,1:lower=b|AFTER"],
    ]


def test_document_features_keep_to_the_sequence_too():
    blocks = {
        "lower": WordFeatures(form="lower", window=[]),
        "short": AbbreviationFeatures(of=["lower"], window=[-1, 0]),
    }
    found = extract(blocks, "ovarian cancer ( OC ) OC", [5, 1])
    assert found[4] == ["-1:long:lower=cancer", "-1:short"]
    assert found[5] == ["0:long:lower=cancer", "0:short"]


def test_blocks_that_are_none_are_left_out_and_not_borrowed_from():
    blocks = {
        "lower": WordFeatures(form="lower"),
        "affixes": None,
        "short": AbbreviationFeatures(of=["lower", "affixes"]),
    }
    assert list(FeatureSet(blocks).blocks) == ["lower", "short"]
    assert extract(blocks, "ovarian cancer ( OC )", [5])[3] == ["0:long:lower=cancer", "0:lower=oc", "0:short"]


@pytest.mark.parametrize(
    ("code", "blocks"),
    [
        ("B402", {}),
        ("B402", {"lower": None}),
        ("B402", {"lower": WordFeatures(window=[])}),
        ("B401", {"words": WordFeatures(), "pairs": BigramFeatures(of="lower")}),
        ("B401", {"words": WordFeatures(), "pairs": BigramFeatures(of="pairs")}),
        ("B401", {"lower": None, "words": WordFeatures(), "pairs": BigramFeatures(of="lower")}),
        ("B401", {"words": WordFeatures(), "short": AbbreviationFeatures(of=["hits"]), "hits": DictionaryFeatures()}),
    ],
)
def test_what_does_not_fit_together_is_refused(code, blocks):
    with pytest.raises(BionerError, match=code):
        FeatureSet(blocks)


def test_settings_name_every_block():
    assert FeatureSet({"words": WordFeatures(), "ends": AffixFeatures(prefixes=[], suffixes=[2])}).settings == {
        "words": {"block": "WordFeatures", "window": [0], "form": "text"},
        "ends": {"block": "AffixFeatures", "window": [0], "prefixes": [], "suffixes": [2]},
    }


def test_it_can_be_sent_to_another_process():
    features = FeatureSet({"lower": WordFeatures(form="lower"), "pairs": BigramFeatures()})
    doc = Doc(VOCAB, words=["a", "b"])
    expected = list(features.of_doc(doc, [2]))
    assert list(pickle.loads(pickle.dumps(features)).of_doc(doc, [2])) == expected
