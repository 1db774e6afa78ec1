"""Harmonised files declare the types that were looked for, and a system has no vote on other types."""

from dataclasses import replace

import pytest

from spacy_bioner.corpus.relabel import relabelled
from spacy_bioner.corpus.silver.harmonize import Harmonized, Rules, harmonize
from spacy_bioner.documents.declared_types import TYPES, read_types, with_types
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files
from spacy_bioner.formats import Document, Mention

TEXT = "Aspirin treats asthma and gout ."


def system(types, *marked, **scores):
    """Return a document. types: its declared types, or None; marked: words and labels, as in "gout/Disease"."""
    mentions = []
    for word, label in (one.split("/") for one in marked):
        start = TEXT.index(word)
        mentions.append(Mention(start, start + len(word), label, score=scores.get(word)))
    return Document(TEXT, mentions, "1", meta=with_types({"year": 1}, types))


def run(systems, **rules):
    result = Harmonized()
    (document,) = harmonize([[one] for one in systems], Rules(**rules), result)
    return document, result.counts


def said(document):
    return [f"{document.text_of(m)}/{m.label}" for m in document.mentions]


BOTH = system(["CHEM", "Disease"], "Aspirin/CHEM", "asthma/Disease", "gout/Disease")
DRUGS = system(["Drug"], "Aspirin/Drug")


@pytest.mark.parametrize("method", ["vote", "priority", "score"])
@pytest.mark.parametrize("systems", [[BOTH], [BOTH, DRUGS], [BOTH, replace(BOTH)]])
@pytest.mark.parametrize("labels", [{}, {"CHEM": "Drug"}, {"CHEM": None}, {"*": None, "Disease": "D"}])
def test_new_labels_are_those_of_every_other_command(method, systems, labels):
    expected = [relabelled(one, labels) for one in systems]
    document, counts = run(systems, labels=labels, method=method)
    assert read_types(document.meta) == frozenset().union(*(read_types(one.meta) for one in expected))
    assert {mention.label for mention in document.mentions} <= read_types(document.meta)
    assert counts["unlabelled"] == sum(len(one.mentions) for one in systems) - sum(
        len(one.mentions) for one in expected
    )
    assert document.meta["year"] == 1
    # A perfect prediction has perfect scores.
    matches, _ = match_documents([document], [[Document(TEXT, document.mentions, "1")]])
    figures = score_files(matches, ["x"], trials=10)["systems"]["x"]["ents_counts"]
    assert figures == {"tp": len(document.mentions), "fp": 0, "fn": 0}


@pytest.mark.parametrize("systems", [[BOTH], [BOTH, DRUGS], [DRUGS, BOTH]])
def test_an_unknown_label_is_refused(systems):
    with pytest.raises(BionerError, match="B743"):
        run(systems, labels={"CHEM": "?"}, votes=1)


def test_a_system_that_looked_for_all_leaves_all_declared():
    for systems in ([BOTH, system(None, "gout/Disease")], [system(None), BOTH]):
        document, _ = run(systems)
        assert document.meta == {"year": 1}


def test_a_label_needs_the_majority_of_those_who_look_for_it():
    other = system(["Disease"], "gout/Disease")
    silent = system(["Drug"])
    labels = {"CHEM": "Drug"}
    # Drug: two of three (BOTH, DRUGS); asthma: one of two; gout: two of two.
    document, counts = run([BOTH, DRUGS, silent, other], labels=labels)
    assert said(document) == ["Aspirin/Drug", "gout/Disease"]
    assert (counts["places"], counts["below"], counts["kept"]) == (3, 1, 2)
    # Without declared types all four vote on everything.
    blind = [replace(one, meta={}) for one in (BOTH, DRUGS, silent, other)]
    document, counts = run(blind, labels=labels)
    assert said(document) == []
    assert counts["below"] == 3


def test_a_vote_of_one_type_does_not_weaken_another():
    chemists = [system(["Drug", "CHEM"], "Aspirin/CHEM")] * 2
    drugs = [system(["Drug"])] * 4
    assert said(run([*chemists, *drugs])[0]) == ["Aspirin/CHEM"]
    # Another label of the same place, with too few votes, takes nothing from the label that has enough.
    assert said(run([*chemists, *drugs, DRUGS])[0]) == ["Aspirin/CHEM"]


def test_a_number_of_votes_is_that_of_systems_that_look_for_the_label():
    document, counts = run([BOTH, DRUGS], labels={"CHEM": "Drug"}, votes=2)
    assert said(document) == ["Aspirin/Drug"]
    # Diseases cannot have two votes, so that the document says nothing of them.
    assert document.meta[TYPES] == "Drug"
    assert counts["below"] == 2
    document, _ = run([BOTH, DRUGS, system(None, "gout/Disease")], labels={"CHEM": "Drug"}, votes=2)
    assert said(document) == ["Aspirin/Drug", "gout/Disease"]
    assert document.meta[TYPES] == "Disease|Drug"


def test_a_mean_score_is_that_of_those_who_look_for_the_label():
    one = system(["Drug", "Disease"], "Aspirin/Drug", "gout/Disease", Aspirin=0.9, gout=0.6)
    document, counts = run([one, system(["Drug"])], method="score")
    assert said(document) == ["gout/Disease"]
    assert document.mentions[0].score == pytest.approx(0.6)
    assert counts["low"] == 1
    assert said(run([one, system(None)], method="score")[0]) == []


def test_a_mention_of_a_type_that_is_not_declared_is_not_lost():
    wrong = system(["Drug"], "gout/Disease")
    assert said(run([wrong, DRUGS, DRUGS])[0]) == ["Aspirin/Drug", "gout/Disease"]


@pytest.mark.parametrize("method", ["priority", "score", "vote"])
def test_repeats_in_a_file_count_once(method):
    twice = Document("Aspirin", [Mention(0, 7, "Drug", concepts=(c,)) for c in "AB"], "1")
    for systems in ([twice, Document("Aspirin", [], "1")], [Document("Aspirin", [], "1"), twice], [twice, twice]):
        document, counts = run(systems, method=method, **({"votes": 1} if method == "vote" else {}))
        assert [one.concepts for one in document.mentions] == [("A", "B")]
        assert all(number >= 0 for number in counts.values())
        assert (counts["places"], counts["overlapping"], counts["kept"]) == (1, 0, 1)
