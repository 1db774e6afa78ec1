"""negspacy and medspaCy's ConText over the entities of our components, in one pipeline."""

import pytest
import spacy
import srsly
from spacy.cli._util import app
from typer.testing import CliRunner

import spacy_bioner.cli  # noqa: F401  (adds its commands to spaCy's)
from spacy_bioner import Document, annotate
from spacy_bioner.corpus.annotation.stream import Selection

TEXT = "She denies rash. Possible nausea. History of migraine. Her mother has diabetes. She has fever."
TERMS = ["rash", "nausea", "migraine", "diabetes", "fever"]


def pipeline(component):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_sentences")
    nlp.add_pipe("bioner_dictionary").add_terms([(term, "ADR") for term in TERMS])
    nlp.add_pipe(component)
    return nlp


def attributes(nlp, **names):
    (document,) = annotate(nlp, [Document(TEXT)], Selection(attributes=tuple(names.items())))
    return {document.text_of(mention): mention.attributes for mention in document.mentions}


def test_negspacy():
    pytest.importorskip("negspacy.negation")
    found = attributes(pipeline("negex"), negex="Negated")
    assert found == {**dict.fromkeys(TERMS, ()), "rash": (("Negated", ""),)}


def test_medspacy_context():
    pytest.importorskip("medspacy.context")
    names = {"is_negated": "Negated", "is_uncertain": "Uncertain", "is_historical": "Past", "is_family": "Family"}
    found = attributes(pipeline("medspacy_context"), **names)
    expected = {"rash": "Negated", "nausea": "Uncertain", "migraine": "Past", "diabetes": "Family"}
    assert found == {"fever": (), **{term: ((name, ""),) for term, name in expected.items()}}


def test_the_command_imports_code_and_takes_attributes(tmp_path):
    pytest.importorskip("negspacy.negation")
    pipeline("negex").to_disk(tmp_path / "model")
    (tmp_path / "code.py").write_text("import negspacy.negation\n")
    (tmp_path / "a.txt").write_text(TEXT)
    given = ["bioner", "annotate", str(tmp_path / "model"), str(tmp_path / "a.txt"), str(tmp_path / "found.jsonl")]
    given += ["--attributes", "negex=Negated"]
    result = CliRunner().invoke(app, [*given, "--code", str(tmp_path / "code.py")])
    assert result.exit_code == 0, result.output
    (found,) = srsly.read_jsonl(tmp_path / "found.jsonl")
    assert [entity.get("attributes") for entity in found["entities"]] == [[["Negated", ""]], None, None, None, None]
    missing = CliRunner().invoke(app, [*given, "--overwrite", "--code", str(tmp_path / "none.py")])
    assert missing.exit_code == 1
    assert "B763" in missing.output
