"""``spacy bioner merge``: trained pipelines in, one pipeline out that is no worse; mistakes named."""

import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, write
from spacy_bioner.pipeline.merging.assemble import join_pipelines

TEXTS = ["A rash after aspirin.", "No cough , a rash.", "Aspirin and a cough."]
GOLD = {"rash": "ADR", "cough": "ADR", "aspirin": "Drug", "Aspirin": "Drug"}


def run(*arguments, code=0):
    result = CliRunner().invoke(app, ["merge", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture
def files(tmp_path):
    documents = []
    for text in TEXTS:
        found = [(text.find(word), word, label) for word, label in GOLD.items()]
        documents.append(Document(text, [Mention(at, at + len(word), label) for at, word, label in found if at >= 0]))
    write(documents, tmp_path / "dev.jsonl")
    for name, terms in (("a", ["rash", "aspirin"]), ("b", ["cough", "a", "after", "no", "and"])):
        nlp = spacy.blank("en")
        dictionary = nlp.add_pipe("bioner_dictionary", config={"min_length": 1})
        dictionary.add_terms([(term, GOLD.get(term, "ADR")) for term in terms])
        nlp.to_disk(tmp_path / name)
    return tmp_path


def test_parts_become_one_pipeline_that_is_fitted(files):
    printed = run(f"a={files / 'a'}", f"b={files / 'b'}", "--dev", files / "dev.jsonl", "-o", files / "merged")
    assert "a: temperature" in printed
    assert "threshold 0." in printed
    nlp = spacy.load(files / "merged")
    assert nlp.pipe_names == ["a", "b", "merge"]
    assert [ent.text for ent in nlp("A rash and aspirin").ents] == ["rash", "aspirin"]
    fitted = json.loads((files / "merged" / "merge" / "calibration.json").read_text())
    assert fitted["temperatures"][1] > fitted["temperatures"][0], "b marks words that are none"
    again = run(f"a={files / 'a'}", f"b={files / 'b'}", "--fitted", files / "merged", "-o", files / "again")
    assert again.partition("✔")[0] == printed.partition("✔")[0]
    run(f"a={files / 'a'}", f"b={files / 'b'}", "--method", "priority", "-o", files / "priority")
    assert [e.text for e in spacy.load(files / "priority")("A cough").ents] == ["A", "cough"]


def test_mistakes_are_named(files):
    two = (f"a={files / 'a'}", f"b={files / 'b'}", "-o", files / "merged")
    assert "B884" in run(*two, code=1)
    assert "B884" in run(*two, "--dev", files / "dev.jsonl", "--method", "vote", code=1)
    assert "B883" in run(*two, "--fitted", files / "a", code=1)
    assert "B804" in run("a=nowhere", "--method", "vote", "-o", files / "merged", code=1)
    assert "B175" in run(*two[:3], files / "a", "--method", "vote", code=1)
    (files / "a/mine.txt").write_text("mine")
    assert "B178" in run(*two[:3], files / "a", "--method", "vote", "--overwrite", code=1)
    (files / "a/mine.txt").unlink()
    run(*two[:3], files / "b", "--method", "vote", "--overwrite")
    assert spacy.load(files / "b").pipe_names == ["a", "b", "merge"]
    assert not (files / "b/bioner_dictionary").exists()
    nlp = spacy.load(files / "a")
    nlp.remove_pipe("bioner_dictionary")
    nlp.to_disk(files / "none")
    assert "B881" in run(f"a={files / 'a'}", f"c={files / 'none'}", "--method", "vote", "-o", files / "merged", code=1)


def with_sentences(nlp, *, rule="bioner_sentences", **settings):
    nlp.add_pipe(rule, name="sentences", first=True, config=settings)
    return nlp


def test_components_before_any_recogniser_are_kept_once(files):
    """Without sentence starts, a tagger that learnt from sentences would read whole documents."""
    for order in ("abc", "bca", "cab"):
        parts = {name: spacy.load(files / ("b" if name == "b" else "a")) for name in order}
        for name in "bc":
            with_sentences(parts[name])
        joined = join_pipelines(parts, method="vote")
        assert joined.pipe_names == ["sentences", *order, "merge"]
        assert len(list(joined("A rash. No cough.").sents)) == 2
    one, other = with_sentences(spacy.load(files / "a")), with_sentences(spacy.load(files / "b"), rule="sentencizer")
    with pytest.raises(BionerError, match=r"B882.*'b'.*'sentences'"):
        join_pipelines({"a": one, "b": other})


def test_components_after_a_recogniser_are_told_of(files):
    nlp = spacy.load(files / "a")
    nlp.add_pipe("bioner_abbreviations")
    with pytest.warns(UserWarning, match=r"B885.*'a'.*bioner_abbreviations"):
        assert join_pipelines({"a": nlp, "b": spacy.load(files / "b")}).pipe_names == ["a", "b", "merge"]


@pytest.mark.parametrize("name", ["merge", "sentences"])
def test_a_part_cannot_have_the_name_of_another_component(files, name):
    parts = {name: spacy.load(files / "a"), "b": with_sentences(spacy.load(files / "b"))}
    with pytest.raises(BionerError, match=rf"B886.*'{name}'"):
        join_pipelines(parts, method="vote")


def test_parts_with_other_tokenizers_or_vectors_do_not_fit(files):
    other = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    other.add_pipe("bioner_dictionary")
    with pytest.raises(BionerError, match=r"B882.*tokenizer"):
        join_pipelines({"a": spacy.load(files / "a"), "b": other})
    one, two = spacy.load(files / "a"), spacy.load(files / "b")
    for nlp, value in ((one, 1.0), (two, 2.0)):
        nlp.vocab.reset_vectors(width=2)
        nlp.vocab.set_vector("rash", [value, 0.0])
    with pytest.raises(BionerError, match=r"B882.*vectors"):
        join_pipelines({"a": one, "b": two})
