"""``score --tags``: seqeval's figures on the tokens of the gold, also of tags that are illegal."""

import json

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.file_scores.matching import match_documents
from spacy_bioner.experiments.file_scores.token_tags import token_tags
from spacy_bioner.formats import Document, Mention, read, write

GOLD = "A\tO\nsevere\tB-ADR\nrash\tI-ADR\n\nPain\tB-ADR\nand\tO\nIL-2\tB-Drug\n\n"


def run(*arguments, code=0):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return " ".join(result.output.split())


@pytest.fixture
def gold(tmp_path):
    (tmp_path / "gold.tsv").write_text(GOLD)
    return tmp_path / "gold.tsv"


def test_strict_and_conlleval_differ_where_tags_are_illegal(gold, tmp_path):
    pytest.importorskip("seqeval")
    found = tmp_path / "found.tsv"
    found.write_text(GOLD.replace("Pain\tB-ADR", "Pain\tI-ADR"))
    run("score", gold, found, "--tags", "--json", tmp_path / "x.json")
    values = json.loads((tmp_path / "x.json").read_text())["systems"]["found"]
    assert values["ents_f"] == 1, "read by conlleval's rule"
    assert values["seqeval"]["conlleval"]["all"]["f"] == 1
    assert values["seqeval"]["strict"]["all"] == {"p": 1, "r": pytest.approx(2 / 3), "f": pytest.approx(0.8)}


def test_illegal_tags_are_renamed_and_left_out_as_mentions_are(gold, tmp_path):
    pytest.importorskip("seqeval")
    found = tmp_path / "found.tsv"
    found.write_text(GOLD.replace("Pain\tB-ADR", "Pain\tI-ADR"))
    run("score", gold, found, "--tags", "--labels", "ADR=Disease,Drug=", "--json", tmp_path / "x.json")
    values = json.loads((tmp_path / "x.json").read_text())["systems"]["found"]
    assert values["ents_per_type"].keys() == {"Disease"}
    assert values["seqeval"]["conlleval"].keys() == {"Disease", "all"}
    assert values["seqeval"]["strict"]["all"] == {"p": 1, "r": 0.5, "f": pytest.approx(2 / 3)}


def test_other_formats_are_put_on_the_tokens_of_the_gold(gold, tmp_path):
    # Running text: another blank, a mention that starts inside a token, one in two parts, one inside another.
    mentions = [Mention(2, 13, "ADR"), Mention(9, 13, "ADR")]
    second = [Mention(2, 4, "ADR"), Mention(9, 13, "Drug"), Mention(0, 13, "ADR", ((0, 4), (9, 13)))]
    write([Document("A severe  rash"[:8] + " rash", mentions), Document("Pain and IL-2", second)], tmp_path / "f.jsonl")
    matches, _ = match_documents(read(gold), [read(tmp_path / "f.jsonl")])
    tags = token_tags(matches, 0)
    assert tags.gold == [["O", "B-ADR", "I-ADR"], ["B-ADR", "O", "B-Drug"]]
    assert tags.found == [["O", "B-ADR", "I-ADR"], ["O", "O", "B-Drug"]]
    assert tags.untagged == [0, 3]


def test_a_mention_of_white_space_alone_has_no_tag(gold, tmp_path):
    write([Document("A  severe rash", [Mention(1, 3, "ADR"), Mention(10, 14, "ADR")])], tmp_path / "f.jsonl")
    matches, _ = match_documents(read(gold), [read(tmp_path / "f.jsonl")])
    tags = token_tags(matches, 0)
    assert tags.found[0] == ["O", "O", "B-ADR"]
    assert tags.untagged == [0, 1]


def test_gold_without_tokens_is_told(tmp_path):
    write([Document("A rash")], tmp_path / "gold.jsonl")
    assert "B873" in run("score", tmp_path / "gold.jsonl", tmp_path / "gold.jsonl", "--tags", code=1)
    matches, _ = match_documents([Document("A rash")], [[]])
    with pytest.raises(BionerError, match="B873"):
        token_tags(matches, 0)


def test_evaluate_is_annotate_and_score_in_one(gold, tmp_path):
    """The same figures, by both ways."""
    pytest.importorskip("seqeval")
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR", []), ("Pain", "ADR", []), ("IL-2", "Drug", [])])
    nlp.to_disk(tmp_path / "model")
    run("evaluate", tmp_path / "model", gold, "--tags", "-o", tmp_path / "evaluate.json")
    run("annotate", tmp_path / "model", gold, tmp_path / "found.jsonl")
    run("score", gold, tmp_path / "found.jsonl", "--tags", "--json", tmp_path / "score.json")
    one = json.loads((tmp_path / "evaluate.json").read_text())
    other = json.loads((tmp_path / "score.json").read_text())["systems"]["found"]
    assert one["ents_counts"] == {"tp": 2, "fp": 1, "fn": 1}
    shared = [key for key in one if key in other and key != "relations"]
    assert {"ents_f", "ents_per_type", "ents_boundary", "ents_partial", "seqeval"} <= set(shared)
    assert {key: one[key] for key in shared} == {key: other[key] for key in shared}
