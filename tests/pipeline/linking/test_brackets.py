"""Names in brackets: which mentions name each other, and time that grows with the text."""

import pytest
from growth import check_growth, timed
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from spacy_bioner.pipeline.linking.brackets import names_in_brackets


@pytest.mark.parametrize(
    ("words", "labels", "expected"),
    [
        (["phlorizin", "(", "P", ")"], "DD", {("D", "P"): "phlorizin", ("D", "phlorizin"): "P"}),
        (["phlorizin", "[", "P", "]"], "DD", {("D", "P"): "phlorizin", ("D", "phlorizin"): "P"}),
        (["phlorizin", "(", "P", ")"], "DE", {}),
        (["phlorizin", "and", "P", "."], "DD", {}),
    ],
)
def test_mentions_beside_a_bracket(words, labels, expected):
    doc = Doc(Vocab(), words=words, spaces=[True, words[1] == "and", False, False])
    assert names_in_brackets([Span(doc, 0, 1, labels[0]), Span(doc, 2, 3, labels[1])]) == expected


def test_time_grows_with_the_text():
    vocab = Vocab()

    def seconds(n):
        doc = Doc(vocab, words=["aspirin", "(", "ASA", ")"] * n)
        spans = [Span(doc, i, i + 1, "Drug") for i in range(0, len(doc), 2)]
        return timed(names_in_brackets, spans)

    check_growth(seconds, 300, least=0.002)
