"""What ``from spacy_bioner import ...`` gives."""

import subprocess
import sys

import pytest
import spacy
from places import ASSETS

import spacy_bioner
from spacy_bioner import Document, annotate, read, to_frame, write
from spacy_bioner.errors import BionerError


def test_files_through_a_pipeline_to_a_table(tmp_path):
    pytest.importorskip("pandas")
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR", ["D005076"])])
    documents = list(read(ASSETS / "brat/train"))
    write(annotate(nlp, documents), tmp_path / "x.jsonl")
    again = list(read(tmp_path / "x.jsonl"))
    assert [d.id for d in again] == [d.id for d in documents]
    frame = to_frame(again)
    assert set(frame["text"].str.lower()) == {"rash"}
    assert set(frame["concept"]) == {"D005076"}
    docs = list(nlp.pipe(d.text for d in documents))
    assert to_frame(docs)[["start", "end", "label", "score"]].equals(frame[["start", "end", "label", "score"]])


@pytest.mark.parametrize("wrong", ["A rash.", None, 7, ("A rash.", {}), "doc"])
def test_what_is_no_document_is_told(wrong, tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    items = [Document("No."), nlp("A rash.") if wrong == "doc" else wrong]
    for call in (lambda: list(annotate(nlp, items)), lambda: write(items, tmp_path / "x.jsonl")):
        with pytest.raises(BionerError, match=r"B255.*Document\(text\)"):
            call()
    assert [path.name for path in tmp_path.iterdir()] == []


def test_everything_named_is_there():
    assert all(hasattr(spacy_bioner, name) for name in spacy_bioner.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = spacy_bioner.nothing


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys; import spacy_bioner; print({'spacy', 'numpy', 'srsly', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
