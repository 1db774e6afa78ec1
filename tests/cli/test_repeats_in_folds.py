"""``crossval`` and texts that repeat: no fold is tested, and no weights are chosen, on a text of the training data."""

import pytest
from commands import runner
from places import CONFIGS
from trials_here import trials_here

from spacy_bioner.corpus.grouping import group_by_id, keep_together
from spacy_bioner.experiments.trials import runner as running
from spacy_bioner.experiments.trials.data_splits import fold_parts
from spacy_bioner.formats import Document, Mention, write

DICTIONARY = CONFIGS / "dictionary.cfg"
crossval = runner("crossval")


def document(number, copy=0):
    text = f"Rash  after dose {number}." if copy else f"Rash after dose {number}."  # white space is no other text
    return Document(text, [Mention(0, 4, "ADR")], f"{number}-{copy}")


@pytest.fixture
def parts(monkeypatch):
    """Train in this process; return the parts of the trials, as they are made."""
    made = []

    def make(planned, *how):
        made.extend(make_parts() for _, make_parts in planned)
        yield from trials_here(planned, *how)

    monkeypatch.setattr(running, "_in_processes", make)
    return made


@pytest.mark.parametrize("unit", ["document", "sentence"])
def test_repeats_stay_in_one_fold_and_one_share(tmp_path, parts, unit):
    write([document(i, copy) for copy in (0, 1) for i in range(8)], tmp_path / "data.jsonl")
    said = crossval(DICTIONARY, tmp_path / "data.jsonl", "-o", tmp_path / "runs", "--folds", 2, "--dev", 0.3,
                    "--unit", unit)  # fmt: skip
    assert "Repeated texts and questions stay in one fold: 8 documents or groups joined to others" in said
    assert len(parts) == 2
    for one in parts:
        texts = [{document.fingerprint() for document in part} for part in (one.train, one.dev, one.test)]
        assert all(texts)
        assert len(set.union(*texts)) == sum(map(len, texts)) == 8


def test_a_given_test_part_leaves_repeats_on_one_side_of_the_development_share(tmp_path, parts):
    write([document(i, copy) for copy in (0, 1) for i in range(8)], tmp_path / "data.jsonl")
    write([document(9)], tmp_path / "test.jsonl")
    crossval(DICTIONARY, tmp_path / "data.jsonl", "-o", tmp_path / "runs", "--test", tmp_path / "test.jsonl",
             "--dev", 0.4)  # fmt: skip
    (one,) = parts
    assert {d.fingerprint() for d in one.train}.isdisjoint(d.fingerprint() for d in one.dev)


@pytest.mark.parametrize("dev", [0, 0.25])
def test_without_repeats_folds_and_shares_are_what_they_were(dev):
    documents = [document(i) for i in range(11)] + [document(20 + i, i % 2) for i in range(9)]
    plain = group_by_id("-")
    for fold in range(4):
        one, other = (
            fold_parts(documents, 4, fold, 3, group, dev) for group in (plain, keep_together(documents, plain))
        )
        assert one == other


def test_texts_that_folds_of_files_share_are_told(tmp_path, parts):
    for fold in (0, 1):
        write([document(i + 10 * fold) for i in range(6)], tmp_path / str(fold) / "train.jsonl")
        shared = [document(3, 1)] if fold == 0 else []
        write([document(100 + i) for i in range(20)] + shared, tmp_path / str(fold) / "test.jsonl")
    given = (tmp_path / "{fold}/train.jsonl", "--test", tmp_path / "{fold}/test.jsonl")
    said = crossval(DICTIONARY, *given, "-o", tmp_path / "runs", "--folds", 2, "--dev", 0)
    assert "fold 0: 1 of 21 test texts are in the training data" in said
    assert "fold 1:" not in said
