"""Column files: what they mean, that nothing of them is lost, and that every fault is located and counted."""

from collections import Counter
from pathlib import Path

import pytest
from column_files import reading
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from places import DATA
from sample_documents import documents, token_documents

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog
from spacy_bioner.formats.conll import read, recognises, write
from spacy_bioner.tags import SCHEMES

DATA = DATA / "conll"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tsv"


def found(documents):
    return [[(d.text[m.start : m.end], m.label) for m in d.mentions] for d in documents]


def test_sentences(path):
    first, second = reading(path, "No\tO\nacute\tB-ADR\nrash\tI-ADR\n.\tO\n\n5\tB-Dose\nmg\tI-Dose\n")
    assert first == Document(
        "No acute rash .",
        [Mention(3, 13, "ADR")],
        id="a-1",
        tokens=[(0, 2), (3, 8), (9, 13), (14, 15)],
        sentences=[0],
        extra={"conll": {}},
    )
    assert (second.text, second.id, found([second])) == ("5 mg", "a-2", [[("5 mg", "Dose")]])


def test_docstart_lines_make_documents_of_sentences(path):
    content = "-DOCSTART- (1)\tO\n\na\tB-X\n\nb\tB-X\nc\tO\n\n-DOCSTART-\tO\n\n-DOCSTART-\tO\n\nd\tO\n\n"
    first, empty, last = reading(path, content)
    assert (first.text, first.sentences, found([first])) == ("a b c", [0, 1], [[("a", "X"), ("b", "X")]])
    assert (empty.text, empty.tokens, empty.sentences) == ("", [], [])
    assert (last.text, last.id) == ("d", "a-3")
    write([first, empty, last], path)
    assert path.read_text() == content


def test_columns_by_position_and_name(path):
    content = "word pos tag\nNo DT O\nrash NN B-ADR\n\n"
    for options in ({"token": "word", "tag": "tag"}, {"header": True}, {"token": 0, "tag": -1, "header": True}):
        documents = reading(path, content, **options)
        assert found(documents) == [[("rash", "ADR")]]
        write(documents, path)
        assert path.read_text() == content
    (document,) = reading(path, content.replace(" ", "\t"), tag="tag", token="pos")
    assert document.text == "DT NN"
    swapped = "O\tx\tNo\nB-ADR\ty\trash\n\n"
    documents = reading(path, swapped, token=2, tag=0)
    assert documents[0].text == "No rash"
    write(documents, path)
    assert path.read_text() == swapped
    for options in ({"tag": "ner"}, {"tag": 3}, {"token": -4}):
        with pytest.raises(BionerError, match=r"B147.*a.tsv:1"):
            reading(path, content, **options)


def test_separators(path):
    assert found(reading(path, "acute \t B-ADR\nrash   I-ADR\n", separator=" ")) == [[("acute rash", "ADR")]]
    assert found(reading(path, "acute B-ADR\nrash I-ADR\n")) == [[("acute rash", "ADR")]]
    # A no-break space separates no columns.
    with pytest.raises(BionerError, match="B142"):
        reading(path, "a\u00a0b B-ADR\nx\u00a0I-ADR\n")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("named", [True, False])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpus=st.lists(token_documents(), max_size=3))
def test_round_trip_in_every_scheme(path, scheme, named, corpus):
    write(corpus, path, scheme=scheme)
    content = path.read_bytes()
    report = ProblemLog()
    back = list(read(path, report, scheme=scheme if named else None))
    assert not report.counts
    assert [(d.text, d.mentions, d.tokens, d.sentences) for d in back] == [
        (d.text, d.mentions, d.tokens, d.sentences) for d in corpus
    ]
    write(back, path)
    if named or any(d.mentions for d in corpus):
        assert path.read_bytes() == content


CELLS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), separator=st.sampled_from("\t "), width=st.integers(2, 4), untyped=st.booleans())
def test_canonical_files_keep_their_bytes(path, data, separator, width, untyped):
    token, tag = data.draw(st.permutations(range(width)))[:2]
    lines = []
    marked = data.draw(st.booleans())
    for document in data.draw(st.lists(token_documents(max_sentences=3 if marked else 1), min_size=1, max_size=3)):
        if marked:
            lines += [f"-DOCSTART-{separator}" + data.draw(CELLS), ""]
        write([document], path)
        for row in [line for line in path.read_text().split("\n")[:-1] if not line.startswith("-DOCSTART-")]:
            cells = [data.draw(CELLS) for _ in range(width)]
            if row:
                cells[token], cells[tag] = row.split("\t")
                cells[tag] = cells[tag][0] if untyped else cells[tag].replace(" ", "_")
                lines.append(separator.join(cells))
            elif lines[-1]:
                lines.append("")
    content = "".join(f"{line}\n" for line in lines)
    documents = reading(path, content, token=token, tag=tag, label="X" if untyped else None, separator=separator)
    write(documents, path)
    assert path.read_text() == content


def test_grouped_sentences(path):
    content = "a\tB-X\n\nb\tB-X\n\nc\tO\n\n"
    two, one = reading(path, content, group=2)
    assert (two.text, two.sentences, one.text) == ("a b", [0, 1], "c")
    write([two, one], path)
    assert path.read_text() == content
    (document,) = reading(path, content, group=0)
    assert document.sentences == [0, 1, 2]


def test_tags_without_a_type(path):
    content = "a\tB\nb\tI\n\nc\tO\n\n"
    with pytest.raises(BionerError, match=r"B145.*a.tsv:1.*'B'.*--label"):
        reading(path, content)
    documents = reading(path, content, label="Species")
    assert found(documents) == [[("a b", "Species")], []]
    write(documents, path)
    assert path.read_text() == content
    assert found(reading(path, "a\tB-X\n", label="Species")) == [[("a", "X")]]


@pytest.mark.parametrize(
    ("tags", "scheme", "expected"),
    [
        ("I-X I-X O B-X I-X", "BIO", ["a b", "d e"]),
        ("B-X I-Y O", "BIO", ["a", "b"]),
        ("B-X B-X E-X O S-X", "IOBES", ["a", "b c", "e"]),
        ("B-X B-X L-X O U-X", "BILOU", ["a", "b c", "e"]),
    ],
)
def test_illegal_sequences_are_read_by_conllevals_rule_and_counted(path, tags, scheme, expected):
    rows = [f"{word}\t{tag}\n" for word, tag in zip("abcde", tags.split(), strict=False)]
    for named in (scheme, None):
        report = ProblemLog()
        documents = reading(
            path, "x\tO\n\n" + "".join(rows) + "\nf\tB-X\ng\tI-X\n" * (scheme == "BIO"), report, scheme=named
        )
        assert [words for words, _ in found(documents)[1]] == expected
        assert report.summary() == {"B146": 1}
        assert scheme in report.problems[0].message
    assert documents[1].extra["conll"].get("scheme", "BIO") == scheme


def test_the_scheme_is_found_out(path):
    for scheme, tags in (("IOB1", "I-X I-X B-X O I-Y"), ("BIO", "B-X I-X B-X O B-Y"), ("BILOU", "B-X L-X U-X O U-Y")):
        report = ProblemLog()
        rows = "".join(f"{word}\t{tag}\n" for word, tag in zip("abcde", tags.split(), strict=True))
        assert found(reading(path, rows, report)) == [[("a b", "X"), ("c", "X"), ("e", "Y")]]
        assert not report.counts, scheme
    with pytest.raises(BionerError, match="B001"):
        reading(path, rows, scheme="IOB")


HOSTILE = [
    ("B142", "a\tO\nb\nc\tO\n\nd\tO\n", 2),
    ("B142", "a\tO\nb\tx\tO\n\nd\tO\n", 2),
    ("B142", "only\n\nd\n", 1),
    ("B143", "a\tO\n\tO\n\nd\tO\n", 2),
    ("B143", "a\tO\n \tB-X\nc\tI-X\n\nd\tO\n", 2),
    ("B143", "a\tO\nb c\tO\n\nd\tO\n", 2),
    ("B144", "a\tO\nb\tX\n\nd\tO\n", 2),
    ("B144", "a\tO\nb\tB-\n\nd\tO\n", 2),
    ("B144", "a\tO\nb\tX-Y\n\nd\tO\n", 2),
    ("B144", "a\tO\nb\t\n\nd\tO\n", 2),
    ("B103", b"a\tO\nb\xff\tO\n\nd\tO\n", 2),
    ("B103", b"a\tO\nb\xff\tO", 2),
]


@pytest.mark.parametrize(("code", "content", "line"), HOSTILE)
def test_faults_are_located_and_cost_one_sentence(path, code, content, line):
    with pytest.raises(BionerError, match=rf"{code}.*a.tsv:{line}\b"):
        reading(path, content)
    report = ProblemLog("skip")
    documents = reading(path, content, report)
    assert report.counts[code] >= 1
    assert report.problems[0].line == line
    assert [d.text for d in documents] == ([] if content in (b"a\tO\nb\xff\tO", "only\n\nd\n") else ["d"])


def test_unknown_tags_are_counted(path):
    report = ProblemLog()
    assert found(reading(path, "a\t-\nb\tB-X\n", report)) == [[("b", "X")]]
    assert report.summary() == {"B150": 1}


def test_byte_order_mark_crlf_and_blank_lines(path):
    report = ProblemLog()
    documents = reading(path, b"\n\xef\xbb\xbf".lstrip() + b"a\tB-X\r\nb\tI-X\r\n \t\r\n\r\nc\tO\r\n\r\n\r\n", report)
    assert found(documents) == [[("a b", "X")], []]
    assert report.summary() == {"B136": 1, "B137": 1}


def test_empty_files(path):
    for content in ("", "\n\n", "\ufeff"):
        assert reading(path, content) == []
    write([], path)
    assert path.read_text() == ""


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.text("ab\tOBI-X\n ", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_reported(path, content):
    path.write_bytes(content)
    report = ProblemLog("skip")
    try:
        documents = list(read(path, report, label="X"))
    except BionerError as err:
        assert err.code == "B147"  # noqa: PT017
        return
    write(documents, path)
    again = list(
        read(
            path, ProblemLog(), label="X", separator=documents[0].extra["conll"].get("separator") if documents else None
        )
    )
    assert [(d.text, d.mentions) for d in again] == [(d.text, d.mentions) for d in documents]


def test_documents_without_tokens_are_tokenized(path):
    document = Document("BRCA1/2 and heart\nfailure", [Mention(0, 5, "G"), Mention(12, 25, "D"), Mention(12, 17, "D")])
    report, counts = ProblemLog("skip"), Counter()
    write([document], path, report, counts=counts)
    assert path.read_text() == ("BRCA1\tB-G\n/\tO\n2\tO\nand\tO\nheart\tB-D\nfailure\tI-D\n\n")
    assert counts == {"mentions": 3, "exact": 2, "nested": 1}
    assert report.summary() == {"B152": 1}


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    corpus=st.lists(documents(), min_size=1, max_size=3),
    policy=st.sampled_from(["strict", "contract", "expand", "split"]),
)
def test_any_documents_are_written(path, corpus, policy):
    counts = Counter()
    write(corpus, path, policy=policy, counts=counts)
    back = list(read(path, ProblemLog()))
    held = counts["exact"] + counts["contracted"] + counts["expanded"] + counts["split"]
    assert len(back) == len(corpus)
    assert sum(len(d.mentions) for d in back) == held
    assert counts["mentions"] == sum(len(d.mentions) for d in corpus)


def test_a_sentence_does_not_start_inside_a_mention(path):
    document = Document("a b c", [Mention(2, 5, "X")], tokens=[(0, 1), (2, 3), (4, 5)], sentences=[0, 1, 2])
    report = ProblemLog("skip")
    write([document], path, report)
    assert path.read_text() == "-DOCSTART-\tO\n\na\tO\n\nb\tB-X\nc\tI-X\n\n"
    assert report.summary() == {"B151": 1}


def test_document_boundaries_once_there_are_any(path):
    one = Document("a", tokens=[(0, 1)])
    two = Document("b c", tokens=[(0, 1), (2, 3)], sentences=[0, 1])
    write([one, one, two, one], path)
    assert [d.text for d in read(path, ProblemLog())] == ["a", "a", "b c", "a"]


def test_changed_mentions_are_written_with_the_other_columns(path):
    (document,) = reading(path, "No DT O\nrash NN B-ADR\n\n")
    document.mentions = [Mention(0, 7, "Finding")]
    write([document], path, scheme="BILOU")
    assert path.read_text() == "No DT B-Finding\nrash NN L-Finding\n\n"


def test_a_token_with_white_space_cannot_be_written(path):
    with pytest.raises(BionerError, match=r"B149.*d1"):
        write([Document("a b", id="d1", tokens=[(0, 3)])], path)
    assert not path.exists()


def test_labels_with_white_space(path):
    (document,) = reading(path, "a\tB-Side effect\n")
    assert found([document]) == [[("a", "Side effect")]]
    for label, stored in (("Side  effect", {}), ("a\tb", {}), ("Side effect", {"separator": " "}), (" a", {})):
        document.mentions, document.extra = [Mention(0, 1, label)], {"conll": stored}
        with pytest.raises(BionerError, match="B148"):
            write([document], path)


def test_separators_are_tabs_or_blanks(path):
    with pytest.raises(BionerError, match="B165"):
        reading(path, "a,O\n", separator=",")


def test_recognises():
    assert recognises(Path("a.txt"), "a\tO\nb\tB-X\n")
    assert recognises(Path("a.txt"), "word tag\n" + "a O\n" * 20 + "cut of")
    for head in (
        "",
        "a\tO\n",
        "Vitamin B\nVitamin B\n",
        "A sentence.\nAnother one O\n",
        "1|t|Title\n1|a|Text\n",
        "O\nO\n",
    ):
        assert not recognises(Path("a.txt"), head), head


CORPORA = {
    "NCBI-disease": ([5424, 923, 940], 6881, {}),
    "BC5CDR": ([4560, 4581, 4797], 15935 + 12852, {}),
    "BC2GM": ([12574, 2519, 5038], 24583, {}),
    "LINNAEUS": ([11935, 4078, 7142], 4263, {}),
    "JNLPBA": ([16807, 1739, 3856], 59963, {}),
    "S800": ([5733, 830, 1630], 3708, {"label": "Species"}),
}


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
@pytest.mark.parametrize("name", CORPORA)
def test_public_corpora(name, tmp_path):
    sentences, mentions, options = CORPORA[name]
    counted, total = [], 0
    for part in ("train", "devel", "test"):
        report = ProblemLog()
        documents = list(read(DATA / name / f"{part}.tsv", report, **options))
        assert not report.counts
        counted.append(sum(len(d.sentences) for d in documents))
        total += sum(len(d.mentions) for d in documents)
        if part == "devel":
            write(documents, tmp_path / "copy.tsv")
            assert (tmp_path / "copy.tsv").read_bytes() == (DATA / name / "devel.tsv").read_bytes()
    assert (counted, total) == (sentences, mentions)
