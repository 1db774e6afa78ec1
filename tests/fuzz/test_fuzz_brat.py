"""brat of strangers: any lines, any document, any offsets, any archive."""

import io
import tarfile
import zipfile
from itertools import count

from fuzzing import NASTY_STRINGS, damaged, survives, writes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nasty_documents import nasty_documents

from spacy_bioner.formats.brat import read, write
from spacy_bioner.formats.counting import UNITS

FUZZ = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
FRESH = count()

WORD = NASTY_STRINGS | st.sampled_from(
    ["T1", "T2", "R1", "E1", "#1", "Arg1:T1", "Theme:E1", "AnnotatorNotes", "score=1"]
)
NUMBERS = st.integers(-3, 60) | st.sampled_from([2**63, 10**18, 1.5, "9" * 5000])
OFFSETS = st.lists(NUMBERS.map(str), max_size=4).map(" ".join)
CELLS = WORD | OFFSETS | st.lists(WORD | OFFSETS, max_size=3).map(" ".join)
LINES = st.lists(st.tuples(WORD, CELLS, CELLS).map("\t".join) | NASTY_STRINGS, max_size=6).map("\n".join)


@FUZZ
@given(
    text=NASTY_STRINGS,
    lines=LINES,
    unit=st.sampled_from(UNITS),
    triggers=st.booleans(),
    labels=st.none() | st.lists(NASTY_STRINGS),
)
def test_any_lines_are_read_or_reported_and_come_back(tmp_path, text, lines, unit, triggers, labels):
    folder = tmp_path / str(next(FRESH))
    folder.mkdir()
    (folder / "a.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    (folder / "a.ann").write_bytes(lines.encode("utf-8", "surrogatepass"))
    found = survives(read, folder, offsets=unit, triggers=triggers, labels=labels)
    assert writes(write, found, folder / "out")
    again = survives(read, folder / "out") if found else []
    assert [(d.text, d.mentions, d.relations) for d in again] == [(d.text, d.mentions, d.relations) for d in found]


@FUZZ
@given(document=nasty_documents())
def test_documents_of_nasty_strings_come_back_or_are_refused(tmp_path, document):
    folder = tmp_path / str(next(FRESH))
    folder.mkdir()
    for name in ("out", "out.zip", "out.tar.gz", "out.txt"):
        if writes(write, [document], folder / name):
            (again,) = survives(read, folder / name)
            assert again.text == document.text
            spans = [(m.start, m.end, m.label, m.concepts, m.score) for m in document.mentions]
            assert [(m.start, m.end, m.label, m.concepts, m.score) for m in again.mentions] == spans


def _archives():
    members = {"a.txt": b"abc", "a.ann": b"T1\tX 0 1\ta\n", "b/c.txt": b"x" * 600, "b/c.a1": b"", "._x.txt": b""}
    tar, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return {"a.tar.gz": tar.getvalue(), "a.zip": zipped.getvalue()}


ARCHIVES = _archives()


@settings(FUZZ, max_examples=300)
@given(data=st.data(), name=st.sampled_from(sorted(ARCHIVES)))
def test_damaged_archives(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(data.draw(damaged(ARCHIVES[name])))
    survives(read, path)
