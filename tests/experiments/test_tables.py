"""Score tables: figures in percent, and metrics files that are not."""

import pytest
import srsly
from places import ROOT

from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.report.published import Published, read_published
from spacy_bioner.experiments.tables import (
    answering_table,
    answers_table,
    evaluation_tables,
    metrics_table,
    read_metrics,
    systems_table,
    systems_tables,
)
from spacy_bioner.scoring import score, to_dict
from spacy_bioner.text_tables import aligned, percent


@pytest.fixture
def metrics():
    gold = [(0, 4, "Drug"), (10, 14, "ADR"), (20, 24, "ADR")]
    return {**to_dict(score([("d", gold, [(0, 4, "Drug"), (10, 15, "ADR")])])), "speed": 12345.6}


def cells(table):
    return [line.split() for line in table.splitlines() if line.strip() and not line.startswith("-")]


def test_one_system(metrics):
    assert cells(metrics_table(metrics)) == [
        ["exact", "span", "P", "R", "F1", "TP", "FP", "FN"],
        ["ADR", "0.00", "0.00", "0.00", "0", "1", "2"],
        ["Drug", "100.00", "100.00", "100.00", "1", "0", "0"],
        ["all", "50.00", "33.33", "40.00", "1", "1", "2"],
        ["boundary", "50.00", "33.33", "40.00", "1", "1", "2"],
        ["partial", "75.00", "50.00", "60.00", "1.5", "0.5", "1.5"],
    ]


def test_several_systems(metrics):
    never_annotated = {"ents_p": None, "ents_r": None, "ents_f": None, "ents_per_type": None}
    assert cells(systems_table({"crf": metrics, "none": never_annotated})) == [
        ["system", "P", "R", "F1", "F1", "ADR", "F1", "Drug", "tokens/s"],
        ["crf", "50.00", "33.33", "40.00", "0.00", "100.00", "12,346"],
        ["none", "-", "-", "-", "-", "-", "-"],
    ]
    metrics_table(never_annotated)
    assert percent(None) == "-"


def test_many_types_are_rows():
    spans = [(i, i + 1, f"T{i}") for i in range(7)]
    systems = {name: to_dict(score([("d", spans, spans[:found])])) for name, found in (("some", 3), ("most", 6))}
    printed = cells(systems_table(systems))
    assert printed[0] == ["system", "P", "R", "F1", "tokens/s"]
    assert printed[3] == ["F1", "by", "type", "some", "most"]
    assert printed[4:] == [[f"T{i}", *(f"{100 * (i < n)}.00" for n in (3, 6))] for i in range(7)]


def test_a_system_against_others(metrics):
    better = {**metrics, "ents_f": 0.55}
    same = dict(metrics)
    printed = cells(systems_table({"base": metrics, "more": better, "same": same, "none": {"ents_f": None}}, "base"))
    assert [row[-2] for row in printed] == ["errors", "-", "-25.0%", "+0.0%", "-"]
    with pytest.raises(BionerError, match=r"B805.*base, more"):
        systems_tables({"base": metrics, "more": better}, "crf")


RELATIONS = {
    **{f"relations_{k}": value for k, value in zip("prf", (0.5, 0.25, 1 / 3), strict=True)},
    "relations_per_type": {"CID": {"p": 0.5, "r": 0.25, "f": 1 / 3, "tp": 1, "fp": 1, "fn": 3}},
    "relations_counts": {"tp": 1, "fp": 1, "fn": 3},
}
"""The scores of relations, as ``evaluate`` writes them."""


def test_scores_of_entities_that_were_given_are_in_no_table(metrics, tmp_path):
    perfect = {**to_dict(score([("d", [(0, 4, "Drug")], [(0, 4, "Drug")])])), "gold_entities": True}
    both, given = {**metrics, **RELATIONS}, {**perfect, **RELATIONS}
    found, related = map(cells, systems_tables({"both": both, "given": given, "ner": metrics}, "given"))
    assert [row[0] for row in found] == ["system", "both", "ner"]
    assert related == [
        ["relations", "P", "R", "F1", "errors", "tokens/s"],
        ["both", "50.00", "25.00", "33.33", "+0.0%", "12,346"],
        ["given,", "gold", "entities", "50.00", "25.00", "33.33", "-", "-"],
    ]
    (own,) = evaluation_tables(given)
    assert "relation between gold entities" in own
    assert [cells(table)[0][0] for table in evaluation_tables(both)] == ["exact", "relation"]
    srsly.write_json(tmp_path / "given.json", perfect)
    with pytest.raises(BionerError, match=r"B859.*given\.json"):
        read_metrics([tmp_path])


def test_files_and_folders_by_name(metrics, tmp_path):
    for name in ("b.json", "a.json"):
        srsly.write_json(tmp_path / name, metrics)
    assert list(read_metrics([tmp_path / "b.json", tmp_path / "a.json"])) == ["b", "a"]
    assert set(read_metrics([tmp_path])) == {"a", "b"}


@pytest.mark.parametrize(("content", "code"), [("{", "B802"), ("[]", "B802"), ('{"loss": 1}', "B802"), (None, "B801")])
def test_files_without_scores_are_named(tmp_path, content, code):
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BionerError, match=rf"{code}.*bad\.json"):
        read_metrics([path])


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(BionerError, match="B803"):
        read_metrics([tmp_path])


def test_columns_are_as_wide_as_their_longest_cell():
    name = "a long name of a system, from " * 3
    lines = aligned(("system", "F1"), [(name, "1.00"), ("b", "20.00")]).strip("\n").splitlines()
    assert len({line.rindex("0") for line in lines[2:]}) == 1
    assert lines[2].startswith(name)


ANSWERS = {"answers_em": 0.5, "answers_f1": 0.625, "answers_questions": 8}
BIOASQ = {
    **ANSWERS,
    **{"bioasq_strict": 0.25, "bioasq_lenient": 0.5, "bioasq_mrr": 0.375, "bioasq_ceiling": 0.75},
    **{"bioasq_questions": 4, "bioasq_answered": 3},
    "bioasq_official": {"bioasq_strict": 1 / 3, "bioasq_lenient": 2 / 3, "bioasq_mrr": 0.5},
}


def test_answers_of_one_system():
    assert cells(answers_table(ANSWERS))[1:] == [
        ["exact", "match", "50.00", "8", "questions", "to", "a", "text"],
        ["F1", "62.50"],
    ]
    table = answers_table(BIOASQ)
    assert "25.00   4 questions, 1 without an answer, which are wrong; answered ones alone 33.33" in table
    assert cells(table)[-1][:2] == ["ceiling", "75.00"]


def test_answers_of_several_systems_above_published_ones():
    given = [Published("BERT", corpus="4b", strict=27.33, lenient=44.72, mrr=33.77), Published("BERT", 80.0)]
    assert cells(answering_table({"squad": ANSWERS, "bioasq": BIOASQ}, given)) == [
        ["answers", "EM", "F1", "strict", "lenient", "MRR", "ceiling", "questions"],
        ["squad", "50.00", "62.50", "-", "-", "-", "-", "8"],
        ["bioasq", "50.00", "62.50", "25.00", "50.00", "37.50", "75.00", "4"],
        ["BERT,", "4b", "27.33", "44.72", "33.77"],
    ]


def test_published_answers_are_those_of_the_paper():
    """Table 8 of Lee et al. 2019: accuracies are whole numbers of questions, and MRR lies between them."""
    given = read_published(ROOT / "projects/questions/published.json")
    questions = {"BioASQ 4b": 161, "BioASQ 5b": 150, "BioASQ 6b": 161}
    assert len(given) == 18
    for one in given:
        assert one.strict < one.mrr < one.lenient
        right = [share * questions[one.corpus] / 100 for share in (one.strict, one.lenient)]
        assert [number == pytest.approx(round(number), abs=0.01) for number in right] == [True, True] or (
            one.system == "best before (Lee et al.)"
        )
    best = {one.corpus: one.mrr for one in given if one.system == "BioBERT v1.1 (PubMed)"}
    assert best == {"BioASQ 4b": 34.72, "BioASQ 5b": 51.64, "BioASQ 6b": 48.43}
