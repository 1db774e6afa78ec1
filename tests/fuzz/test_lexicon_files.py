"""Lexicons: whatever a well-formed file says is read as it was meant, and a damaged packed one gives a coded problem.

``targets`` has what the readers of lexicons must survive.
"""

import csv
import gzip
import io
import lzma

import pytest
from fuzzing import damaged
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.errors import BionerError
from spacy_bioner.formats.lexicon import Entry, read_csv, read_tsv
from spacy_bioner.formats.obo import read_obo
from spacy_bioner.formats.problems import ProblemLog

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)
NAMES = st.lists(TEXT, min_size=1, max_size=4, unique=True)
QUALIFIERS = st.sampled_from(["", " {}", ' {a="b"}', ' {a="b ! {c}", d=e} ! f', " ! g", ' {a="\\"}"}'])
PACKERS = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def escaped(text: str) -> str:
    return "".join("\\" + c if c in '\\"{}!:[]()' else c for c in text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lexicons")


@given(NAMES, st.data())
def test_obo_terms_are_read_as_they_were_written(folder, names, data):
    lines = [f'synonym: "{escaped(name)}" EXACT []{data.draw(QUALIFIERS)}' for name in names[1:]]
    stanza = ["[Term]", f"id: X:1{data.draw(QUALIFIERS)}", f"name: {escaped(names[0])}{data.draw(QUALIFIERS)}", *lines]
    (folder / "a.obo").write_text("\n".join(stanza), encoding="utf-8")
    expected = [Entry(name, "L", ("X:1",)) for name in names]
    assert list(read_obo(folder / "a.obo", ProblemLog(), label="L")) == expected


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_csv_terms_are_read_as_they_were_written(folder, rows):
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["n", "s"])
    writer.writerows([row[0], row[-1]] for row in rows)
    (folder / "a.csv").write_text(file.getvalue(), encoding="utf-8", newline="")
    expected = [Entry(name, "L") for row in rows for name in dict.fromkeys([row[0], row[-1]])]
    assert list(read_csv(folder / "a.csv", ProblemLog(), terms=["n", "s"], label="L")) == expected


@given(st.data(), st.sampled_from(list(PACKERS)))
def test_damaged_packed_files_give_coded_problems(folder, data, suffix):
    path = folder / f"a.tsv{suffix}"
    path.write_bytes(data.draw(damaged(PACKERS[suffix](b"fever\tDisease\tD1\nrash\tDisease\n" * 20))))
    log = ProblemLog("skip")
    skipped = list(read_tsv(path, log))
    if log.counts.keys() - {"B136", "B137"}:
        with pytest.raises(BionerError) as caught:
            list(read_tsv(path, ProblemLog("error")))
        assert caught.value.code in log.counts
    else:
        assert list(read_tsv(path, ProblemLog("error"))) == skipped
