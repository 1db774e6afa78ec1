"""Blocks that learn from word vectors: clusters, and the votes of the nearest training words."""

import numpy as np
import pytest
import srsly
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vectors import Vectors
from spacy.vocab import Vocab

from spacy_bioner.documents.declared_types import declare_types
from spacy_bioner.errors import BionerError
from spacy_bioner.pipeline.crf.features.clusters import ClusterFeatures
from spacy_bioner.pipeline.crf.features.neighbours import NeighbourFeatures
from spacy_bioner.pipeline.crf.features.word_vectors import word_vectors


def make_vocab(words, rows):
    vocab = Vocab()
    for word in words:
        vocab.strings.add(word)
    vocab.vectors = Vectors(strings=vocab.strings, data=np.array(rows, dtype="float32"), keys=words)
    return vocab


def groups(sizes, seed=0):
    """Words a0, a1, ... and b0, ... whose vectors lie in as many directions as there are sizes."""
    rng = np.random.default_rng(seed)
    words = [f"{letter}{i}" for letter, size in sizes.items() for i in range(size)]
    centres = {letter: 5 * np.eye(8)[i] for i, letter in enumerate(sizes)}
    rows = [(centres[word[0]] + rng.normal(size=8) * 0.1) * rng.uniform(0.1, 9) for word in words]
    return words, rows


def examples_of(vocab, words, tags):
    doc = Doc(vocab, words=words, ents=[tag if tag != "-" else "O" for tag in tags])
    missing = [doc[i : i + 1] for i, tag in enumerate(tags) if tag == "-"]
    doc.set_ents([], missing=missing, default="unmodified")
    return [Example(Doc(vocab, words=words), doc)]


def again(block):
    """The block after its state went through msgpack."""
    other = type(block)(**block.settings)
    other.from_state(srsly.msgpack_loads(srsly.msgpack_dumps(block.to_state())))
    return other


def test_word_vectors_have_length_1_and_leave_out_zeros():
    words, rows = word_vectors(make_vocab(["a", "b", "c"], [[3, 4], [0, 0], [0, -2]]), "Block")
    assert words == ["a", "c"]
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, -1]], atol=1e-7)
    words, rows = word_vectors(Vocab(), "Block")
    assert (words, rows.shape) == ([], (0, 0))


def test_words_of_one_direction_share_a_cluster():
    words, rows = groups({"a": 10, "b": 10})
    block = ClusterFeatures(sizes=[2, 5], seed=1)
    block.initialize(make_vocab(words, rows), [])
    first = {letter: {block.of_word(word)[0] for word in words if word[0] == letter} for letter in "ab"}
    assert {frozenset(found) for found in first.values()} == {frozenset(["c2=0"]), frozenset(["c2=1"])}
    assert len({block.of_word(word)[1] for word in words}) == 5
    assert block.of_word("A3") == block.of_word("a3")
    assert block.of_word("unseen") == ["c2=-", "c5=-"]


def test_clusters_are_the_same_again_and_after_saving():
    words, rows = groups({"a": 30, "b": 30, "c": 30})
    blocks = [ClusterFeatures(sizes=[3, 20]) for _ in range(2)]
    for block in blocks:
        block.initialize(make_vocab(words, rows), [])
    for other in (blocks[1], again(blocks[0])):
        assert [blocks[0].of_word(word) for word in words] == [other.of_word(word) for word in words]


def test_more_clusters_than_words_are_as_many_as_words():
    words, rows = groups({"a": 3})
    block = ClusterFeatures(sizes=[100])
    block.initialize(make_vocab(words, rows), [])
    assert len({block.of_word(word)[0] for word in words}) == 3


@pytest.mark.parametrize("block", [ClusterFeatures(), NeighbourFeatures()], ids=lambda block: type(block).__name__)
def test_without_vectors_there_are_no_features_and_the_log_says_so(block, caplog):
    block.initialize(Vocab(), examples_of(Vocab(), ["a"], ["B-X"]))
    assert "no word vectors" in caplog.text
    assert block.of_word("a") == again(block).of_word("a") == []


def test_the_nearest_training_words_vote():
    words, rows = groups({"a": 6, "b": 6})
    vocab = make_vocab(words, rows)
    block = NeighbourFeatures(nearest=4, steps=10)
    # a0 to a4 are Drugs but for one of the two mentions of a4; b0 to b4 are not; a5 and b5 are new
    train = [*words[:5], "a4", *words[6:11]]
    block.initialize(vocab, examples_of(vocab, train, ["B-Drug"] * 4 + ["B-Drug", "O"] + ["O"] * 5))
    assert block.of_word("b5") == ["near-Drug=0"]
    assert block.of_word("a5") in (["near-Drug=9"], ["near-Drug=10"])
    assert block.of_word("B5") == block.of_word("b5")
    assert block.of_word("unseen") == ["near=-"]
    assert [again(block).of_word(word) for word in words] == [block.of_word(word) for word in words]


def block_of_four(tags):
    """Return a block that learned the tags of four near words, a0 to a3."""
    words, rows = groups({"a": 4})
    vocab = make_vocab(words, rows)
    block = NeighbourFeatures(nearest=3, steps=10)
    block.initialize(vocab, examples_of(vocab, words, tags))
    return block


def test_a_word_does_not_vote_on_itself():
    block = block_of_four(["B-Drug", "O", "O", "O"])
    assert block.of_word("a0") == ["near-Drug=0"]
    assert block.of_word("a1") != ["near-Drug=0"]


def test_the_vote_is_a_mean_weighted_by_nearness():
    vocab = make_vocab(["x", "near", "far"], [[1, 0], [0.8, 0.6], [0, 1]])
    block = NeighbourFeatures(nearest=2, steps=255)
    block.initialize(vocab, examples_of(vocab, ["near", "far"], ["B-A", "B-B"]))
    weights = np.exp(np.array([0.8, 0.0]) / 0.1)
    assert block.of_word("x") == [
        f"near-{label}={round(255 * share)}" for label, share in zip("AB", weights / weights.sum(), strict=True)
    ]


def test_tokens_whose_tag_is_not_known_have_no_vote():
    block = block_of_four(["B-Drug", "-", "-", "B-Drug"])
    assert block.of_word("a1") == ["near-Drug=10"]


def declared(vocab, words, tags, types):
    """Return an example whose document declares these types."""
    (example,) = examples_of(vocab, words, tags)
    declare_types(example.reference, types)
    return example


def test_a_token_counts_towards_labels_that_its_document_declares():
    """What other corpora, of other labels, are added must not lower the share of a label."""
    words, rows = groups({"a": 4, "b": 4})
    vocab = make_vocab(words, rows)
    genes = declared(vocab, words, ["B-Gene"] * 3 + ["O"] * 5, ["Gene"])
    diseases = declared(vocab, words, ["B-Gene"] + ["O"] * 5 + ["B-Disease"] * 2, ["Disease"])  # a Gene by mistake
    only = declared(vocab, ["a1"], ["O"], ["Disease"])
    found = {}
    for name, examples in {"Gene": [genes], "Disease": [diseases, only], "both": [genes, diseases, only]}.items():
        block = NeighbourFeatures(nearest=3, steps=100)
        block.initialize(vocab, examples)
        found[name] = {word: set(block.of_word(word)) for word in words}
    assert found["both"] == {word: found["Gene"][word] | found["Disease"][word] for word in words}
    assert found["both"]["a3"] == {"near-Disease=0", "near-Gene=100"}


def test_a_word_of_other_corpora_alone_has_no_vote():
    names = ["x", "above", "below", "beside", "far"]
    vocab = make_vocab(names, [[1, 0, 0], [0.8, 0.6, 0], [0.8, -0.6, 0], [0, 0, 1], [-1, 0, 0]])
    block = NeighbourFeatures(nearest=2, steps=10)
    genes = declared(vocab, ["above", "far"], ["B-Gene", "O"], ["Gene"])
    diseases = declared(vocab, ["below", "beside"], ["B-Disease", "O"], ["Disease"])
    block.initialize(vocab, [genes, diseases])
    assert block.of_word("x") == ["near-Disease=10", "near-Gene=10"]  # of above and below
    block.initialize(vocab, [genes, declared(vocab, ["below", "beside"], ["O", "B-Disease"], ["Disease"])])
    assert block.of_word("x") == ["near-Disease=0", "near-Gene=10"]


def test_one_training_word_has_nobody_to_ask():
    words, rows = groups({"a": 2})
    vocab = make_vocab(words, rows)
    block = NeighbourFeatures()
    block.initialize(vocab, examples_of(vocab, ["a0"], ["B-Drug"]))
    assert block.of_word("a0") == ["near-Drug=0"]


def test_wrong_settings_are_named():
    with pytest.raises(BionerError, match="B406"):
        ClusterFeatures(sizes=[10, 0])
    with pytest.raises(BionerError, match="B405"):
        NeighbourFeatures(nearest=0)
    with pytest.raises(BionerError, match="B405"):
        NeighbourFeatures(steps=256)
