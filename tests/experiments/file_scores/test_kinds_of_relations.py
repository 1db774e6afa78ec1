"""Relations of files are compared in every format that holds them, between mentions as between concepts."""

import warnings
from dataclasses import replace

import pytest

from spacy_bioner.documents.document import Relation
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files
from spacy_bioner.formats import Document, Mention, ProblemLog, read, write

TEXT = "Naloxone caused itching.\nThe itching stopped."
FORMATS = ("brat", "jsonl", "docbin", "pubtator", "bioc", "bioc_json", "label_studio", "parquet")


def document(concepts=("D1", "E1", "E1"), name="1"):
    places = ((0, 8, "Drug"), (16, 23, "ADR"), (29, 36, "ADR"))
    mentions = [
        Mention(*place, id=f"T{i}", concepts=tuple(concept.split()))
        for i, (place, concept) in enumerate(zip(places, concepts, strict=True), 1)
    ]
    relations = [Relation("causes", (("Arg1", "T1"), ("Arg2", name)), f"R{name}") for name in ("T2", "T3")]
    return Document(TEXT, mentions, name, relations=relations)


def of_concepts(one, *pairs):
    relations = [Relation("causes", (("Arg1", a), ("Arg2", b)), of_concepts=True) for a, b in pairs]
    return replace(one, relations=relations)


def scored(gold, *found):
    matches, _ = match_documents(gold, found)
    names = [f"s{i}" for i in range(len(found))]
    figures = score_files(matches, names, trials=20)["relations"]["systems"]
    return [tuple(figures[name]["relations_counts"].values()) for name in names]


def written(one, format, tmp_path):
    if format == "parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / format
    write([one], path, format, report=ProblemLog("skip"))
    return list(read(path, format, report=ProblemLog("skip")))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", ["mentions", "concepts"])
def test_a_file_against_itself_is_right(format, kind, tmp_path):
    one = document() if kind == "mentions" else of_concepts(document(), ("D1", "E1"), ("E1", "D1"), ("E1", "E1"))
    back = written(one, format, tmp_path)
    if not back[0].relations:
        assert kind == "concepts"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scored(back, back) == [(len(back[0].relations), 0, 0)]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("gold", FORMATS)
def test_relations_score_the_same_in_every_format(format, gold, tmp_path):
    (truth,) = written(document(), gold, tmp_path / "gold")
    (found,) = written(document(), format, tmp_path / "found")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (counts,) = scored([truth], [found])
        assert counts[0] > 0
        assert counts[1:] == (0, 0)
        # The relation of one mention is missing: as a relation of concepts it is there still.
        (fewer,) = written(replace(document(), relations=document().relations[:1]), format, tmp_path / "fewer")
        (counts,) = scored([truth], [fewer])
        assert counts in ((1, 0, 0), (1, 0, 1))


def test_all_sets_are_compared_with_one_gold():
    wrong = of_concepts(document(), ("D1", "E2"))
    assert scored([document()], [document()]) == [(2, 0, 0)]
    assert scored([document()], [document()], [wrong]) == [(1, 0, 0), (0, 1, 1)]


@pytest.mark.parametrize("concepts", [("", "", ""), ("D1 D2", "E1", "E1")])
def test_gold_relations_that_are_not_comparable_are_told(concepts):
    with pytest.warns(UserWarning, match=r"\[B854\] 2 gold relations .* of s1 "):
        assert scored([document(concepts)], [document()], [of_concepts(document(), ("D1", "E1"))])[1] == (0, 1, 2)


def test_a_gold_without_concepts_of_mentions_is_told():
    gold = of_concepts(document(("", "", "")), ("D1", "E1"))
    with pytest.warns(UserWarning, match=r"\[B855\].* of s0 "):
        assert scored([gold], [document()]) == [(0, 2, 1)]
