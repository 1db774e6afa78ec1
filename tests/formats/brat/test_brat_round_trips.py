"""brat standoff: any document, any edit, any file at all, and the public corpora whole."""

import tarfile
from dataclasses import replace

import pytest
from brat_files import contents, load, put
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import DATA

from spacy_bioner.documents.document import Document, Mention, Relation
from spacy_bioner.formats import brat
from spacy_bioner.formats.problems import ProblemLog

SCORES = st.sampled_from([None, 0.0, 1.0, 0.93, 1e-7])
LABELS = st.sampled_from(["ADR", "Drug", "Ген-1"])
CONCEPTS = st.lists(st.text("aB:1 é", min_size=1, max_size=5), max_size=2).map(tuple)


@st.composite
def documents_of_any_kind(draw):
    text = draw(st.text("ab \t\r\n\x85\u2028\ufeff🤢é;", max_size=30) | st.text(max_size=30))
    mentions = []
    for number in range(draw(st.integers(0, 4)) if text else 0):
        points = draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6, unique=True).map(sorted))
        pairs = tuple(zip(points[::2], points[1::2], strict=False))
        name = draw(st.sampled_from(["", f"T{number * 3 + 1}"]))
        fragments = pairs if len(pairs) > 1 else ()
        score = draw(st.none() | st.floats(0, 1))
        mentions.append(Mention(pairs[0][0], pairs[-1][1], draw(LABELS), fragments, name, draw(CONCEPTS), score))
    names = [mention.id for mention in mentions if mention.id]
    argument = st.tuples(st.sampled_from(["Arg1", "Trigger", "Theme:x"]), st.sampled_from(names or ["T1"]))
    arguments = st.lists(argument, min_size=2, max_size=3).map(tuple)
    relations = [
        Relation(draw(LABELS), draw(arguments), draw(st.sampled_from(["", f"R{i}", "E1", "x y"])), draw(SCORES))
        for i in range(draw(st.integers(0, 2)) if names else 0)
    ]
    return Document(text, mentions, draw(st.sampled_from(["", "a", "x/y.txt/ü b"])), relations=relations)


def anonymous(document):
    return [replace(mention, id="") for mention in document.mentions]


def joined(document):
    """The mentions, without fragments between which there is nothing but a line end: these come back as one."""
    mentions = []
    for mention in anonymous(document):
        parts = mention.parts[:1]
        for start, end in mention.parts[1:]:
            gap = document.text[parts[-1][1] : start]
            one = gap.isspace() and set(gap) & set("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
            parts = (*parts[:-1], (parts[-1][0], end)) if one else (*parts, (start, end))
        mentions.append(replace(mention, fragments=parts if len(parts) > 1 else ()))
    return mentions


def unnamed(document):
    return [replace(relation, id="") for relation in document.relations]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents_of_any_kind(), st.sampled_from(["out", "out.tar.gz"]))
def test_any_document_written_and_read_is_the_same(tmp_path_factory, document, name):
    path = tmp_path_factory.mktemp("brat") / name
    brat.write([document], path)
    [again], _ = load(path)
    assert again.text == document.text
    assert again.id == (document.id or "00000001")
    assert anonymous(again) == joined(document)
    assert all(old.id in ("", new.id) for old, new in zip(document.mentions, again.mentions, strict=True))
    assert unnamed(again) == unnamed(document)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents_of_any_kind(), st.data())
def test_any_edit_of_a_read_document_is_written(tmp_path_factory, document, data):
    folder = tmp_path_factory.mktemp("brat")
    brat.write([document], folder / "a.txt")
    with open(folder / "a.ann", "a", encoding="utf-8", newline="") as file:
        for number, mention in enumerate(load(folder)[0][0].mentions, 1):
            file.write(f"A{number}\tNeg {mention.id}\n#9{number}\tNote A{number}\tw\n")
    [read], _ = load(folder)
    originals = list(read.mentions)
    edits = [
        data.draw(st.sampled_from([(), (m,), (replace(m, label="New", concepts=("x:1",)),), (m, replace(m, id=""))]))
        for m in originals
    ]
    read.mentions = [mention for edit in edits for mention in edit]
    report = ProblemLog()
    brat.write([read], folder / "b.txt", report)
    again, rest = load(folder / "b.txt")
    assert sorted(map(repr, anonymous(again[0]))) == sorted(map(repr, anonymous(read)))
    gone = [mention for mention, edit in zip(originals, edits, strict=True) if not edit]
    names = {mention.id for mention in gone}
    lost = [one for one in read.relations if any(target in names for _, target in one.arguments)]
    lines = sum(2 + len(mention.concepts) for mention in gone) + len(lost)
    assert report.counts["B122"] == lines + sum(value.score is not None for value in [*gone, *lost])
    assert "B114" not in rest.counts


PIECES = [
    "T1",
    "T2",
    "N1",
    "R1",
    "E1",
    "*",
    "#1",
    "A1",
    "\t",
    " ",
    "\n",
    "\r\n",
    "X",
    "0 1",
    "1 3;4 5",
    "Arg1:T1",
    "a",
    "\ufeff",
]


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(str.encode) | st.binary(max_size=40))
def test_no_annotation_file_breaks_the_reader_and_what_it_keeps_is_sound(tmp_path_factory, ann):
    folder = put(tmp_path_factory.mktemp("brat"), a_txt="abcdef", a_ann=ann)
    [document], report = load(folder, "skip")
    brat.write([document], folder / "out")
    [again], clean = load(folder / "out")
    assert again.mentions == document.mentions
    if not any(code not in ("B104", "B120", "B121", "B129") for code in report.counts):
        assert (folder / "out/a.ann").read_bytes() == ann
    assert set(clean.counts) <= {"B104", "B120", "B129"}


CORPORA = [
    ("brat/NCBI_disease_GSC_brat.tar.gz", 6881, 0, {"B105": 6, "B129": 1}),
    ("brat/LINNAEUS_GSC_brat.tar.gz", 4259, 0, {"B105": 104}),
    ("ru/nerel-bio-v1.0.tar.xz", 66818, 52211, {"B121": 14}),
]


@pytest.mark.real
@pytest.mark.parametrize(("name", "mentions", "relations", "notes"), CORPORA)
def test_public_corpora_are_read_whole_and_come_back_byte_for_byte(tmp_path, name, mentions, relations, notes):
    if not (DATA / name).exists():
        pytest.skip("no ../shared/data here")
    documents, report = load(DATA / name)
    assert sum(len(document.mentions) for document in documents) == mentions
    assert sum(len(document.relations) for document in documents) == relations
    assert report.summary() == notes
    brat.write(documents, tmp_path)
    written = contents(tmp_path)
    with tarfile.open(DATA / name) as archive:
        members = [m for m in archive if m.isfile() and m.name.endswith((".ann", ".txt")) and "/." not in f"/{m.name}"]
        assert {m.name: archive.extractfile(m).read() for m in members} == written
