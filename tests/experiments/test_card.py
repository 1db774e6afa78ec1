"""The model card: what it says of a pipeline, what goes into meta.json, and that spacy package takes both."""

import json

import pytest
import spacy
import srsly
from commands import runner
from spacy.cli.package import package

from spacy_bioner.experiments.card import limits_of
from spacy_bioner.scoring import score, to_dict

run = runner("card")

FACTS = ["--data", "a corpus, train", "--test", "a corpus, test", "--license", "CC0 1.0", "--author", "A. Maker"]


@pytest.fixture
def model(tmp_path):
    nlp = spacy.blank("en")
    dictionary = nlp.add_pipe("bioner_dictionary")
    dictionary.add_terms([("digoxin", "Drug"), ("heart failure", "Dis|ease <b>")])
    nlp.to_disk(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def metrics(tmp_path):
    gold = [(0, 4, "Drug"), (10, 14, "Dis|ease <b>"), (20, 24, "Dis|ease <b>")]
    scores = to_dict(score([("d", gold, [(0, 4, "Drug"), (10, 15, "Dis|ease <b>")])]))
    srsly.write_json(tmp_path / "metrics.json", {**scores, "ents_unreachable": 1, "documents": 1, "tokens": 1234})
    return tmp_path / "metrics.json"


def test_the_card_says_data_licence_scores_use_and_limits(model, metrics):
    source = "A corpus|https://example.org/a|CC BY 4.0|Somebody 2014"
    assert "Missing in the card" not in run(
        model, "-m", metrics, *FACTS, "--source", source, "--limit", "Not for poems."
    )
    card = (model / "README.md").read_text(encoding="utf8")
    assert card.startswith("# en_pipeline\n\nFinds mentions of Dis\\|ease &lt;b>, Drug in text, by bioner_dictionary.")
    assert "Trained on: a corpus, train." in card
    assert "| [A corpus](https://example.org/a) | CC BY 4.0 | Somebody 2014 |" in card
    assert "| Licence | CC0 1.0 |" in card
    assert "on a corpus, test (documents: 1, tokens:\n1,234)" in card
    assert "| Dis\\|ease &lt;b> | 0.00 | 0.00 | 0.00 | 0 | 1 | 2 |" in card
    assert "| Drug | 100.00 | 100.00 | 100.00 | 1 | 0 | 0 |" in card
    assert "| all | 50.00 | 33.33 | 40.00 | 1 | 1 | 2 |" in card
    assert "- It finds the terms it contains and no others" in card
    assert "it missed 67 of 100 gold mentions, and 50 of 100 predicted entities were not" in " ".join(card.split())
    assert "start or end inside a token: 1." in card
    assert "- Not for poems." in card
    assert "**Intended use.** Finding mentions of" in card


def test_scores_on_gold_entities_are_not_those_of_the_entities(model, metrics):
    row = {"p": 0.5, "r": 0.25, "f": 1 / 3}
    for task in ("relations", "concepts"):
        scores = {f"{task}_{key}": value for key, value in row.items()}
        scores |= {f"{task}_counts": {"tp": 1, "fp": 1, "fn": 3}, f"{task}_per_type": {}}
        srsly.write_json(metrics, {**srsly.read_json(metrics), **scores, "gold_entities": True})
        run(model, "-m", metrics, *FACTS)
        card = " ".join((model / "README.md").read_text(encoding="utf8").split())
        assert "| relation between gold entities | P | R | F1 |" in card
        assert ("| document, concept | P | R | F1 |" in card) == (task == "concepts")
        assert card.count("| all | 50.00 | 25.00 | 33.33 | 1 | 1 | 3 |") == (1 if task == "relations" else 2)
        assert "The entities were those of the gold" in card
        assert "expect lower scores where a program finds the entities" in card
        assert "Exact spans" not in card
        assert "gold mentions, and" not in card
        assert "| Drug | 100.00" not in card


def test_meta_gains_what_the_card_says(model, metrics):
    before = srsly.read_json(model / "meta.json")
    run(model, "-m", metrics, *FACTS, "--source", "A corpus||CC BY 4.0|", "--name", "adr", "--version", "1.2.0")
    meta = srsly.read_json(model / "meta.json")
    assert meta["license"] == "CC0 1.0"
    assert meta["author"] == "A. Maker"
    assert (meta["name"], meta["version"]) == ("adr", "1.2.0")
    assert meta["sources"] == [{"name": "A corpus", "url": "", "license": "CC BY 4.0", "author": ""}]
    assert meta["requirements"] == ["spacy-bioner>=0.1.0,<0.2.0"]
    assert meta["notes"].startswith("## Use")
    assert meta["labels"] == before["labels"]
    spacy.load(model)
    run(model)
    again = srsly.read_json(model / "meta.json")
    assert {key: again[key] for key in ("license", "author", "sources", "name")} == {
        key: meta[key] for key in ("license", "author", "sources", "name")
    }


def test_what_is_not_known_is_said(model, tmp_path):
    printed = run(model, "-o", tmp_path / "new" / "card.md")
    assert "Missing in the card: --data, --metrics, --license, --author" in printed
    card = (tmp_path / "new" / "card.md").read_text(encoding="utf8")
    assert "| Licence | not stated: ask the author before using it |" in card
    assert "## Scores\n\nNot stated." in card
    assert "It has no scores on test data" in card
    assert not (model / "README.md").exists()


def test_the_package_has_card_and_requirements(model, metrics, tmp_path):
    run(model, "-m", metrics, *FACTS)
    (tmp_path / "packages").mkdir()
    package(model, tmp_path / "packages", create_sdist=False)
    (folder,) = (tmp_path / "packages").iterdir()
    card = (model / "README.md").read_text(encoding="utf8")
    assert (folder / "README.md").read_text(encoding="utf8") == card
    assert (folder / "en_pipeline" / folder.name / "README.md").read_text(encoding="utf8") == card
    meta = json.loads((folder / "meta.json").read_text(encoding="utf8"))
    assert meta["requirements"] == ["spacy-bioner>=0.1.0,<0.2.0"]
    assert meta["license"] == "CC0 1.0"


def test_limits_name_the_components():
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_crf")
    assert any("word forms" in limit for limit in limits_of(nlp, None))
    assert not any("terms" in limit for limit in limits_of(nlp, None))


def test_mistakes_are_named(model, tmp_path):
    assert "[B804]" in run(tmp_path / "nowhere", code=1)
    assert "[B801]" in run(model, "-m", tmp_path / "nowhere.json", code=1)
    assert "[B822]" in run(model, "--source", "|no name", code=1)
    assert "[B822]" in run(model, "--source", "a|b|c|d|e", code=1)
    assert not (model / "README.md").exists()
