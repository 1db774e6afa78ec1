"""Mistakes by type, string and document, counted by hand; and the table of all errors."""

from runs_on_disk import add_run

from spacy_bioner.experiments.analysis.mistakes import COLUMNS, NONE, error_rows, mistakes_of


def test_counts_of_the_dictionary(tmp_path):
    found = mistakes_of([add_run(tmp_path, "dictionary", fold=1, seed=0)])
    assert found.types == {
        ("Drug", "Drug"): 2,
        ("ADR", NONE): 2,
        ("Drug", NONE): 1,
        (NONE, "Drug"): 1,
        ("ADR", "Drug"): 1,
    }
    assert found.missed == {
        ("ADR", "bad rash"): 1,
        ("Drug", "digoxin"): 1,
        ("ADR", "stomach pain"): 1,
        ("ADR", "fever"): 1,
    }
    assert found.invented == {("Drug", "<script>"): 1, ("Drug", "fever"): 1}
    assert found.gold["Drug", "aspirin"] == found.found["Drug", "aspirin"] == 1
    assert [(one.id, one.tp, one.fp, one.fn, one.errors) for one in found.documents.values()] == [
        ("doc-0", 1, 0, 1, 1),
        ("doc-1", 0, 1, 1, 2),
        ("doc-2", 1, 1, 2, 3),
    ]


def test_seeds_are_summed_and_counts_agree_with_the_scores(tmp_path):
    runs = [add_run(tmp_path / str(seed), "crf", seed=seed) for seed in (0, 1)]
    found = mistakes_of(runs)
    counts = runs[0].scores["counts"]
    for name in ("tp", "fp", "fn"):
        assert sum(getattr(one, name) for one in found.documents.values()) == 2 * counts[name]
    assert [one.id for one in found.documents.values()] == ["doc-0", "doc-1", "doc-2"]
    assert found.missed.total() == 2 * counts["fn"]
    assert found.invented.total() == 2 * counts["fp"]


def test_documents_of_two_folds_are_not_joined(tmp_path):
    found = mistakes_of([add_run(tmp_path, "crf", fold=fold, seed=0) for fold in (0, 1)])
    assert len(found.documents) == 6


def test_rows_of_errors(tmp_path):
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in error_rows([add_run(tmp_path, "crf", fold=2)])]
    assert [row["kind"] for row in rows] == ["wrong boundary", "spurious"]
    boundary, spurious = rows
    assert (boundary["text"], boundary["gold"], boundary["found"]) == ("bad rash", "ADR", "ADR [22:26]")
    assert (boundary["start"], boundary["end"], boundary["score"]) == ("18", "26", "0.6000")
    assert (spurious["text"], spurious["gold"], spurious["found"]) == ("nausea", "", "ADR")
    assert (boundary["fold"], boundary["seed"], boundary["corpus"]) == ("2", "", "tiny")
