"""Formats in which the field exchanges documents: each holds what it says it holds, there and back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import DATA
from sample_documents import documents, with_relations

from spacy_bioner.documents.concept_ids import join_concepts, split_concepts, split_ids
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Question, Relation, detect, read, write

REAL = sorted(
    path
    for pattern in ("pubtator/*PubTator*", "relations/biored/*", "relations/euadr-bioc/*.xz")
    for path in DATA.glob(pattern)
)
VARIANT = "tmVar:p|SUB|V|600|E;HGVS:p.V600E;VariantGroup:0;CorrespondingGene:673;RS#:113488022"
CID = Relation("CID", (("Arg1", "D003000"), ("Arg2", "D006973")), of_concepts=True)


def held(document):
    """What all of these formats hold of a document with simple text."""
    mentions = [(m.start, m.end, m.label, m.concepts) for m in document.mentions]
    relations = [(r.label, tuple(name for _, name in r.arguments), r.of_concepts) for r in document.relations]
    return document.id, document.text, mentions, relations


@pytest.mark.parametrize("format", ["pubtator", "bioc", "bioc_json", "parquet", "jsonl", "docbin"])
def test_relations_between_concepts_come_back(format, tmp_path):
    pytest.importorskip("pyarrow")
    text = "Naloxone reverses clonidine.\nIn hypertensive rats."
    mentions = [Mention(18, 27, "Chemical", concepts=("D003000",)), Mention(32, 44, "Disease", concepts=("D006973",))]
    document = Document(text, mentions, "227508", relations=[replace(CID, attributes=(("novel", "No"),))])
    write([document], tmp_path / "x", format=format)
    (again,) = read(tmp_path / "x", format=format)
    assert held(again) == held(document)
    assert again.relations[0].attributes == (("novel", "No"),)


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
@pytest.mark.parametrize("format", ["pubtator", "bioc", "bioc_json"])
def test_real_files_lose_no_annotation(path, format, tmp_path):
    log = ProblemLog("skip")
    originals = []
    for document in read(path, report=log):
        originals.append(document)
        if len(originals) == 60:
            break
    # One public copy of EU-ADR has three mentions at wrong offsets.
    assert sum(log.counts.values()) <= 3 * ("euadr" in path.name)
    write(originals, tmp_path / "x", format=format, report=ProblemLog("skip"))
    again = list(read(tmp_path / "x", format=format))
    if format == "pubtator" and "euadr" in path.name:  # It has tabs in its text and relations between mentions.
        assert [len(d.mentions) for d in again] == [len(d.mentions) for d in originals]
        return
    assert [held(d)[1:] for d in again] == [held(d)[1:] for d in originals]


@pytest.mark.parametrize("path", [path for path in REAL if path.suffix != ".xz"], ids=lambda path: path.name)
def test_pubtator_gives_its_bytes_back(path, tmp_path):
    write(read(path), tmp_path / "x.pubtator")
    assert (tmp_path / "x.pubtator").read_bytes().strip() == path.read_bytes().strip()


@given(documents(full=True))
def test_parquet_holds_any_document(tmp_path_factory, document):
    pytest.importorskip("pyarrow")
    path = tmp_path_factory.mktemp("parquet") / "x.parquet"
    write([document], path)
    (again,) = read(path)
    assert again == document


@pytest.mark.parametrize("number", [0, 200, 299])
def test_the_document_that_parquet_cannot_hold_is_named(number, tmp_path):
    pytest.importorskip("pyarrow")
    documents = [Document("Aspirin", id=f"d{i}") for i in range(300)]
    documents[number] = replace(documents[number], relations=[Relation("a\ud800", (("x", "T1"), ("y", "T2")))])
    with pytest.raises(BionerError, match=rf"B285.*'d{number}'.*surrogate"):
        write(documents, tmp_path / "x.parquet")
    assert not list(tmp_path.iterdir())


# XML cannot hold most control characters.
XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\r\n <&>'\"]"), max_size=30)


@given(st.data(), st.sampled_from(["bioc", "bioc_json"]))
def test_bioc_holds_any_document(tmp_path_factory, data, format):
    document = data.draw(documents())
    text = data.draw(XML_TEXT.map(lambda text: text.replace("\ufffe", "").replace("\uffff", "")))
    document = Document(text + "x" * 40, document.mentions, "d1")
    data.draw(with_relations(document))
    document.mentions = [replace(m, score=None) for m in document.mentions]
    document.relations = [replace(r, score=None) for r in document.relations]
    for i, r in enumerate(document.relations):
        if r.of_concepts:  # Such a relation names its concepts entity1, entity2 and so on.
            arguments = tuple((f"entity{n}", name) for n, (_, name) in enumerate(r.arguments, 1))
            document.relations[i] = replace(r, arguments=arguments)
    path = tmp_path_factory.mktemp("bioc") / "x"
    write([document], path, format=format)
    (again,) = read(path, format=format)
    assert (again.text, again.relations) == (document.text, document.relations)
    # They stand by their passages: those of the first come first.
    assert sorted(again.mentions, key=str) == sorted(document.mentions, key=str)


@given(documents(full=True))
def test_label_studio_holds_what_it_can(tmp_path_factory, document):
    document.mentions = [replace(m, id=f"T{i}", fragments=()) for i, m in enumerate(document.mentions, 1)]
    document = replace(document, relations=[], id="d1", meta={})
    path = tmp_path_factory.mktemp("studio") / "x.json"
    write([document], path, format="label_studio")
    (again,) = read(path, format="label_studio")
    assert again == document


@pytest.mark.parametrize(
    ("field", "ids"),
    [
        ("D014786|D006311", ("D014786", "D006311")),
        ("11820,351", ("11820", "351")),
        ("-1", ()),
        ("-", ()),
        ("", ()),
        (" CVCL_1452", ("CVCL_1452",)),
        ("p|SUB|V|1763|M", ("p|SUB|V|1763|M",)),
        ("c|DEL||32", ("c|DEL||32",)),
        (VARIANT, (VARIANT,)),
        ("RS#:854560;HGVS:p.L55M;CorrespondingGene:5444|1", ("RS#:854560;HGVS:p.L55M;CorrespondingGene:5444|1",)),
        ("p.R72C;CorrespondingGene:596", ("p.R72C;CorrespondingGene:596",)),
    ],
)
def test_concept_ids_are_split(field, ids):
    assert split_concepts(field) == ids
    assert split_ids(join_concepts(ids)) == ids


@pytest.mark.parametrize("format", ["pubtator", "bioc", "bioc_json", "jsonl"])
def test_a_variant_is_one_concept_in_all_formats(format, tmp_path):
    (tmp_path / "v.pubtator").write_text(f"1|t|BRAF V600E\n1|a|\n1\t5\t10\tV600E\tDNAMutation\t{VARIANT}\n\n")
    (document,) = read(tmp_path / "v.pubtator")
    assert [m.concepts for m in document.mentions] == [(VARIANT,)]
    write([document], tmp_path / "x", format=format)
    assert VARIANT in (tmp_path / "x").read_text()
    (again,) = read(tmp_path / "x", format=format)
    assert held(again) == held(document)


@pytest.mark.parametrize(
    ("name", "head", "format"),
    [
        ("a.txt", "1|t|Title\n1|a|Text\n", "pubtator"),
        ("a.xml", "<?xml version='1.0'?><collection><source/></collection>", "bioc"),
        ("a.xml", "<PubmedArticleSet></PubmedArticleSet>", "pubmed"),
        ("a.xml", '<Label drug="x" track="TAC2017_ADR"></Label>', "tac"),
        ("a.xml", '<document xmlns="urn:hl7-org:v3"></document>', "spl"),
        ("a.json", '{"documents": [{"passages": []}]}', "bioc_json"),
        ("a.json", '[{"id": 1, "data": {"text": "a"}}]', "label_studio"),
    ],
)
def test_formats_are_recognised_by_content(name, head, format, tmp_path):
    (tmp_path / name).write_text(head)
    assert detect(tmp_path / name) == format
    assert detect(tmp_path) == format


ODD_JSON = {
    "an id that is a list": ('"id": "d1"', '"id": [1]', "B265"),
    "null as id": ('"id": "d1"', '"id": null', ""),
    "a truth value as id": ('"id": "T1"', '"id": true', "B266"),
    "a number as id": ('"id": "T1"', '"id": 1', ""),
    "a list as node": ('"refid": "T1"', '"refid": [1]', "B267"),
    "a null infon": ('"identifier": "D1"', '"identifier": null', ""),
    "an offset of 5,000 digits": ('"offset": 0,', f'"offset": {"9" * 5000},', "B269"),
    "nesting without end": ('"infons": {"type"', f'"infons": {{"a": {"[" * 100_000}{"]" * 100_000}, "type"', "B269"),
}


@pytest.mark.parametrize("case", ODD_JSON)
def test_bioc_json_with_values_of_other_types(case, tmp_path):
    """A coded problem, the same under both policies; null is nothing, and never the word "None"."""
    old, new, code = ODD_JSON[case]
    mentions = [Mention(0, 4, "Drug", id="T1", concepts=("D1",)), Mention(5, 9, "Drug", id="T2")]
    document = Document("abcd efgh", mentions, "d1", relations=[Relation("r", (("a", "T1"), ("b", "T2")))])
    write([document], tmp_path / "x", format="bioc_json")
    content = (tmp_path / "x").read_text()
    assert old in content
    (tmp_path / "x").write_text(content.replace(old, new, 1))
    log = ProblemLog("skip")
    found = list(read(tmp_path / "x", format="bioc_json", report=log))
    assert set(log.counts) <= {code, "B267"}
    assert "None" not in repr([(d.id, [(m.id, m.concepts) for m in d.mentions]) for d in found])
    if code:
        assert code in log.counts
        with pytest.raises(BionerError, match=code):
            list(read(tmp_path / "x", format="bioc_json"))


ODD_TASKS = [
    ({"data": {"text": 7}}, "B265"),
    ({"data": {"text": "abc"}, "annotations": [{"result": [{"id": [1], "value": {"start": 0, "end": 1}}]}]}, "B266"),
    ({"data": {"text": "abc"}, "annotations": [{"result": [{"id": "a", "value": {"start": True, "end": 1}}]}]}, "B266"),
    ({"data": {"text": "abc"}, "annotations": [{"result": [{"value": {"start": 0, "end": 10**30}}]}]}, "B266"),
    ({"data": {"text": "abc"}, "annotations": [{"result": [{"type": "relation", "from_id": None}]}]}, "B267"),
]


@pytest.mark.parametrize(("task", "code"), ODD_TASKS)
def test_label_studio_with_values_of_other_types(task, code, tmp_path):
    for item in task.get("annotations", [{}])[0].get("result", []):
        item.get("value", {})["labels"] = ["X"]
    (tmp_path / "x").write_text(json.dumps([task]))
    with pytest.raises(BionerError, match=code):  # B269 would say that it is no JSON
        list(read(tmp_path / "x", format="label_studio"))
    log = ProblemLog("skip")
    assert not [m for d in read(tmp_path / "x", format="label_studio", report=log) for m in d.mentions]
    assert set(log.counts) == {code}


GOOD_ENTITY = {"start": 0, "end": 1, "label": "X"}
ODD_ROWS = [
    ({"text": 7}, "B265"),
    ({"text": b"abc"}, "B265"),
    ({"text": "abc", "id": 1.5}, "B265"),
    ({"text": "abc", "meta": "[1]"}, "B265"),
    ({"text": "abc", "meta": "[" * 100_000}, "B265"),
    ({"text": "abc", "meta": "9" * 5000}, "B265"),
    ({"text": "abc", "entities": "x"}, "B265"),
    ({"text": "abc", "relations": [1]}, "B265"),
    ({"text": "abc", "relations": [{"label": 1, "arguments": []}]}, "B265"),
    ({"text": "abc", "relations": [{"label": "r", "arguments": [], "score": float("nan")}]}, "B265"),
    ({"text": "abc", "entities": [1]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "start": 0.0}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "end": 2**62}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "score": 7.0}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "score": "x"}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "id": 1.5}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "concepts": [1]}]}, "B266"),
    ({"text": "abc", "entities": [{**GOOD_ENTITY, "fragments": [[0, 1]]}]}, "B266"),
    ({"words": "abc"}, "B192"),
]


@pytest.mark.parametrize(("row", "code"), ODD_ROWS)
def test_parquet_of_other_schemas(row, code, tmp_path):
    pa = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pa.Table.from_pylist([row]), tmp_path / "x.parquet")
    with pytest.raises(BionerError, match=code):
        list(read(tmp_path / "x.parquet"))
    log = ProblemLog("skip")
    assert not [m for d in read(tmp_path / "x.parquet", report=log) for m in d.mentions]
    assert set(log.counts) == {code}


def test_a_parquet_file_without_texts_is_told_with_its_columns(tmp_path):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"Text": ["rash"], "Id": ["1"]}), tmp_path / "a.parquet")
    with pytest.raises(BionerError, match=r"B192.*'text' .*Text, Id"):
        list(read(tmp_path / "a.parquet"))


@pytest.mark.parametrize("name", ["label_studio", "bioc_json", "dygie", "squad"])
@pytest.mark.parametrize("packed", ["", ".gz", ".xz"])
def test_json_that_is_written_packed_is_recognised(tmp_path, name, packed):
    question = Question("Why?") if name == "squad" else None
    write([Document("rash", id="a", question=question)], tmp_path / f"a.json{packed}", name)
    assert detect(tmp_path / f"a.json{packed}") == name
