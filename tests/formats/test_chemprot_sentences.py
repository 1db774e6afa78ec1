"""ChemProt's pairs with masked mentions, joined by sentence."""

from collections import Counter

import pytest
from places import DATA

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import ProblemLog, detect, read

CHEMPROT = DATA / "relations/chemprot-documents"
FIRST = "chemical and chemical block gene ."


def row(label, at, text, ids, type="GENE-Y", pmid="11"):
    return "\t".join([label, "CHEMICAL", type, *map(str, at), text, *ids, pmid])


def put(path, *rows):
    path.write_text("".join(f"{one}\n" for one in rows), encoding="utf8")
    return path


def shown(document):
    return [(m.id, m.label, m.start, document.text_of(m)) for m in document.mentions]


def test_the_rows_of_a_sentence_are_one_document(tmp_path):
    path = put(
        tmp_path / "a.txt",
        row("CPR:4", (0, 4), FIRST, ("T2", "T9")),
        row("NA", (2, 4), FIRST, ("T1", "T9")),
        row("CPR:3", (1, 0), "gene-chemical chemical .", ("T3", "T8"), "GENE-N"),
        row("NA", (0, 2), "chemical of gene", ("T1", "T4"), pmid="12"),
    )
    assert detect(path) == "chemprot_sentences"
    log = ProblemLog("error")
    first, second, third = read(path, report=log)
    assert [first.id, second.id, third.id] == ["11-1", "11-2", "12-1"]
    assert first.text == FIRST
    assert shown(first) == [
        ("T2", "CHEMICAL", 0, "chemical"),
        ("T1", "CHEMICAL", 13, "chemical"),
        ("T9", "GENE-Y", 28, "gene"),
    ]
    assert [(r.label, r.arguments) for r in first.relations] == [("CPR:4", (("Arg1", "T2"), ("Arg2", "T9")))]
    assert shown(second) == [("T8", "GENE-N", 0, "gene"), ("T3", "CHEMICAL", 14, "chemical")]
    assert third.relations == []
    assert log.summary() == {}


def places(tmp_path, text, *genes):
    """The characters at which the genes are found, each stated in a token."""
    rows = [row("NA", (0, token), text, ("T0", f"T{i}")) for i, token in enumerate(genes, 1)]
    log = ProblemLog("error")
    (document,) = read(put(tmp_path / "a.txt", *rows), "chemprot_sentences", report=log)
    at = {m.id: m.start for m in document.mentions}
    assert log.summary().get("B241", 0) == sum(f"T{i}" not in at for i, _ in enumerate(genes, 1))
    return [at.get(f"T{i}") for i, _ in enumerate(genes, 1)]


def test_a_mark_after_the_stated_token(tmp_path):
    """The token that is stated may be any word before, if the masked name contains it."""
    assert places(tmp_path, "chemical in a gene", 1) == [14]
    assert places(tmp_path, "chemical in gene and gene", 1, 1) == [12, 21]
    assert places(tmp_path, "chemical in gene and gene , gene", 1, 4, 4) == [12, 21, 28]
    assert places(tmp_path, "chemical : gene/gene", 2, 2) == [11, 16]


def test_a_place_that_is_not_certain_is_none(tmp_path):
    assert places(tmp_path, "chemical in gene and gene", 1) == [None]
    assert places(tmp_path, "chemical in gene and gene , gene", 1, 4) == [12, 21]
    assert places(tmp_path, "chemical in gene and gene or gene", 1, 6) == [None, 29]
    assert places(tmp_path, "chemical of genes and oxygene", 2) == [None]  # no marks


def test_a_name_that_begins_with_a_chemical(tmp_path):
    assert places(tmp_path, "chemical receptor and gene", 1, 3) == [0, 22]
    assert places(tmp_path, "chemical in rats", 1) == [None]
    assert places(tmp_path, "chemical receptor and receptors", 1, 1) == [None, None]  # one of them


@pytest.mark.parametrize(
    "line",
    ["no tabs", row("NA", (0, 9), FIRST, ("T1", "T2")), row("NA", ("x", 1), FIRST, ("T1", "T2")), "a" + "\t" * 8],
)
def test_rows_of_another_form(line, tmp_path):
    path = put(tmp_path / "a.txt", row("CPR:9", (0, 4), FIRST, ("T2", "T9")), line)
    with pytest.raises(BionerError, match=r"B242.*a\.txt:2"):
        list(read(path, "chemprot_sentences"))
    log = ProblemLog("skip")
    assert len(list(read(path, "chemprot_sentences", report=log))) == 1
    assert log.summary() == {"B242": 1}


@pytest.mark.real
@pytest.mark.skipif(not CHEMPROT.is_dir(), reason="no data")
@pytest.mark.parametrize(
    ("name", "sentences", "abstracts", "related", "left_out"),
    [
        ("ohnlp_training.txt.xz", 3289, 903, {3: 638, 4: 1886, 5: 145, 6: 181, 9: 600}, 2968),
        ("ohnlp_development.txt.xz", 1934, 535, {3: 456, 4: 902, 5: 99, 6: 165, 9: 349}, 2031),
    ],
)
def test_the_published_files(name, sentences, abstracts, related, left_out):
    """Of 3,790 and 2,191 related pairs 3,450 and 1,971; the rows do not tell the places of the other mentions."""
    log = ProblemLog("error")
    documents = list(read(CHEMPROT / name, report=log))
    assert detect(CHEMPROT / name) == "chemprot_sentences"
    assert (len(documents), len({d.id.split("-")[0] for d in documents})) == (sentences, abstracts)
    found = Counter(r.label for d in documents for r in d.relations)
    assert found == {f"CPR:{number}": count for number, count in related.items()}
    assert log.summary() == {"B241": left_out}
