"""``spacy bioner evaluate`` and ``table``: the figures, the files behind them, and mistakes without tracebacks."""

import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, Mention, read, write

GOLD = [
    Document("Aspirin gave me a rash.", [Mention(0, 7, "Drug"), Mention(18, 22, "ADR")], id="a"),
    Document("Painkillers, then a rash.", [Mention(0, 4, "ADR"), Mention(20, 24, "ADR")], id="b"),
]


@pytest.fixture
def files(tmp_path):
    """A pipeline that knows two words, and gold in which one mention is half a word."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "ADR", "pattern": "rash"}, {"label": "ADR", "pattern": "Aspirin"}])
    nlp.to_disk(tmp_path / "model")
    write(GOLD, tmp_path / "gold.jsonl")
    return tmp_path


def run(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    assert code == 0 or isinstance(result.exception, SystemExit)
    return " ".join(result.output.split())


def test_prints_scores_and_writes_what_they_rest_on(files):
    output, predictions = files / "new" / "metrics.json", files / "new" / "found.jsonl"
    printed = run("evaluate", files / "model", files / "gold.jsonl", "-o", output, "-p", predictions)
    assert "all 66.67 50.00 57.14 2 1 2" in printed
    metrics = json.loads(output.read_text())
    assert metrics["ents_p"] == pytest.approx(2 / 3)
    assert metrics["ents_r"] == 0.5
    assert metrics["ents_per_type"]["Drug"]["fn"] == 1
    assert metrics["ents_unreachable"] == 1, "half a word"
    assert metrics["alignment"] == {"mentions": 4, "exact": 3, "lost": 1}
    assert metrics["problems"] == {}
    found = list(read(predictions))
    assert [[(m.start, m.end, m.label) for m in d.mentions] for d in found] == [
        [(0, 7, "ADR"), (18, 22, "ADR")],
        [(20, 24, "ADR")],
    ]
    assert [d.id for d in found] == ["a", "b"]


def test_gold_under_the_labels_that_another_corpus_uses(files):
    printed = run("evaluate", files / "model", files / "gold.jsonl", "--labels", "Drug=ADR")
    assert "all 100.00 75.00 85.71 3 0 1" in printed
    printed = run("evaluate", files / "model", files / "gold.jsonl", "--labels", "ADR=,Drug=ADR")
    assert "all 33.33 100.00 50.00 1 2 0" in printed
    assert "no mention is labelled" not in printed
    assert "B235" in run("evaluate", files / "model", files / "gold.jsonl", "--labels", "Drug", code=1)


def test_old_labels_that_no_mention_has_are_told(files):
    printed = run("evaluate", files / "model", files / "gold.jsonl", "--labels", "drug=ADR,ADR:Sure=ADR,*=ADR")
    assert "no mention is labelled drug, ADR:Sure: the labels are ADR, Drug" in printed
    printed = run("score", files / "gold.jsonl", f"a={files / 'gold.jsonl'}", "--labels", "drug=ADR")
    assert "no mention is labelled drug: the labels are ADR, Drug" in printed


def test_documents_that_are_given_twice_are_told(files):
    paths = f"{files / 'gold.jsonl'},{files / 'gold.jsonl'}"
    assert "2 documents with the id and text of an earlier one" in run("evaluate", files / "model", paths)
    assert "earlier one" not in run("evaluate", files / "model", files / "gold.jsonl")


def test_table_of_several_systems(files):
    for name in ("one", "two"):
        run("evaluate", files / "model", files / "gold.jsonl", "-o", files / "metrics" / f"{name}.json")
    printed = run("table", files / "metrics")
    assert "system P R F1 F1 ADR F1 Drug tokens/s" in printed
    assert "one 66.67 50.00 57.14 66.67 0.00" in printed
    assert "two 66.67 50.00 57.14 66.67 0.00" in printed


def test_mistakes_are_named(files):
    assert "[B130]" in run("evaluate", files / "model", files / "nowhere.jsonl", code=1)
    assert "[B804]" in run("evaluate", files / "nowhere", files / "gold.jsonl", code=1)
    assert "[B138]" in run("evaluate", files / "model", files / "gold.jsonl", "--policy", "bend", code=1)
    assert "[B162]" in run("evaluate", files / "model", files / "gold.jsonl", "--on-error", "hide", code=1)
    assert "[B801]" in run("table", files / "nowhere", code=1)
    (files / "empty.jsonl").write_text("")
    assert "[B808]" in run("evaluate", files / "model", files / "empty.jsonl", code=1)
    write([Document("rash " * 250_000, id="long")], files / "long.jsonl")
    assert "[B809] document 'long' has 1250000 characters" in run(
        "evaluate", files / "model", files / "long.jsonl", code=1
    )


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("B806", ["--output", "folder"]),
        ("B780", ["--predictions", "x.json"]),
        ("B168", ["--predictions", "x.rel"]),
        ("B807", ["--gpu-id", "99"]),
    ],
)
def test_what_cannot_be_written_is_told_before_tagging(files, monkeypatch, code, arguments):
    monkeypatch.chdir(files)
    (files / "folder").mkdir()
    monkeypatch.setattr("spacy.util.load_model", lambda *_: pytest.fail("loaded"))
    assert code in run("evaluate", "model", "gold.jsonl", *arguments, code=1)


def test_without_gold_the_scores_say_nothing(files):
    write([Document("Aspirin gave me a rash.")], files / "bare.jsonl")
    assert "no gold mention in" in run("evaluate", files / "model", files / "bare.jsonl")


@pytest.mark.parametrize(
    ("train", "data", "told"),
    [
        ("data/gold.jsonl", "data/gold.jsonl", True),
        ("other.jsonl,data/gold.jsonl", "data/gold.jsonl", True),
        ("data", "data/gold.jsonl", True),
        ("data/gold.jsonl", "data", True),
        ("data/other.jsonl", "data/gold.jsonl", False),
        (None, "data/gold.jsonl", False),
    ],
)
def test_scores_on_the_training_data_are_told(files, monkeypatch, train, data, told):
    monkeypatch.chdir(files)
    write(GOLD, "data/gold.jsonl")
    nlp = spacy.load("model")
    reader = {"@readers": "spacy-bioner.Corpus.v1", "path": "${paths.train}"}
    nlp.config = nlp.config.merge(
        {"paths": {"train": train}, "corpora": {"train": reader}, "training": {"train_corpus": "corpora.train"}}
    )
    nlp.to_disk("trained")
    printed = run("evaluate", "trained", data)
    assert ("the pipeline was trained on it" in printed) == told


def test_raw_text_beside_the_tokens_of_the_corpus(files):
    """A pipeline that knows a word whole: in a column file it is a token, in raw text its tokenizer cuts it."""
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "Gene", "pattern": [{"ORTH": "p53/p21"}]}])
    nlp.to_disk(files / "whole")
    (files / "gold.tsv").write_text("a\tO\np53/p21\tB-Gene\n\n")
    printed = run("evaluate", files / "whole", files / "gold.tsv", "--raw", "-o", files / "out.json")
    assert "all 100.00 100.00 100.00 1 0 0" in printed.split("On raw text")[0]
    assert "all 0.00 0.00 0.00 0 0 1" in printed.split("On raw text")[1]
    metrics = json.loads((files / "out.json").read_text())
    assert (metrics["ents_f"], metrics["raw"]["ents_f"], metrics["raw"]["ents_unreachable"]) == (1.0, 0.0, 0)


def test_raw_text_has_the_gold_entities_too(files):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_linker").add_names([("rash", "ADR", "D2")])
    nlp.to_disk(files / "linker")
    write([Document("a rash", [Mention(2, 6, "ADR", concepts=("D2",))], tokens=[(0, 1), (2, 6)])], files / "c.jsonl")
    given = ["evaluate", files / "linker", files / "c.jsonl", "--gold-entities", "--raw", "-o", files / "out.json"]
    assert "all 100.00 100.00 100.00 1 0 0" in run(*given).split("On raw text")[1]
    metrics = json.loads((files / "out.json").read_text())
    assert metrics["gold_entities"] is metrics["raw"]["gold_entities"] is True


def test_seqeval_beside_ours(files):
    (files / "gold.tsv").write_text("Aspirin\tB-Drug\ngave\tO\nrash\tB-ADR\n\nrash\tB-ADR\nagain\tI-ADR\n\n")
    printed = run("evaluate", files / "model", files / "gold.tsv", "--tags", "-o", files / "out.json")
    assert "all 33.33 33.33 33.33 33.33 33.33 33.33 33.33 33.33 33.33" in printed
    metrics = json.loads((files / "out.json").read_text())
    for mode in ("strict", "conlleval"):
        assert metrics["seqeval"][mode]["ADR"] == {k: metrics["ents_per_type"]["ADR"][k] for k in "prf"}


def test_concepts_are_scored_where_gold_and_pipeline_have_them(files):
    text = "Aspirin gave me a rash."
    gold = [
        Document(text, [Mention(0, 7, "Drug", concepts=("D1",)), Mention(18, 22, "ADR", concepts=("D2", "D3"))], id="a")
    ]
    write(gold, files / "concepts.jsonl")
    assert "document, concept" not in run("evaluate", files / "model", files / "concepts.jsonl")
    nlp = spacy.load(files / "model")
    nlp.add_pipe("bioner_linker").add_names([("Aspirins", "Drug", "D1"), ("rash", "ADR", "D9")])
    nlp.to_disk(files / "linking")
    output = files / "metrics.json"
    printed = run(
        "evaluate",
        files / "linking",
        files / "concepts.jsonl",
        "--gold-entities",
        "-o",
        output,
        "-p",
        files / "p.jsonl",
    )
    assert "all 50.00 33.33 40.00 1 1 2" in printed
    assert "exact span" not in printed, "the entities are those of the gold"
    assert "do not measure the pipeline" in printed
    table = run("table", output)
    assert table.startswith("concepts P R F1 F1 ADR F1 Drug tokens/s")
    assert "metrics, gold entities 50.00 33.33 40.00" in table
    assert "ids of matched mentions: 50.00% of 2 right, 0 without an id" in printed
    assert json.loads(output.read_text())["concepts_acc"] == 0.5
    assert [m.concepts for d in read(files / "p.jsonl") for m in d.mentions] == [("D1",), ("D9",)]
    printed = run("score", files / "concepts.jsonl", files / "p.jsonl")
    assert "ids of matched mentions: 50.00% of 2 right" in printed
    printed = run("score", files / "concepts.jsonl", f"a={files / 'p.jsonl'}", f"b={files / 'concepts.jsonl'}")
    assert "a 50.00 33.33 40.00 50.00" in printed
    assert "b 100.00 100.00 100.00 100.00" in printed
