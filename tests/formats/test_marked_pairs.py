"""GAD, EU-ADR and ChemProt as their papers' files have them."""

import tarfile

import pytest
from places import DATA

from spacy_bioner.formats import ProblemLog, marked_pairs, read

RELATIONS = DATA / "relations"


def rows(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
    return path


def shown(document):
    by_id = {m.id: document.text_of(m) for m in document.mentions}
    return [(r.label, *(by_id[target] for _, target in r.arguments)) for r in document.relations]


def test_rows_of_training_and_test_files(tmp_path):
    path = rows(tmp_path / "train.tsv", "In @DISEASE$ the gene @GENE$ was seen.\t1", "No @GENE$ in @DISEASE$.\t0")
    first, second = read(path, format="marked_pairs", label="GAD")
    assert [(m.start, m.end, m.label) for m in first.mentions] == [(3, 12, "DISEASE"), (22, 28, "GENE")]
    assert (shown(first), shown(second)) == ([("GAD", "@GENE$", "@DISEASE$")], [])
    assert (first.id, second.id) == ("train-1", "train-2")
    (only,) = read(
        rows(tmp_path / "test.tsv", "index\tsentence\tlabel", "0\tA @GENE$ for @DISEASE$.\t1"), format="marked_pairs"
    )
    assert (only.text, only.id) == ("A @GENE$ for @DISEASE$.", "test-2")
    assert shown(only) == [("association", "@GENE$", "@DISEASE$")]


def test_rows_of_chemprot(tmp_path):
    row = "2\t( a )\tbc6entg, ,, is, cut, by, bc6entc, and, bc6other, .\t123\tT1\tT2"
    (document,) = read(rows(tmp_path / "a.tsv", row), format="marked_pairs")
    assert document.text == "bc6entg , is cut by bc6entc and bc6other ."
    assert shown(document) == [("CPR:4", "bc6entc", "bc6entg")]
    assert document.meta == {"pmid": "123", "mentions": ["T1", "T2"]}


def test_what_is_wrong_is_counted(tmp_path):
    log = ProblemLog("skip")
    path = rows(tmp_path / "a.tsv", "no tab", "one @GENE$\t1", "@GENE$ and @DISEASE$\t7", "@GENE$ and @DISEASE$\t1")
    assert len(list(marked_pairs.read(path, log))) == 1
    assert log.summary() == {"B441": 2, "B442": 1}


@pytest.mark.real
@pytest.mark.skipif(not RELATIONS.is_dir(), reason="no data")
def test_the_published_files(tmp_path):
    """GAD has 5,330 pairs in ten test folds, 2,801 of them positive; ChemProt's test part 14,397 rows."""
    with tarfile.open(RELATIONS / "gad/GAD.tar.xz") as archive:
        for fold in range(1, 11):
            (tmp_path / f"{fold}.tsv").write_bytes(archive.extractfile(f"{fold}/test.tsv").read())
    log = ProblemLog("skip")
    found = [d for fold in range(1, 11) for d in marked_pairs.read(tmp_path / f"{fold}.tsv", log)]
    assert (len(found), sum(bool(d.relations) for d in found), log.summary()) == (5330, 2801, {})
    some = list(marked_pairs.read(RELATIONS / "chemprot-pairs/test_SNLIformat.xz", log))
    assert len(some) + log.summary().get("B442", 0) == 14397
    assert log.summary().get("B441", 0) == 0
    assert sum(bool(d.relations) for d in some) >= 3441 - log.summary().get("B442", 0)
