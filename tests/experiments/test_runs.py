"""Runs on disk: written, found, read back, and what is wrong with them named."""

import json

import pytest

from spacy_bioner.documents.declared_types import write_types
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.runs import Run, mention_counts, read_run, read_runs, write_run
from spacy_bioner.formats import Document, Mention
from spacy_bioner.scoring import score, to_dict

TEXT = "No rash, but dry\nmouth."


@pytest.fixture
def gold():
    return [Document(TEXT, [Mention(3, 7, "ADR"), Mention(13, 22, "ADR")], "d1")]


@pytest.fixture
def found():
    return [Document(TEXT, [Mention(3, 7, "ADR", score=0.75)], "d1")]


@pytest.fixture
def written(tmp_path, gold, found):
    metrics = to_dict(score([("d1", [(3, 7, "ADR"), (13, 22, "ADR")], [(3, 7, "ADR")])]))

    def write(name="crf/fold-0", dev=None, **values):
        path = tmp_path / name
        values = {"system": "crf", "corpus": "ade", "config": "crf.cfg", "seed": 0, "seconds": 1.5} | values
        write_run(Run(path, **values), metrics, gold, found, mention_counts(gold), dev)
        return path

    return write


def test_predictions_of_types_that_the_gold_does_not_declare_are_left_out(written, gold, found):
    gold[0].meta = write_types(["ADR"])
    found[0].mentions.append(Mention(9, 12, "Drug"))
    (run,) = read_runs([written()])
    ((_, kept),) = run.pairs()
    assert [mention.label for mention in kept.mentions] == ["ADR"]
    assert len(next(iter(run.predictions())).mentions) == 2


def test_round_trip(written, tmp_path, gold, found):
    path = written(train={"sentences": 3}, fold=0, folds=5, overrides={"paths.vectors": None})
    (run,) = read_runs([tmp_path])
    assert (run.path, run.system, run.corpus, run.fold, run.folds, run.size) == (path, "crf", "ade", 0, 5, None)
    assert run.train == {"sentences": 3}
    assert run.overrides == {"paths.vectors": None}
    assert run.metrics["ents_counts"] == {"tp": 1, "fp": 0, "fn": 1}
    assert list(run.pairs()) == [(gold[0], found[0])]
    assert next(iter(run.predictions())).mentions[0].score == 0.75
    assert run.train_mentions() == {("ADR", "rash"): 1, ("ADR", "dry mouth"): 1}
    assert run.convergence() == []
    assert not run.has_dev


def test_the_unit_of_a_size(written, tmp_path):
    written("new", size=600, unit="words")
    assert read_run(tmp_path / "new").unit == "words"
    file = tmp_path / "new/run.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "unit": "pages"}))
    with pytest.raises(BionerError, match=r"B831.*unit.* is 'pages'"):
        read_run(file.parent)


def test_a_run_without_a_development_part_has_none_of_an_older_run(written, gold, found):
    path = written(dev=(gold, found))
    (path / "next.json").write_text("{}")
    written()
    (run,) = read_runs([path])
    assert not run.has_dev
    assert not (path / "next.json").exists()


def test_dev_part(written, gold, found):
    path = written(dev=(gold, found))
    (run,) = read_runs([path])
    assert run.has_dev
    assert list(run.pairs("dev")) == [(gold[0], found[0])]


def test_order_and_each_once(written, tmp_path):
    for fold in (10, 2, 0):
        written(f"crf/fold-{fold}", fold=fold)
    assert [run.fold for run in read_runs([tmp_path, tmp_path / "crf"])] == [0, 2, 10]


def test_convergence(written):
    path = written()
    row = {"epoch": 1, "step": 20, "words": 500, "seconds": 2.5, "score": 0.5}
    (path / "convergence.jsonl").write_text(json.dumps(row) + "\n")
    (run,) = read_runs([path])
    assert run.convergence() == [row]
    (path / "convergence.jsonl").write_text(json.dumps({"epoch": 1}) + "\n")
    with pytest.raises(BionerError, match=r"B831.*convergence.jsonl:1"):
        run.convergence()


def test_nothing_there(tmp_path):
    with pytest.raises(BionerError, match="B830"):
        read_runs([tmp_path])
    with pytest.raises(BionerError, match="B801"):
        read_runs([tmp_path / "absent"])


@pytest.mark.parametrize(
    ("content", "fault"),
    [("{", "no JSON"), ("[]", "no JSON object"), ('{"system": "a"}', '"corpus"'), ('{"system": 1}', '"system" is 1')],
)
def test_damaged_run(written, content, fault):
    path = written()
    (path / "run.json").write_text(content)
    with pytest.raises(BionerError, match=f"B831.*run.json.*{fault}"):
        read_runs([path])


def test_damaged_files(written):
    path = written()
    (run,) = read_runs([path])
    (path / "metrics.json").write_text("{}")
    with pytest.raises(BionerError, match=r"B831.*metrics.json.*no scores"):
        _ = run.metrics
    (path / "train_mentions.tsv").write_text("ADR\trash\n")
    with pytest.raises(BionerError, match=r"B831.*train_mentions.tsv:1"):
        run.train_mentions()
    (path / "gold.jsonl").write_text('{"id": "other", "text": "x"}\n')
    with pytest.raises(BionerError, match=r"B831.*not those of gold.jsonl, from 'other'"):
        list(run.pairs())
    (path / "predictions.jsonl").unlink()
    with pytest.raises(BionerError, match=r"B831.*predictions.jsonl.*not there"):
        run.predictions()
