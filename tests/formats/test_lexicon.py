import gzip

import pytest
from places import DATA

from spacy_bioner.errors import BionerError
from spacy_bioner.formats.lexicon import (
    Entry,
    Lexicon,
    make_csv_lexicon,
    make_tsv_lexicon,
    read_csv,
    read_tsv,
)
from spacy_bioner.formats.obo import make_obo_lexicon, read_obo
from spacy_bioner.formats.problems import ProblemLog

REAL = DATA / "lexicons"

OBO = r"""format-version: 1.2
default-namespace: findings

[Term]
id: X:1
name: heart attack ! a comment
synonym: "myocardial infarction" EXACT []
synonym: "MI \"acute\"" EXACT ABBREVIATION [PMID:1]
synonym: "cardiac event" BROAD []
synonym: "attack" []
synonym: "heart attack" EXACT []
is_a: X:0 ! disease

[Typedef]
id: part_of
name: part of

[Term]
id: X:2
name: old disease
is_obsolete: true

[Term]
id: X:3
name: rash
namespace: skin
"""


@pytest.fixture
def write(tmp_path):
    def write(content, name="terms.tsv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def skipped(read, path, **options):
    """Entries and (code, line) of the problems under the policy skip; under error the first is raised."""
    report = ProblemLog("skip")
    entries = list(read(path, report, **options))
    problems = [(problem.code, problem.line) for problem in report.problems]
    if problems:
        with pytest.raises(BionerError) as caught:
            list(read(path, ProblemLog("error"), **options))
        assert caught.value.code == problems[0][0]
        assert str(path) in str(caught.value)
    return entries, problems


def test_tsv(write):
    path = write("\ufefffever\tDisease\tD005334|C1\r\n\r\n aspirin \tDrug\nrash\n")
    assert list(read_tsv(path, ProblemLog(), label="Finding")) == [
        Entry("fever", "Disease", ("D005334", "C1")),
        Entry("aspirin", "Drug"),
        Entry("rash", "Finding"),
    ]


def test_tsv_problems(write):
    path = write(b"a\tX\tC\t?\n\tX\nb\nc\tX\n\xff\tX\nd\tX\n")
    entries, problems = skipped(read_tsv, path)
    assert entries == [Entry("c", "X"), Entry("d", "X")]
    assert problems == [("B303", 1), ("B304", 2), ("B305", 3), ("B103", 5)]


def test_tsv_that_a_spreadsheet_saved(write):
    """It puts quotes around a cell with a comma or a quote, and doubles the quotes inside."""
    rows = ['"cancer, breast"\tDisease\t"D1|D2"', 'the "itch"', '"the ""itch"""', '5" scar', '"a" or "b"', '""']
    path = write("\n".join(row if "\t" in row else f"{row}\tADR" for row in rows))
    log = ProblemLog("skip")
    assert [entry[:1] + entry[2:] for entry in read_tsv(path, log)] == [
        ("cancer, breast", ("D1", "D2")),
        ('the "itch"', ()),
        ('the "itch"', ()),
        ('5" scar', ()),
        ('"a" or "b"', ()),
        ('""', ()),
    ]
    assert (log.summary(), log.faults) == ({"B302": 2}, 0)


def test_gzip(write):
    whole = gzip.compress(b"fever\tDisease\n" * 1000)
    assert len(list(read_tsv(write(whole, "a.tsv.gz"), ProblemLog()))) == 1000
    assert skipped(read_tsv, write(whole[:-20], "cut.tsv.gz"))[1] == [("B116", 0)]
    assert skipped(read_tsv, write("fever\tX\n", "plain.tsv.gz")) == ([], [("B116", 0)])


def test_missing_file(tmp_path):
    with pytest.raises(BionerError, match=r"\[B101\].*absent.tsv"):
        list(read_tsv(tmp_path / "absent.tsv", ProblemLog("skip")))
    with pytest.raises(BionerError, match=r"\[B101\]"):
        list(read_tsv(tmp_path, ProblemLog("skip")))


CSV = """id,name,synonyms,kind
D1,aspirin,"acetylsalicylic acid | ASA | aspirin",Drug
D2|E2,"2,4-dinitrophenol"," DNP | ""dinitro"" ",
"""


def test_csv(write):
    path = write(CSV, "drugs.csv")
    columns = {"terms": ["name", "synonyms"], "concept": "id", "separator": " | "}
    assert list(read_csv(path, ProblemLog(), **columns, label="Chemical", label_column="kind")) == [
        Entry("aspirin", "Drug", ("D1",)),
        Entry("acetylsalicylic acid", "Drug", ("D1",)),
        Entry("ASA", "Drug", ("D1",)),
        Entry("2,4-dinitrophenol", "Chemical", ("D2", "E2")),
        Entry("DNP", "Chemical", ("D2", "E2")),
        Entry('"dinitro"', "Chemical", ("D2", "E2")),
    ]
    unsplit = next(read_csv(path, ProblemLog(), terms=["synonyms"], label="X"))
    assert unsplit.term == "acetylsalicylic acid | ASA | aspirin"


def test_csv_problems(write):
    path = write('name\tkind\na\tX\nb\tX\tY\n"c"d\tX\n\tX\n\ne\t\nf\tX\n"g\tX\n')
    entries, problems = skipped(read_csv, path, terms=["name"], label_column="kind", delimiter="\t")
    assert entries == [Entry("a", "X"), Entry("f", "X")]
    assert problems == [("B307", 3), ("B308", 4), ("B304", 5), ("B305", 7), ("B308", 9)]


@pytest.mark.parametrize(("content", "line"), [("id,term\n1,a\n", 1), ("", 1), ("\n\nid,term\n", 3)])
def test_csv_without_the_column(write, content, line):
    assert skipped(read_csv, write(content), terms=["name"], label="X") == ([], [("B306", line)])


def test_obo(write):
    path = write(OBO, "x.obo")
    assert list(read_obo(path, ProblemLog(), label="Disease")) == [
        Entry("heart attack", "Disease", ("X:1",)),
        Entry("myocardial infarction", "Disease", ("X:1",)),
        Entry('MI "acute"', "Disease", ("X:1",)),
        Entry("rash", "Disease", ("X:3",)),
    ]
    everything = list(read_obo(path, ProblemLog(), scopes=["BROAD", "RELATED"], obsolete=True))
    assert [(entry.term, entry.label) for entry in everything] == [
        ("heart attack", "findings"),
        ("cardiac event", "findings"),
        ("attack", "findings"),
        ("old disease", "findings"),
        ("rash", "skin"),
    ]


def test_obo_problems(write):
    path = write(
        "[Term]\nid: X:1\n\n[Term]\nname: a\nsynonym: b EXACT\n\n[Term]\nid: X:2\nname: c\n\n[Term]\n", "x.obo"
    )
    entries, problems = skipped(read_obo, path)
    assert entries == []
    assert problems == [("B304", 1), ("B309", 6), ("B318", 4), ("B305", 8), ("B318", 12)]
    with pytest.raises(BionerError, match=r"\[B310\].*exact.*EXACT"):
        list(read_obo(path, ProblemLog("skip"), scopes=["exact"]))


def test_obo_ids_of_another_terminology(write):
    text = "[Term]\nid: X:1\nname: a\nxref: MESH:D1 ! b\nxref: MESH:D2\nxref: MESHX:D3\n\n[Term]\nid: X:2\nname: c\n"
    report = ProblemLog()
    entries = list(read_obo(write(text, "x.obo"), report, label="D", xref="MESH"))
    assert entries == [Entry("a", "D", ("D1",)), Entry("a", "D", ("D2",))]
    assert "B253" in " ".join(report.describe())


def test_obo_values_without_their_trailers(write):
    path = write(
        r"""[Term]
id: X:1 {source="a"}
name: fever {comment="high ! very", x="\"y\""} ! not a name
synonym: "pyrexia {mild}" EXACT [PMID:1] {source="b"} ! c
exact_synonym: "febris" []
broad_synonym: "sign" []

[Term]
id: X:2
name: 2-{[4-chloro]methyl}phenol
synonym: "a\{b\}" EXACT []

[Term]
id: X:3
name: very \
long name {}
is_obsolete: false

[Term]
id: X:4
name: old
is_obsolete: true {since="2001"} ! gone

[Term]
id: X:5
name: stop! now {x=y}
""",
        "x.obo",
    )
    report = ProblemLog()
    assert [(entry.term, *entry.concepts) for entry in read_obo(path, report, label="X")] == [
        ("fever", "X:1"),
        ("pyrexia {mild}", "X:1"),
        ("febris", "X:1"),
        ("2-{[4-chloro]methyl}phenol", "X:2"),
        ("a{b}", "X:2"),
        ("very long name", "X:3"),
        ("stop! now", "X:5"),
    ]
    assert report.summary() == {"B319": 1, "B326": 1}
    assert "X:4 is obsolete" in report.describe()[0]
    assert [entry.term for entry in read_obo(path, ProblemLog(), label="X", scopes="BROAD")][1] == "sign"


def test_csv_that_cannot_be_meant(write):
    path = write("name,name,id\na,b,1\n", "a.csv")
    assert skipped(read_csv, path, terms="name", label="X") == ([], [("B317", 1)])
    assert list(read_csv(path, ProblemLog(), terms="id", label="X")) == [Entry("1", "X")]
    for delimiter in ("", "::", '"'):
        with pytest.raises(BionerError, match="B316"):
            list(read_csv(path, ProblemLog(), terms=["id"], delimiter=delimiter))


def test_labels_and_ids_that_no_writer_takes(write):
    path = write("fever\tA\x0bB\tD1\nrash\tA\tD\x1c1\ncold\tA\tD1|\n")
    assert skipped(read_tsv, path) == ([Entry("cold", "A", ("D1",))], [("B315", 1), ("B315", 2)])
    assert skipped(read_tsv, write("fever\n"), label=" ") == ([], [("B305", 1)])


def test_encodings(write):
    path = write("Läsion\tDisease\n".encode("utf-16"))
    assert list(make_tsv_lexicon(path, encoding="utf-16").entries()) == [Entry("Läsion", "Disease")]
    with pytest.raises(BionerError, match=r"B103.*utf-16"):
        list(make_tsv_lexicon(path).entries())
    with pytest.raises(BionerError, match="B124"):
        list(make_tsv_lexicon(path, encoding="utf-99").entries())


def test_lexicons_read_when_asked(write):
    path = write("fever\tDisease\n\tDisease\n")
    lexicon = make_tsv_lexicon(path)
    with pytest.raises(BionerError, match=rf"{path}:2: empty term"):
        list(lexicon.entries())
    assert list(make_tsv_lexicon(path, policy="skip").entries()) == [Entry("fever", "Disease")]
    for empty in (make_tsv_lexicon(None), make_csv_lexicon(None, ["a"]), make_obo_lexicon(None)):
        assert isinstance(empty, Lexicon)
        assert list(empty.entries()) == []


def test_registered_names(write):
    from spacy import registry

    path = write(CSV, "drugs.csv")
    config = {"@misc": "spacy-bioner.CsvLexicon.v1", "path": str(path), "terms": ["name"], "label": "Drug"}
    lexicon = registry.resolve({"drugs": config})["drugs"]
    assert [entry.term for entry in lexicon.entries()] == ["aspirin", "2,4-dinitrophenol"]
    for name in ("TsvLexicon", "OboLexicon"):
        block = {"@misc": f"spacy-bioner.{name}.v1", "path": None}
        assert list(registry.resolve({"terms": block})["terms"].entries()) == []


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="needs ../shared/data")
def test_real_lexicons_have_the_counts_of_their_readme():
    def table(name, column, delimiter="\t", **options):
        return list(make_csv_lexicon(REAL / name, [column], "X", delimiter=delimiter, **options).entries())

    scopes = ["EXACT", "BROAD", "NARROW", "RELATED"]
    diseases = list(make_obo_lexicon(REAL / "disease-ontology-2016.obo", "Disease", scopes).entries())
    assert len({entry.concepts for entry in diseases}) == 6_874
    # The readme counts 18,868 names: four differ from others by spaces around them.
    assert len({entry.term.lower() for entry in diseases}) == 18_864

    labels = table("disease-ontology-labels.tsv", "label", concept="id")
    assert len({entry.concepts for entry in labels}) == 12_246
    assert len(table("entrez-human-symbols.tsv", "symbol")) == 119_451
    assert len(table("mesh-headings-2015.tsv", "mesh_name")) == 27_455

    drugs = make_csv_lexicon(
        REAL / "drugbank-open-vocabulary.csv",
        ["Common name", "Synonyms"],
        "Chemical",
        concept="DrugBank ID",
        separator=" | ",
    )
    entries = list(drugs.entries())
    assert len({entry.concepts for entry in entries}) == 19_842
    assert len({entry.term.lower() for entry in entries}) == 55_516
