"""Which trials an experiment is made of, without training any."""

import tarfile
from pathlib import Path

import pytest
from places import CONFIGS

from spacy_bioner.corpus.grouping import group_by_id
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.trials.designs import (
    Setting,
    cross_validation,
    held_out,
    learning_curve,
    sentences_of_size,
)
from spacy_bioner.experiments.trials.runner import run_all
from spacy_bioner.experiments.trials.systems import check_overrides, named, split_name, takes_weights
from spacy_bioner.experiments.trials.worker import describe_parts
from spacy_bioner.formats import Document, Mention

DICTIONARY, TRANSFER = str(CONFIGS / "dictionary.cfg"), str(CONFIGS / "transfer.cfg")
DOCUMENTS = [Document(f"Rash {i}.", [Mention(0, 4, "ADR")], str(i)) for i in range(20)]


def setting(tmp_path, configs, **values):
    return Setting(named(configs), "toy", tmp_path, group=group_by_id(None), **values)


def test_names():
    assert named(["configs/crf.cfg", "net=a/b.cfg", "out/silver/model-best", "silver-2"]) == {
        "crf": "configs/crf.cfg",
        "net": "a/b.cfg",
        "silver": "out/silver/model-best",
        "silver-2": "silver-2",
    }
    assert named(["net=data/size=10/a.cfg", "data/size=10/crf.cfg", "lr=1/model-best", "./b=c.cfg"]) == {
        "net": "data/size=10/a.cfg",
        "crf": "data/size=10/crf.cfg",
        "lr": "1/model-best",
        "b=c": "./b=c.cfg",
    }
    for given in (["a/crf.cfg", "b/crf.cfg"], ["net=a.cfg", "net=b.cfg"], ["model-last"]):
        with pytest.raises(BionerError, match="B839"):
            named(given)


def test_a_path_that_is_there_as_a_whole_is_no_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("year=2020/a.tsv", "year=2020/b.tsv", "t=0.5.jsonl", "x.jsonl", "t=x.jsonl"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()
    with tarfile.open("of=2020.tar.gz", "w:gz"):
        pass
    for path in ("year=2020/a.tsv", "year=2020", "year=2020/a.tsv,year=2020/b.tsv", "t=0.5.jsonl", "year=2020/*.tsv",
                 "of=2020.tar.gz/folder", "./t=x.jsonl"):  # fmt: skip
        assert split_name(path) == ("", path)
        assert split_name(f"new={path}") == ("new", path)
    assert split_name("year=2021/a.tsv") == ("year", "2021/a.tsv"), "neither is there"
    for path in ("t=x.jsonl", "t=x.jsonl,x.jsonl"):
        with pytest.raises(BionerError, match=r"B857.*write \./t=x\.jsonl"):
            split_name(path)


def test_every_config_has_the_same_folds(tmp_path):
    planned = cross_validation(setting(tmp_path, [DICTIONARY, f"net={TRANSFER}"], dev=0.25), DOCUMENTS, 4, seeds=2)
    assert len(planned) == 4 * 2 * 2
    trials = [
        (t.run.system, t.run.fold, t.run.seed, t.weights, t.path.relative_to(tmp_path).as_posix())
        for t, _ in planned[:4]
    ]
    assert trials == [
        ("dictionary", 0, 0, "best", "dictionary/fold-0/seed-0"),
        ("net", 0, 0, "best", "net/fold-0/seed-0"),
        ("dictionary", 0, 1, "best", "dictionary/fold-0/seed-1"),
        ("net", 0, 1, "best", "net/fold-0/seed-1"),
    ]
    tested = [[document.id for document in make().test] for _, make in planned]
    assert all(tested[i] == tested[i - i % 4] for i in range(16))
    assert sorted(name for fold in tested[::4] for name in fold) == sorted(document.id for document in DOCUMENTS)


def test_a_curve_from_weights_and_without(tmp_path):
    made = setting(tmp_path, [f"net={TRANSFER}"], sources=named(["silver/model-last"]), dev=0)
    planned = learning_curve(made, DOCUMENTS, DOCUMENTS[:2], ["5", "50%", "100%"], seeds=2)
    trials = [(t.path.relative_to(tmp_path).as_posix(), t.run.source, t.run.size, t.run.seed) for t, _ in planned]
    assert trials[:4] == [
        ("net/size-5/seed-0", None, 5, 0),
        ("net-from-silver/size-5/seed-0", "silver", 5, 0),
        ("net/size-5/seed-1", None, 5, 1),
        ("net-from-silver/size-5/seed-1", "silver", 5, 1),
    ]
    assert [size for _, _, size, _ in trials[::4]] == [5, 10, 20]
    assert planned[0][0].run.overrides == {"system.seed": 0}
    assert planned[1][0].run.overrides == {"system.seed": 0, "paths.source": "silver/model-last"}
    small, large = ([d.id for d in planned[i][1]().train] for i in (0, 4))
    assert large[:5] == small
    assert [d.id for d in planned[2][1]().train] != small
    assert planned[0][0].weights == "last"
    none = learning_curve(made, DOCUMENTS, DOCUMENTS[:2], ["0"], seeds=2)
    assert [(t.path.relative_to(tmp_path).as_posix(), t.run.source, t.run.size) for t, _ in none] == [
        ("net-from-silver/size-0/seed-0", "silver", 0)
    ]
    parts = none[0][1]()
    assert (parts.train, parts.dev, parts.test) == ([], [], DOCUMENTS[:2])


def test_sizes():
    assert [sentences_of_size(text, 200) for text in ("0", "50", "25%", "0.5%", "999")] == [0, 50, 50, 1, 200]
    for text in ("0%", "101%", "-5", "0.1%", "1.5", "", "inf%", "nan%", "-inf%", "1e999%", "inf", "nan", "9" * 5000):
        with pytest.raises(BionerError, match="B842"):
            sentences_of_size(text, 200)


def test_overrides_reach_the_configs_that_have_them(tmp_path):
    overrides = {"transfer.layers": "word", "components.dictionary.prune": 0.1}
    made = setting(tmp_path, [DICTIONARY, TRANSFER], overrides=overrides)
    check_overrides(made.systems.values(), overrides)
    dictionary, net = (trial for trial, _ in held_out(made, DOCUMENTS, DOCUMENTS))
    assert dictionary.run.overrides == {"components.dictionary.prune": 0.1, "system.seed": 0}
    assert net.run.overrides == {"transfer.layers": "word", "system.seed": 0}


def test_a_digest_tells_configs_overrides_and_data_apart(tmp_path):
    def digest(config=DICTIONARY, documents=DOCUMENTS, **values):
        ((trial, make),) = held_out(setting(tmp_path, [config], **values), documents, DOCUMENTS[:5])
        return describe_parts(trial, make()).run.digest

    other = tmp_path / "dictionary.cfg"
    other.write_text(Path(DICTIONARY).read_text(encoding="utf8") + "# changed\n", encoding="utf8")
    digests = [
        digest(),
        digest(str(other)),
        digest(documents=DOCUMENTS[:-1]),
        digest(dev=0),
        digest(overrides={"paths.terms": "t"}),
    ]
    assert len(set(digests)) == 5
    assert digest() == digests[0]


def test_a_digest_follows_the_files_that_overrides_name(tmp_path):
    terms = tmp_path / "terms.tsv"
    digests = []
    for text in ("rash\tADR\n", "rash\tADR\nfever\tADR\n"):
        terms.write_text(text)
        given = setting(tmp_path, [DICTIONARY], overrides={"paths.terms": str(terms)})
        ((trial, make),) = held_out(given, DOCUMENTS, DOCUMENTS[:5])
        digests.append(describe_parts(trial, make()).run.digest)
    assert digests[0] != digests[1]


def test_which_configs_take_weights():
    taking = {path.stem for path in CONFIGS.glob("*.cfg") if takes_weights(str(path))}
    assert taking == {path.stem for path in CONFIGS.glob("*.cfg")} - {
        "crf",
        "dictionary",
        "linker",
        "relations",
        "relations_transformer",
    }


def test_two_runs_in_one_folder(tmp_path):
    planned = held_out(setting(tmp_path, [DICTIONARY]), DOCUMENTS, DOCUMENTS)
    with pytest.raises(BionerError, match="B837"):
        run_all([*planned, *planned], lambda *_: None)
