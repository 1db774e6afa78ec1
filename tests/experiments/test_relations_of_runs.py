"""Relations of saved runs: by task, compared, and pooled; of files against files."""

from types import SimpleNamespace

import pytest
import spacy
from related_runs import FOUND, GOLD, add_related_run, document
from runs_on_disk import add_run
from spacy.tokens import Span
from spacy.training import Example

from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Relation
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.analysis.confidence import scored_entities
from spacy_bioner.experiments.analysis.relation_errors import KINDS, pair_relation_errors, relation_cases
from spacy_bioner.experiments.analysis.units import relation_units
from spacy_bioner.experiments.comparison.compare import compare_runs, comparison_text
from spacy_bioner.experiments.evaluation import predictions
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.scores import score_files, scores_text
from spacy_bioner.experiments.runs import by_task, of_tasks, read_runs
from spacy_bioner.formats import Document, Mention


@pytest.fixture
def runs(tmp_path):
    for system in FOUND:
        add_related_run(tmp_path / system, system, fold=0, gold_entities=True)
    return read_runs([tmp_path])


def test_runs_with_gold_entities_count_for_their_relations_alone(runs, tmp_path):
    tasks = by_task(runs)
    assert list(tasks) == ["relations"]
    assert [run.scores["f"] for run in tasks["relations"]] == [pytest.approx(2 / 7), pytest.approx(0.8)]
    add_related_run(tmp_path / "all/net", "net")
    both = by_task(read_runs([tmp_path / "all"]))
    assert [(task, some[0].scores["f"] == 1) for task, some in both.items()] == [
        ("entities", True),
        ("relations", False),
    ]


def test_runs_with_gold_entities_and_no_other_score_state_nothing(tmp_path):
    add_run(tmp_path / "linker", gold_entities=True)
    runs = read_runs([tmp_path])
    assert of_tasks(runs[0]) == []
    with pytest.raises(BionerError, match=r"B859.*linker"):
        by_task(runs)
    with pytest.raises(BionerError, match="B859"):
        compare_runs([tmp_path])


def test_compare(runs, tmp_path):
    figures = compare_runs([tmp_path], trials=200)
    assert list(figures) == ["relations"]
    related = figures["relations"]
    assert related["systems"]["net"]["counts"] == {"tp": 1, "fp": 3, "fn": 2}
    assert related["systems"]["net"]["errors"] == dict(zip(KINDS, (0, 1, 1, 1), strict=True))
    assert related["systems"]["rules"]["errors"] == dict(zip(KINDS, (1, 0, 0, 0), strict=True))
    assert related["systems"]["rules"]["per_type"]["treats"]["f"] == 1.0
    assert related["systems"]["rules"]["confidence"]["calibration_error"] == pytest.approx(0.2)
    (pair,) = related["pairs"]
    assert (pair["systems"], pair["difference"]) == (["net", "rules"], pytest.approx(0.8 - 2 / 7))
    text = comparison_text(figures)
    assert "wrong direction" in text
    assert "mean of runs" in text
    assert "R seen" not in text


def test_scored_relations_are_right_where_both_ends_and_the_label_are(runs):
    found = scored_entities(by_task(runs)["relations"][:1])
    assert (found.gold, found.unscored) == (3, 0)
    assert sorted(found.entities) == [(0.55, False), (0.6, False), (0.7, False), (0.9, True)]


def test_cases_hold_the_sentence_the_pair_and_the_right_relations_beside(runs):
    first, second, third = relation_cases(by_task(runs)["relations"][0])
    assert [kind for kind, *_ in first.errors + second.errors + third.errors] == [KINDS[2], KINDS[3], KINDS[1]]
    assert second.text == "Rash followed penicillin."
    assert [(arc.label, arc.right, arc.score) for arc in first.found] == [("causes", True, 0.9), ("causes", False, 0.6)]
    ((_, i, j),) = first.errors
    wanted, got = first.gold[i], first.found[j]
    assert [first.mentions[n].start for n in (wanted.head, wanted.tail)] == [
        first.text.index(w) for w in ("digoxin", "angina")
    ]
    assert (wanted.head, wanted.tail) == (got.head, got.tail)
    ((_, i, j),) = third.errors
    assert (i, third.found[j].label) == (-1, "causes")


def test_concepts_are_drawn_between_their_nearest_mentions():
    text = "Aspirin. Asthma came with aspirin. Aspirin."
    starts = [0, 26, 35]
    mentions = [Mention(start, start + 7, "Drug", concepts=("D1",), id=f"T{start}") for start in starts]
    mentions.append(Mention(9, 15, "Disease", concepts=("E1",), id="T9"))
    gold = Document(text, mentions, relations=[Relation("CID", (("a", "D1"), ("b", "E1")), of_concepts=True)])
    found = Document(text, mentions, relations=[Relation("CID", (("a", "T35"), ("b", "T9")), score=0.5)])
    units = relation_units(gold, found)
    assert units.gold == units.found == [(-1, -1, "CID", (-1, -1, "D1"), (-1, -1, "E1"))]
    assert pair_relation_errors(units.gold, []) == [(KINDS[0], 0, -1)]

    run = SimpleNamespace(task="relations", scores={"directed": True}, pairs=lambda: [(gold, Document(text, mentions))])
    (case,) = relation_cases(run)
    (arc,) = case.gold
    assert (case.mentions[arc.head].start, case.mentions[arc.tail].start) == (0, 9)


def test_files_against_files():
    gold = [document(i, related) for i, related in enumerate(GOLD)]
    others = [[document(i, related) for i, related in enumerate(found)] for found in FOUND.values()]
    matches, _ = match_documents(gold, others)
    figures = score_files(matches, list(FOUND), trials=200)
    assert figures["relations"]["systems"]["net"]["relations_counts"] == {"tp": 1, "fp": 3, "fn": 2}
    assert scores_text(figures).count("p (3 documents)") == 2
    undirected = score_files(matches, list(FOUND), trials=200, directed=False)
    assert undirected["relations"]["systems"]["net"]["relations_counts"] == {"tp": 2, "fp": 2, "fn": 1}
    spaced = Document("\n" + gold[1].text.replace(" ", "  "), [], "doc-1")
    spaced.mentions = [
        Mention(spaced.text.index(words), spaced.text.index(words) + len(words), label, id=f"T{i}")
        for i, (words, label) in enumerate((("Rash", "Disease"), ("penicillin", "Drug")))
    ]
    spaced.relations = gold[1].relations
    only = score_files(match_documents(gold[1:2], [[spaced]])[0], ["x"], trials=200)
    assert only["relations"]["systems"]["x"]["relations_f"] == 1.0
    assert "causes" in scores_text(only)
    assert "relations" not in score_files(match_documents(gold[2:], [gold[2:]])[0], ["x"], trials=200)


def test_predicted_relations_name_predicted_mentions():
    doc = spacy.blank("en")("Aspirin caused asthma.")
    doc.set_ents([Span(doc, 0, 1, "Drug"), Span(doc, 2, 3, "Disease")])
    set_relations(doc, [RelationSpans(doc[0:1], doc[2:3], "causes", 0.75)])
    (predicted,) = predictions([Example(doc, doc)])
    assert relation_units(predicted, predicted).found == [(0, 21, "causes", (0, 7, "Drug"), (15, 21, "Disease"))]
    assert relation_units(predicted, predicted).scored[0][0] == 0.75
