"""What ``from spacy_bioner import ...`` gives."""

import subprocess
import sys

import pytest
import spacy
from places import ASSETS

import spacy_bioner
from spacy_bioner import annotate, read, to_frame, write


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


def test_everything_named_is_there():
    assert all(hasattr(spacy_bioner, name) for name in spacy_bioner.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = spacy_bioner.nothing


def test_importing_the_package_imports_nothing_heavy():
    code = "import sys; import spacy_bioner; print({'spacy', 'numpy', 'srsly', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
