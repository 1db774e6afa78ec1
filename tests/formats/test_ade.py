"""The ADE corpus: sentences from their relations, offsets of the abstract mapped into the sentence."""

import pytest
from places import DATA

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, ade, read

DATA = DATA / "ade"
SENTENCE = "Rash and fever after A, and rash after B."


def row(effect, start, drug, place, sentence=SENTENCE, pmid="7", offset=100):
    ends = (start + len(effect) + offset, place + len(drug) + offset)
    return f"{pmid}|{sentence}|{effect}|{start + offset}|{ends[0]}|{drug}|{place + offset}|{ends[1]}"


def put(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf8")
    return path


def effects(document):
    return [document.text[m.start : m.end] for m in document.mentions]


def test_rows_of_a_sentence_are_one_document(tmp_path):
    path = put(
        tmp_path / "a.rel",
        row("Rash", 0, "A", 21),
        row("ulcer", 3, "C", 15, sentence="An ulcer after C."),
        row("fever", 9, "A", 21),
        row("Rash", 0, "B", 39),
        row("ulcer", 3, "C", 15, sentence="An ulcer after C.", pmid="8"),
    )
    assert list(read(path)) == [
        Document(SENTENCE, [Mention(0, 4, "AdverseEffect"), Mention(9, 14, "AdverseEffect")], "7-1"),
        Document("An ulcer after C.", [Mention(3, 8, "AdverseEffect")], "7-2"),
        Document("An ulcer after C.", [Mention(3, 8, "AdverseEffect")], "8-1"),
    ]
    (first, *_) = read(path, drugs=True)
    assert [(m.start, m.end, m.label) for m in first.mentions] == [
        (0, 4, "AdverseEffect"),
        (9, 14, "AdverseEffect"),
        (21, 22, "Drug"),
        (39, 40, "Drug"),
    ]


def test_rows_as_relations(tmp_path):
    rows = [row("Rash", 0, "A", 21), row("fever", 9, "A", 21), row("Rash", 0, "B", 39), row("Rash", 0, "A", 21)]
    (document,) = read(put(tmp_path / "a.rel", *rows), relations=True)
    by_id = {m.id: document.text_of(m) for m in document.mentions}
    assert by_id == {"T1": "Rash", "T2": "fever", "T3": "A", "T4": "B"}
    found = [(r.id, r.label, *(by_id[target] for _, target in r.arguments)) for r in document.relations]
    assert found == [("R1", "causes", "A", "Rash"), ("R2", "causes", "A", "fever"), ("R3", "causes", "B", "Rash")]


def test_of_several_places_the_one_at_the_right_distance(tmp_path):
    text = "Fits after lithium, then lithium fits."
    (document,) = read(put(tmp_path / "a.rel", row("fits", 33, "lithium", 25, sentence=text)))
    assert document.mentions == [Mention(33, 37, "AdverseEffect")]
    text = "XY toxicity once, XY toxicity twice, and fever."
    twice = [row("toxicity", 21, "XY", 18, sentence=text), row("fever", 41, "XY", 18, sentence=text)]
    (document,) = read(put(tmp_path / "a.rel", *twice))
    assert [m.start for m in document.mentions] == [21, 41]  # the first row alone would fit twice
    (document,) = read(put(tmp_path / "a.rel", twice[0]))
    assert [m.start for m in document.mentions] == [3]


def test_sentences_without_a_relation(tmp_path):
    path = put(tmp_path / "ADE-NEG.txt", "7 NEG All went well.", "", "7 NEG It did.", "12 NEG A | B.")
    assert list(read(path)) == [
        Document("All went well.", id="7-n1"),
        Document("It did.", id="7-n2"),
        Document("A | B.", id="12-n1"),
    ]


@pytest.mark.parametrize(
    ("line", "code", "fault"),
    [
        ("7|only|three", "B166", r"'7\|only\|three' is neither"),
        ("x|No rash|rash|3|7|No|0|2", "B166", "neither"),
        ("7|No rash|rash|3|9|No|0|2", "B167", "'rash' .* another length"),
        ("7|No rash|rash|4|8|No|0|2", "B167", "'rash' .* nowhere"),
        ("7|No rash|Rash|3|7|No|0|2", "B167", "'Rash' .* nowhere"),
        (row("rash", 28, "B", 39, offset=50), "B167", "not where the other rows"),
    ],
)
def test_faults(tmp_path, line, code, fault):
    path = put(tmp_path / "a.rel", row("Rash", 0, "A", 21), line, row("fever", 9, "A", 21))
    with pytest.raises(BionerError, match=rf"{code}.*a\.rel:2: .*{fault}"):
        list(read(path))
    report = ProblemLog("skip")
    assert [effects(document) for document in read(path, report=report)] == [["Rash", "fever"]]
    assert report.summary() == {code: 1}


def test_doses_are_refused(tmp_path):
    with pytest.raises(BionerError, match="B169"):
        ade.read(put(tmp_path / "DRUG-DOSE.rel"), ProblemLog())


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_the_corpus():
    documents = list(read(f"{DATA}/DRUG-AE.rel,{DATA}/ADE-NEG.txt", drugs=True))
    assert len({document.id for document in documents}) == len(documents) == 4272 + 16695
    assert sum(len(document.mentions) > 0 for document in documents) == 4272
    rows = {
        (cells[0], cells[1], text, label)
        for cells in (line.split("|") for line in (DATA / "DRUG-AE.rel").read_text(encoding="utf8").splitlines())
        for text, label in ((cells[2], ade.EFFECT), (cells[5], ade.DRUG))
    }
    mentions = {
        (document.id.partition("-")[0], document.text, document.text[m.start : m.end], m.label)
        for document in documents
        for m in document.mentions
    }
    assert mentions == rows
