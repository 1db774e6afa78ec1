"""Relations that cannot be followed are told by every reader, and never attached to another mention."""

import json
from zipfile import ZipFile

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, read, write

TEXT = "Naloxone caused itching."
NALOXONE, ITCHING = Mention(0, 8, "Drug", id="T1"), Mention(16, 23, "ADR", id="T2")
FORMATS = ["x.jsonl", "x.spacy", "x.bioc.xml", "x.bioc.json", "x.parquet", "x.ls.json", "x.xml"]


def relation(label="causes", ends=("T1", "T2"), **values):
    return Relation(label, tuple((f"arg{i}", end) for i, end in enumerate(ends, 1)), **values)


def put(path, document):
    """Write a document, whatever its relations are."""
    if path.name == "x.parquet":
        pytest.importorskip("pyarrow")
    if path.name == "x.xml":
        path.write_text(label_of_tac(document))
    else:
        write([document], path, "label_studio" if path.name == "x.ls.json" else None, report=ProblemLog("skip"))
    return path


def label_of_tac(document):
    mentions = "".join(
        f'<Mention id="{m.id}" section="S1" type="{m.label}" start="{m.start}" len="{m.end - m.start}" '
        f'str="{TEXT[m.start : m.end]}"/>'
        for m in document.mentions
    )
    relations = "".join(
        f'<Relation id="R" type="{r.label}" ' + " ".join(f'{role}="{name}"' for role, name in r.arguments) + "/>"
        for r in document.relations
    )
    return (
        f'<Label drug="x" track="y"><Text><Section name="a" id="S1">{TEXT}</Section></Text>'
        f"<Mentions>{mentions}</Mentions><Relations>{relations}</Relations></Label>"
    )


CASES = {
    "missing": ([NALOXONE], relation()),
    "ambiguous": ([NALOXONE, ITCHING, Mention(0, 8, "Gene", id="T1")], relation()),
    "without a label": ([NALOXONE, ITCHING], relation("")),
}
# Of two spans of one id Label Studio's reader names the first alone; a relation without a label is UNLABELLED there.
READ_ANOTHER_WAY = {("x.ls.json", "ambiguous"), ("x.ls.json", "without a label")}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("case", CASES)
def test_a_relation_that_cannot_be_followed_is_told(case, name, tmp_path):
    if (name, case) in READ_ANOTHER_WAY:
        return
    mentions, wrong = CASES[case]
    path = put(tmp_path / name, Document(TEXT, mentions, "d", relations=[wrong]))
    with pytest.raises(BionerError, match=r"\[B(267|191)\]"):
        list(read(path))
    report = ProblemLog("skip")
    (back,) = read(path, report=report)
    assert (report.faults, back.relations, len(back.mentions)) == (1, [], len(mentions))


@pytest.mark.parametrize("name", FORMATS)
def test_a_relation_between_mentions_of_one_id_each_stays(name, tmp_path):
    (back,) = read(put(tmp_path / name, Document(TEXT, [NALOXONE, ITCHING], "d", relations=[relation()])))
    places = {mention.id: back.text_of(mention) for mention in back.mentions}
    assert [places[name] for _, name in back.relations[0].arguments] == ["Naloxone", "itching"]


def test_a_relation_of_a_mention_that_was_left_out_is_told(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    write([Document(TEXT, [NALOXONE, ITCHING], "d", relations=[relation()])], tmp_path / "x.parquet")
    rows = pq.read_table(tmp_path / "x.parquet").to_pylist()
    rows[0]["entities"][1]["end"] = 99
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "x.parquet")
    report = ProblemLog("skip")
    (back,) = read(tmp_path / "x.parquet", report=report)
    assert (back.mentions, back.relations) == ([NALOXONE], [])
    assert report.summary() == {"B266": 1, "B267": 1}


WORDS = (("Aspirin", "rash"), ("Digoxin", "nausea"), ("Warfarin", "bleeding"))


def passages(unit="passage"):
    """Passages, or sentences of one passage, in each of which the ids start anew."""
    units, offset = [], 0
    for drug, effect in WORDS:
        text = f"{drug} caused {effect}."
        places = ((drug, "Drug", 0), (effect, "ADR", len(drug) + 8))
        units.append(
            {
                "offset": offset,
                "text": text,
                "annotations": [
                    {
                        "id": str(i),
                        "infons": {"type": label},
                        "text": words,
                        "locations": [{"offset": offset + start, "length": len(words)}],
                    }
                    for i, (words, label, start) in enumerate(places)
                ],
                "relations": [
                    {
                        "id": "R0",
                        "infons": {"type": "causes"},
                        "nodes": [{"refid": "0", "role": "agent"}, {"refid": "1", "role": "effect"}],
                    }
                ],
            }
        )
        offset += len(text) + 1
    if unit == "passage":
        return units
    # As in files whose passages repeat the text of their sentences, or do not.
    text = {"text": "\n".join(one["text"] for one in units)} if unit == "repeated" else {}
    return [{"offset": 0, "infons": {}, **text, "sentences": units}]


def bioc(path, units, **members):
    path.write_text(json.dumps({"documents": [{"id": "d", "infons": {}, "passages": units, **members}]}))
    return path


def pairs(document):
    places = {mention.id: document.text_of(mention) for mention in document.mentions}
    assert len(places) == len(document.mentions)
    return [tuple(places[name] for _, name in one.arguments) for one in document.relations]


@pytest.mark.parametrize("unit", ["passage", "sentence", "repeated"])
@pytest.mark.parametrize("name", ["x.bioc.json", "x.bioc.xml", "x.jsonl", "x.zip"])
def test_ids_may_start_anew_in_each_passage(name, unit, tmp_path):
    (document,) = read(bioc(tmp_path / "in.bioc.json", passages(unit)))
    assert pairs(document) == list(WORDS)
    assert [one.id for one in document.relations] == ["R0", "R0-2", "R0-3"]
    write([document], tmp_path / name)
    (again,) = read(tmp_path / name)
    assert pairs(again) == list(WORDS)


def test_what_could_mean_two_annotations_is_left_out(tmp_path):
    link = {
        "id": "R9",
        "infons": {"type": "causes"},
        "nodes": [{"refid": "0", "role": "a"}, {"refid": "1", "role": "b"}],
    }
    of_document = bioc(tmp_path / "a.bioc.json", passages(), relations=[link])
    of_passage = passages("repeated")
    of_passage[0]["relations"] = [link]
    in_passage = passages()
    in_passage[0]["annotations"][1]["id"] = "0"
    for path, kept in (
        (of_document, WORDS),
        (bioc(tmp_path / "b.bioc.json", of_passage), WORDS),
        (bioc(tmp_path / "c.bioc.json", in_passage), WORDS[1:]),
    ):
        report = ProblemLog("skip")
        (document,) = read(path, report=report)
        assert pairs(document) == list(kept)
        assert report.summary() == {"B267": 1}


def test_a_relation_means_what_stands_beside_it(tmp_path):
    units = passages()
    own = units[0].pop("annotations")
    link = units[0].pop("relations")
    (document,) = read(bioc(tmp_path / "x.bioc.json", units, annotations=own, relations=link))
    assert pairs(document) == [*WORDS[1:], WORDS[0]]


def test_an_annotation_with_a_fault_is_not_replaced_by_one_of_its_id(tmp_path):
    units = passages()
    units[1]["annotations"][0]["locations"][0]["length"] = 999
    report = ProblemLog("skip")
    (document,) = read(bioc(tmp_path / "x.bioc.json", units), report=report)
    assert pairs(document) == [WORDS[0], WORDS[2]]
    assert report.summary() == {"B266": 1, "B267": 1}


def test_brat_tells_a_missing_mention(tmp_path):
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("d.txt", TEXT)
        archive.writestr("d.ann", "T1\tDrug 0 8\tNaloxone\nR1\tcauses Arg1:T1 Arg2:T2\n")
    report = ProblemLog("skip")
    assert [one.relations for one in read(tmp_path / "x.zip", report=report)] == [[]]
    assert report.summary() == {"B114": 1}
