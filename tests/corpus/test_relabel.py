"""Other labels: what is mapped, what is left out, what stays."""

import pytest

from spacy_bioner.corpus.relabel import new_types, relabelled
from spacy_bioner.formats import Document, Mention

DOCUMENT = Document(
    "a b c d",
    [Mention(0, 1, "ADR", id="T1", concepts=("C1",)), Mention(2, 3, "Drug"), Mention(4, 7, "Age", ((4, 5), (6, 7)))],
    id="x",
    meta={"year": 2020},
)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ["ADR", "Drug", "Age"]),
        ({"ADR": "Disease", "Gene": "DNA"}, ["Disease", "Drug", "Age"]),
        ({"ADR": "Drug", "Drug": "ADR"}, ["Drug", "ADR", "Age"]),
        ({"ADR": None, "Age": ""}, ["Drug"]),
        ({"ADR": "Disease", "*": None}, ["Disease"]),
        ({"ADR": "ADR", "*": "Other"}, ["ADR", "Other", "Other"]),
    ],
)
def test_labels(labels, expected):
    assert [mention.label for mention in relabelled(DOCUMENT, labels).mentions] == expected
    assert [mention.label for mention in DOCUMENT.mentions] == ["ADR", "Drug", "Age"]


def test_all_else_stays():
    changed = relabelled(DOCUMENT, {"ADR": "Disease", "Drug": None})
    assert changed.mentions == [
        Mention(0, 1, "Disease", id="T1", concepts=("C1",)),
        Mention(4, 7, "Age", ((4, 5), (6, 7))),
    ]
    assert (changed.text, changed.id, changed.meta) == (DOCUMENT.text, DOCUMENT.id, DOCUMENT.meta)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"ADR:Negated": "ADR-negated"}, ["ADR-negated", "ADR", "ADR"]),
        ({"ADR:Certainty:low": None, "ADR:Certainty": "ADR-unsure"}, ["ADR", "ADR-unsure"]),
        ({"ADR:Negated": "ADR-negated", "*": None}, ["ADR-negated"]),
        ({"ADR:Negated": None, "ADR": "Disease"}, ["Disease", "Disease"]),
    ],
)
def test_labels_of_mentions_with_an_attribute(labels, expected):
    facts = [(("Negated", ""),), (("Certainty", "high"),), (("Certainty", "low"),)]
    document = Document("a b c", [Mention(2 * i, 2 * i + 1, "ADR", attributes=pairs) for i, pairs in enumerate(facts)])
    assert [mention.label for mention in relabelled(document, labels).mentions] == expected


def test_declared_types_have_the_labels_of_attributes():
    assert new_types({"ADR", "Drug"}, {"ADR:Negated": "ADR-negated"}) == {"ADR", "ADR-negated", "Drug"}
