"""BioC as others write it: collections of any shape, annotations and relations wherever they stand, nothing lost."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, detect, read, write

TEXT = "cardiac and renal toxicity"
RASH = {"id": "T1", "infons": {"type": "ADR"}, "text": "cardiac", "locations": [{"offset": 0, "length": 7}]}


def passage(**members):
    return {"offset": 0, "infons": {}, "text": TEXT, "annotations": [RASH], "relations": [], **members}


def record(name="d1", **members):
    return {"id": name, "infons": {}, "passages": [passage()], "relations": [], **members}


def load(path, value, policy="skip"):
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    log = ProblemLog(policy)
    return list(read(path, report=log)), log


def xml(document, head="<source/><date/><key/>"):
    return f"<collection>{head}<document><id>d1</id>{document}</document></collection>"


BODY = f'<passage><offset>0</offset><text>{TEXT}</text><annotation id="T1"><infon key="type">ADR</infon>'
BODY += '<location offset="0" length="7"/><text>cardiac</text></annotation></passage>'
LISTED = {"documents": [record("1"), record("2")]}
HEADS = {
    "PMC's list": json.dumps([{"bioctype": "BioCCollection", "source": "PMC", "infons": {}, **LISTED}]),
    "a list of two": json.dumps([{"documents": [record("1")]}, {"documents": [record("2")]}]),
    "a number": json.dumps({"source": "x", "date": 20240101, "version": 1.0, "ready": True, "key": None, **LISTED}),
    "nested infons": json.dumps({"infons": {"a": {"b": 1}, "c": [1]}, **LISTED}),
    "braces in infons": json.dumps({"infons": {"a": '}, "documents": [{'}, **LISTED}),
    "answers of PubTator3": "\n".join(json.dumps({"PubTator3": [record(name)]}) for name in "12"),
    "lists one after the other": f"[{json.dumps(record('1'))}]\n[{json.dumps(record('2'))}]",
    "members after the list": json.dumps({**LISTED, "source": "x", "infons": {"a": [1]}}),
    "lines": f"{json.dumps(record('1'))}\n{json.dumps(record('2'))}\n",
}


@pytest.mark.parametrize("case", HEADS)
def test_collections_of_every_shape_are_read_whole(case, tmp_path):
    found, log = load(tmp_path / "x.json", HEADS[case])
    assert detect(tmp_path / "x.json") == "bioc_json"
    assert [(d.id, d.text, len(d.mentions)) for d in found] == [("1", TEXT, 1), ("2", TEXT, 1)]
    assert not log.counts


@pytest.mark.parametrize(
    "value",
    [
        {"id": "1", "infons": {}},
        {"documents": {"passages": []}},
        {"id": "1", "passages": None},
        {"id": "1", "passages": [{"offset": 0, "text": 7}]},
        [[record()]],
    ],
)
def test_a_record_that_is_no_document_is_told(value, tmp_path):
    found, log = load(tmp_path / "x.bioc.json", value)
    assert not found
    assert log.summary() == {"B265": 1}


def test_xml_without_passages_is_told(tmp_path):
    found, log = load(tmp_path / "x.bioc.xml", xml(f"<text>{TEXT}</text>"))
    assert not found
    assert log.summary() == {"B265": 1}


SENTENCE = {"offset": 0, "infons": {}, "text": TEXT, "annotations": [], "relations": []}
INNER = '<annotation id="T1"><infon key="type">ADR</infon><location offset="0" length="7"/></annotation>'
PLACES = {
    "the document": record(passages=[passage(annotations=[])], annotations=[RASH]),
    "a passage with sentences": record(passages=[passage(text=None, sentences=[SENTENCE])]),
    "a passage with both": record(passages=[passage(sentences=[SENTENCE])]),
    "the document (XML)": f"<passage><offset>0</offset><text>{TEXT}</text></passage>{INNER}",
    "a passage with sentences (XML)": "<passage><offset>0</offset><sentence><offset>0</offset>"
    f"<text>{TEXT}</text></sentence>{INNER}</passage>",
    "a passage without text (XML)": f"<passage><offset>0</offset>{INNER}</passage><passage><offset>0</offset>"
    f"<text>{TEXT}</text></passage>",
}


@pytest.mark.parametrize("case", PLACES)
def test_annotations_are_read_wherever_they_stand(case, tmp_path):
    value = PLACES[case]
    name, content = ("x.bioc.xml", xml(value)) if isinstance(value, str) else ("x.bioc.json", {"documents": [value]})
    (document,), log = load(tmp_path / name, content)
    assert document.text == TEXT
    assert document.mentions == [Mention(0, 7, "ADR", id="T1")]
    assert not log.counts


@pytest.mark.parametrize("stated", ["cardiac toxicity", "toxicity cardiac"])
def test_the_text_of_locations_in_any_order(stated, tmp_path):
    places = [{"offset": 18, "length": 8}, {"offset": 0, "length": 7}]
    value = record(passages=[passage(annotations=[{**RASH, "text": stated, "locations": places}])])
    (document,), log = load(tmp_path / "x.bioc.json", {"documents": [value]})
    assert document.mentions == [Mention(0, 26, "ADR", ((0, 7), (18, 26)), "T1")]
    assert not log.counts


def related(infons, nodes=()):
    return [{"id": "R1", "infons": infons, "nodes": [{"refid": name, "role": role} for role, name in nodes]}]


PLACEHOLDER = (("0,1", "0"),)
VARIANT = "tmVar:p|SUB|V|600|E;HGVS:p.V600E"
CONCEPTS = {
    "BioRED": (related({"type": "r", "entity1": "D1", "entity2": "D2"}), ("entity1", "entity2")),
    "the second first": (related({"entity2": "D2", "type": "r", "entity1": "D1"}), ("entity1", "entity2")),
    "three": (related({"type": "r", "entity1": "D1", "entity2": "D2", "entity10": "D3"}), None),
    "BC5CDR": (related({"relation": "r", "Chemical": "D1", "Disease": "D2"}), ("Chemical", "Disease")),
    "the disease first": (related({"relation": "r", "Disease": "D1", "Chemical": "D2"}), ("Disease", "Chemical")),
    "PubTator3's XML": (
        related({"type": "r", "role1": "Chemical|D1", "role2": "Disease|D2"}, PLACEHOLDER),
        ("role1", "role2"),
    ),
    "PubTator3's JSON": (
        related(
            {"type": "r", "role2": {"type": "Disease", "identifier": "D2"}, "role1": {"identifier": "D1"}}, PLACEHOLDER
        ),
        ("role1", "role2"),
    ),
    "roles alone": (related({"type": "r", "role1": "D1", "role2": "D2"}), ("role1", "role2")),
}


@pytest.mark.parametrize("case", CONCEPTS)
@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
@pytest.mark.parametrize("mention", ["T1", "0"])
def test_relations_of_concepts_as_corpora_have_them(case, format, mention, tmp_path):
    """Direction and roles stay; a placeholder is no mention, even where one has its name."""
    relations, roles = CONCEPTS[case]
    roles = roles or ("entity1", "entity2", "entity10")
    value = record(passages=[passage(annotations=[{**RASH, "id": mention}])], relations=relations)
    (document,), log = load(tmp_path / "x.bioc.json", {"documents": [value]})
    expected = [Relation("r", tuple(zip(roles, ("D1", "D2", "D3"), strict=False)), "R1", of_concepts=True)]
    assert document.relations == expected
    write([document], tmp_path / "y", format=format, report=log)
    (again,) = read(tmp_path / "y", format=format)
    assert again.relations == expected
    assert not log.counts


@pytest.mark.parametrize(("role", "concept"), [(f"ProteinMutation|{VARIANT}", VARIANT), ("p|SUB|V|600|E",) * 2])
def test_a_role_that_is_a_variant(role, concept, tmp_path):
    value = record(relations=related({"type": "r", "role1": role, "role2": "Gene|673"}, PLACEHOLDER))
    (document,), _ = load(tmp_path / "x.bioc.json", {"documents": [value]})
    assert document.relations[0].arguments == (("role1", concept), ("role2", "673"))


@pytest.mark.parametrize(
    ("relation", "says"),
    [
        (related({"type": "r"}, (("a", "R0"), ("b", "T1"))), "it names the relation 'R0'"),
        (related({"type": "r"}, (("a", "T7"), ("b", "T1"))), "it refers to 'T7', which does not exist"),
        (related({"type": "r"}, (("a", ""), ("b", "T1"))), "it refers to '', which does not exist"),
        (related({"type": "r", "role1": {"type": "x"}, "role2": "D2"}, PLACEHOLDER), '"role1" has no identifier'),
        (related({"type": "r"}, PLACEHOLDER), "it refers to '0', which does not exist"),
        (related({"type": "r"}), "it has neither nodes nor entities"),
    ],
)
def test_a_relation_that_cannot_be_held_says_why(relation, says, tmp_path):
    first = {"id": "R0", "infons": {"type": "r"}, "nodes": [{"refid": "T1", "role": "a"}]}
    nameless = {**RASH, "id": ""}
    value = record(passages=[passage(annotations=[RASH, nameless])], relations=[first, *relation])
    (document,), log = load(tmp_path / "x.bioc.json", {"documents": [value]})
    assert [r.id for r in document.relations] == ["R0"]
    assert log.summary() == {"B267": 1}
    assert says in log.problems[0].message


def test_both_types_of_a_relation_are_kept(tmp_path):
    value = record(relations=related({"relation": "CID", "type": "causes"}, (("a", "T1"),)))
    (document,), _ = load(tmp_path / "x.bioc.json", {"documents": [value]})
    assert document.relations == [Relation("causes", (("a", "T1"),), "R1", attributes=(("relation", "CID"),))]


NAMES = ["type", "score", "relation", "n", "entity1", "entity3", "Chemical", "role1", "id", ""]
ROLES = ["entity1", "entity2", "Chemical", "Disease", "gene2", "arg1", "role1", "role2", "Arg1", "Arg2", "тип"]
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", "0.5", "x", "Ab|c"])), max_size=4)
ARGUMENTS = st.lists(st.tuples(st.sampled_from(ROLES), st.sampled_from(["T1", "T2", "Ab|c"])), min_size=1, max_size=4)


@given(ARGUMENTS, PAIRS, st.booleans(), st.sampled_from([None, 0.25]), st.sampled_from(["bioc", "bioc_json"]))
def test_a_relation_comes_back_or_is_counted(tmp_path_factory, arguments, attributes, of_concepts, score, format):
    if not of_concepts:
        arguments = [(role, name if name[0] == "T" else "T1") for role, name in arguments]
    relation = Relation("r", tuple(arguments), "R1", score, of_concepts, tuple(attributes))
    mentions = [Mention(0, 1, "X", id="T1"), Mention(2, 3, "X", id="T2")]
    path = tmp_path_factory.mktemp("bioc") / "x"
    log = ProblemLog("skip")
    write([Document("a b", mentions, "d1", relations=[relation])], path, format=format, report=log)
    (again,) = read(path, format=format)
    (found,) = again.relations
    assert (found.label, found.id, found.score, found.of_concepts) == ("r", "R1", score, of_concepts)
    assert [name for _, name in found.arguments] == [name for _, name in arguments]
    if not of_concepts:
        assert found.arguments == relation.arguments
    lost = Counter(attributes) - Counter(found.attributes)
    assert not Counter(found.attributes) - Counter(attributes)
    assert [problem.message.split("'d1': ")[1] for problem in log.problems] == (
        [f"{lost.total()} attributes of relations, which this format cannot store"] if lost else []
    )


@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
def test_line_ends_of_windows_come_back(format, tmp_path):
    mentions = [Mention(14, 18, "ADR", id="T1", attributes=(("note", "a\r\nb"),)), Mention(22, 26, "ADR", id="T2")]
    document = Document("Title\r\nText.\r\nrash,\r\nrash\r", mentions, "d1", meta={"a": "b\r\nc"})
    write([document], tmp_path / "x", format=format)
    (again,) = read(tmp_path / "x", format=format)
    assert (again.text, again.mentions, again.meta) == (document.text, document.mentions, document.meta)


@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
@pytest.mark.parametrize("source", ["bioc", "bioc_json"])
def test_what_a_collection_has_comes_back(source, format, tmp_path):
    head = {"source": "PubTator", "date": "2020", "key": "k", "infons": {"licence": "CC <0>"}}
    (tmp_path / "x").write_text(
        json.dumps({**head, "documents": [record()]})
        if source == "bioc_json"
        else xml(
            BODY,
            "<source>PubTator</source><date>2020</date><key>k</key><infon key='licence'>CC &lt;0></infon>",
        )
    )
    write(read(tmp_path / "x", format=source), tmp_path / "y", format=format)
    (again,) = read(tmp_path / "y", format=format)
    assert again.extra["bioc"]["collection"] == head


@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
def test_metadata_is_written_as_json(format, tmp_path):
    meta = {"year": 2020, "mesh": ["D1", "é"], "ok": True, "words": "as they are"}
    write([Document(TEXT, id="d1", meta=meta)], tmp_path / "x", format=format)
    (again,) = read(tmp_path / "x", format=format)
    assert again.meta == {"year": "2020", "mesh": '["D1", "é"]', "ok": "true", "words": "as they are"}
    with pytest.raises(BionerError, match="B157"):
        write([Document(TEXT, id="d1", meta={"a": {1}})], tmp_path / "x", format=format)


@pytest.mark.parametrize("format", ["bioc", "bioc_json"])
def test_ids_that_are_given_do_not_repeat_one(format, tmp_path):
    mentions = [Mention(0, 7, "X"), Mention(8, 11, "X", id="1"), Mention(12, 17, "X")]
    write([Document(TEXT, mentions, "d1")], tmp_path / "x", format=format)
    (again,) = read(tmp_path / "x", format=format)
    assert [m.id for m in again.mentions] == ["2", "1", "3"]


@pytest.mark.parametrize("owner", ["document", "passage", "annotation", "relation"])
def test_infons_of_one_name_are_counted(owner, tmp_path):
    twice = '<infon key="a">1</infon><infon key="a">2</infon><infon key="a">3</infon><infon key="b">4</infon>'
    nodes = '<node refid="T1" role="x"/><node refid="T1" role="y"/>'
    body = f'{BODY}<relation id="R1"><infon key="type">causes</infon>{nodes}</relation>'
    places = {
        "document": "<passage>",
        "passage": "<offset>0",
        "annotation": "<location ",
        "relation": '<node refid="T1" role="x"',
    }
    assert body.count(places[owner]) == 1
    _, log = load(tmp_path / "x.xml", xml(body.replace(places[owner], twice + places[owner])), "error")
    assert log.counts == {"B277": 1}
    assert "2 infons" in log.problems[0].message
    assert "'a'" in log.problems[0].message
