"""``spacy bioner annotate``: the pipeline is loaded once, and checked before anything is written."""

import json
from pathlib import Path

import pytest
import spacy
from commands import runner
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.documents.document import Question
from spacy_bioner.formats import Document, read, write

run = runner("annotate")


@pytest.fixture
def loads(tmp_path, monkeypatch):
    """Make a pipeline and texts; return the list of the pipelines that are loaded."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    write([Document(f"{i} rash", id=str(i)) for i in range(4)], tmp_path / "in.jsonl")
    load, loaded = spacy.util.load_model, []

    def counted(name, *arguments, **options):
        loaded.append(name)
        return load(name, *arguments, **options)

    monkeypatch.setattr("spacy.util.load_model", counted)
    monkeypatch.chdir(tmp_path)
    return loaded


def test_one_process_loads_the_pipeline_once(loads):
    run("model", "in.jsonl", "out.jsonl", "--shard-size", 2)
    assert loads == ["model"]
    assert [len(document.mentions) for document in read("out.jsonl")] == [1] * 4


def test_a_pipeline_that_does_not_fit_writes_nothing(loads, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    run("model", "in.jsonl", "out.jsonl", "--labels", "Drug", code=1)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_stopped_job_says_what_is_kept(loads, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("spacy_bioner.corpus.annotation.job.write_errors", stop)
        told = run("model", "in.jsonl", "out.jsonl", code=130)
    assert "out.jsonl.parts" in told
    assert "the same command again" in told
    assert "Kept of an earlier run: 1 shard" in run("model", "in.jsonl", "out.jsonl")


def stop(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("command", [["annotate", "model"], ["convert"], ["harmonize"]])
def test_an_input_without_documents_is_told(loads, command):
    Path("empty.jsonl").write_text("")
    output = ["-o", "out.jsonl"] if command == ["harmonize"] else ["out.jsonl"]
    for source, warned in (("empty.jsonl", True), ("in.jsonl", False)):
        result = CliRunner().invoke(app, [*command, source, *output, *(["--overwrite"] if command[1:] else [])])
        assert result.exit_code == 0, result.output
        assert ("no document was written" in result.output) == warned


def test_the_second_run_says_what_the_first_said(loads):
    """Which faults there were, and what the format cannot hold."""
    Path("faulty.jsonl").write_text('{"id": "d", "text": "A rash.", "meta": {"year": 2020}}\n{\n')
    arguments = ["annotate", "model", "faulty.jsonl", "out", "--to", "brat"]
    first, second = (CliRunner().invoke(app, arguments) for _ in range(2))
    assert first.exit_code == second.exit_code == 3
    assert "nothing to do" in second.output
    warned, again = (
        [line.partition("⚠")[2] for line in one.output.splitlines() if "⚠" in line] for one in (first, second)
    )
    assert again == warned
    assert any("[B153] faulty.jsonl:2" in line for line in warned)
    assert any("[B263]" in line for line in warned)


CODE = """
from spacy.language import Language
from spacy_bioner.documents.doc_questions import get_question, set_answers
from spacy_bioner.documents.doc_relations import RelationSpans, set_relations
from spacy_bioner.documents.document import Answer

class Relate:
    labels = ("causes", "treats")

    def __call__(self, doc):
        pairs = [(a, b) for a in doc.ents for b in doc.ents if a.start < b.start]
        set_relations(doc, [RelationSpans(*pair, "causes", 0.5) for pair in pairs])
        return doc

class Reply:
    def __call__(self, doc):
        set_answers(doc, [Answer(doc[0].text, 0, 0.5)] if get_question(doc) else [])
        return doc

@Language.factory("test_relate_all", assigns=["doc.spans"], default_score_weights={"relations_f": 1.0})
def relate(nlp, name):
    return Relate()

@Language.factory("test_reply", assigns=["doc.spans"], default_score_weights={"answers_f1": 1.0})
def reply(nlp, name):
    return Reply()
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Make pipelines that find relations and answers with code of their own; return their folder."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "own.py").write_text(CODE)
    spacy.util.import_file("python_code", folder / "own.py")
    for name, factory in (("related", "test_relate_all"), ("asked", "test_reply")):
        nlp = spacy.blank("en")
        if name == "related":
            nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR"), ("aspirin", "Drug")])
        nlp.add_pipe(factory)
        nlp.to_disk(folder / name)
    return folder


@pytest.fixture
def with_code(models, tmp_path, monkeypatch):
    """Make texts, of which one has a question; return a function that annotates files with one of the pipelines."""
    monkeypatch.chdir(tmp_path)
    documents = [Document("aspirin, then rash", id="1", question=Question("What was taken?")), Document("none", id="2")]
    write(documents, tmp_path / "in.jsonl")
    write(documents[1:], tmp_path / "none.jsonl")
    return lambda name, *rest, **kwargs: run(models / name, *rest, "--code", models / "own.py", **kwargs)


def test_relations_are_counted(with_code):
    printed = with_code("related", "in.jsonl", "out.jsonl")
    assert "2 entities; 1 document without entities; 1 relation" in printed
    assert json.loads(Path("out.jsonl.manifest.json").read_text())["counts"]["relations"] == {"causes": 1}
    printed = with_code("related", "in.jsonl", "one.jsonl", "--labels", "Drug")
    assert "not among the entities: 1 relation" in printed
    assert json.loads(Path("one.jsonl.manifest.json").read_text())["counts"]["left_out"] == 1


def test_answers_are_counted(with_code):
    printed = with_code("asked", "in.jsonl", "out.jsonl")
    assert "1 answer to 1 question" in printed
    assert "entities" not in printed
    assert json.loads(Path("out.jsonl.manifest.json").read_text())["counts"]["answers"] == 1


def test_the_type_of_a_relation_is_no_entity_label(with_code):
    assert "B273" in with_code("related", "in.jsonl", "out.jsonl", "--labels", "causes", code=1)
    with_code("related", "none.jsonl", "out", "--to", "brat")
    settings = Path("out/annotation.conf").read_text()
    assert "[entities]\n\nADR\nDrug\n\n[relations]" in settings
    assert "causes\tArg1:<ENTITY>, Arg2:<ENTITY>\ntreats\tArg1:<ENTITY>, Arg2:<ENTITY>\n" in settings
