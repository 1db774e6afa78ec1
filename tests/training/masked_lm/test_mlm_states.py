"""What a run of masked language modelling leaves when it is interrupted, killed or out of disk."""

import os
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest
from mlm_text import LINES
from tiny_bert import make_tiny_bert, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer.checkpoints import open_checkpoint
from spacy_bioner.training.masked_lm.pretraining import Recipe, pretrain
from spacy_bioner.training.masked_lm.saved_state import newest_whole_checkpoint

pytest.importorskip("accelerate")


def test_only_whole_states_are_gone_on_from(recipe, tmp_path):
    """Whatever a kill or a full disk left of the newest state, the one before is taken."""
    pretrain(replace(recipe, steps=4), tmp_path / "out")
    state = tmp_path / "out" / "state"
    assert newest_whole_checkpoint(state) == state / "checkpoint-4"
    for path in sorted((state / "checkpoint-4").iterdir()):
        if path.name in ("training_args.bin", "special_tokens_map.json", "vocab.txt", "generation_config.json"):
            continue  # not read again
        newer = state / "checkpoint-8"
        for cut in (None, 0, path.stat().st_size // 2, path.stat().st_size - 2):
            if cut is None and path.name == "tokenizer.json":
                continue  # some tokenizers have none
            shutil.copytree(state / "checkpoint-4", newer)
            if path.name != "trainer_state.json":
                text = (newer / "trainer_state.json").read_text().replace('"global_step": 4', '"global_step": 8')
                (newer / "trainer_state.json").write_text(text)
            (newer / path.name).write_bytes(path.read_bytes()[:cut] if cut is not None else b"")
            if cut is None:
                (newer / path.name).unlink()
            with pytest.warns(UserWarning, match=rf"B717.*checkpoint-8.*{path.name}"):
                assert newest_whole_checkpoint(state) == state / "checkpoint-4"
            shutil.rmtree(newer)


def test_an_interrupted_run_goes_on_from_the_state_before_a_damaged_one(recipe, tmp_path):
    def interrupt(row):
        if row["step"] == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(recipe, tmp_path / "out", report=interrupt)
    (tmp_path / "out" / "state" / "checkpoint-8").mkdir()
    with pytest.warns(UserWarning, match="B717"):
        assert pretrain(recipe, tmp_path / "out", resume=True)["resumed_at"] == 4


def test_a_full_disk_is_told_of(recipe, tmp_path, monkeypatch):
    import errno

    from safetensors import torch as safetensors

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    for module in (safetensors, transformers.modeling_utils):
        monkeypatch.setattr(module, "save_file" if module is safetensors else "safe_save_file", full)
    with pytest.raises(BionerError, match=r"B718.*No space left"):
        pretrain(replace(recipe, steps=4), tmp_path / "out")


def test_a_result_is_replaced_when_all_of_the_new_one_is_written(recipe, tmp_path, monkeypatch):
    quick = replace(recipe, steps=1, evaluate_on=1)
    pretrain(quick, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()}
    save = transformers.PreTrainedTokenizerBase.save_pretrained

    def full(self, folder, *arguments, **options):
        if Path(folder).name.startswith("checkpoint"):  # a state
            return save(self, folder, *arguments, **options)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(transformers.PreTrainedTokenizerBase, "save_pretrained", full)
    with pytest.raises(BionerError, match="B718"):
        pretrain(replace(quick, seed=1), tmp_path / "out", overwrite=True)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir() if path.is_file()} == before
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["state"]


def test_killed_between_two_moves_a_result_does_not_open(recipe, tmp_path, monkeypatch):
    """Or weights of one run would be read with the vocabulary of another."""
    out, copies = tmp_path / "out", tmp_path / "copies"
    pretrain(replace(recipe, steps=1, evaluate_on=1), out)
    move = os.replace

    def copy_and_move(source, target):
        if Path(target).parent == out:
            shutil.copytree(out, copies / Path(target).name, ignore=shutil.ignore_patterns("state", ".*"))
        move(source, target)

    monkeypatch.setattr(os, "replace", copy_and_move)
    pretrain(replace(recipe, steps=1, evaluate_on=1, seed=1), out, overwrite=True)
    assert {"config.json", "model.safetensors", "vocab.txt", "pretraining.json"} <= {*os.listdir(copies)}
    for copy in copies.iterdir():
        with pytest.raises(BionerError, match=r"B700.*no config"):
            open_checkpoint(copy)
    assert open_checkpoint(out)


OTHER = {
    "vocab_size": 90,
    "lower": True,
    "layers": 2,
    "width": 64,
    "steps": 24,
    "batch_size": 4,
    "accumulate": 2,
    "length": 24,
    "learn_rate": 1e-2,
    "warmup": 0.5,
    "whole_words": True,
    "head_only": True,
    "mask": 0.5,
    "seed": 1,
}
"""Another value of each setting that is no file."""
FILES = {"text", "dev", "model", "vocab"}
WATCHED = {"evaluate_every": 3, "evaluate_on": 5}


@pytest.fixture
def begun(recipe, tmp_path):
    """A run from a checkpoint on files of its own, interrupted after its first state."""
    make_tiny_bert(tmp_path / "bert", "BertForMaskedLM")
    for name in ("text", "dev"):
        (tmp_path / f"{name}.txt").write_text("\n".join(LINES) + "\n")
    shutil.copy(tmp_path / "bert" / "vocab.txt", tmp_path / "vocab.txt")
    files = {name: str(tmp_path / f"{name}.txt") for name in ("text", "dev", "vocab")}
    recipe = replace(recipe, **files, model=str(tmp_path / "bert"), steps=6)
    _interrupt(recipe, tmp_path / "out", 4)
    return recipe


def _interrupt(recipe, output, step):
    def interrupt(row):
        if row["step"] == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(replace(recipe, evaluate_every=2), output, report=interrupt)


def test_a_run_goes_on_with_its_own_recipe_alone(begun, tmp_path):
    """Its weights are those of its start, whatever ``pretraining.json`` would say."""
    assert {field.name for field in fields(Recipe)} == OTHER.keys() | FILES | WATCHED.keys()
    for name, value in OTHER.items():
        with pytest.raises(BionerError, match=rf"B709.*: {name} = {value} \(was {getattr(begun, name)}\)\. "):
            pretrain(replace(begun, **{name: value}), tmp_path / "out", resume=True)
    with pytest.raises(BionerError, match=r"B709.*: mask = 0.5 \(was 0.15\), steps = 24 \(was 6\)\."):
        pretrain(replace(begun, mask=0.5, steps=24), tmp_path / "out", resume=True)
    assert pretrain(replace(begun, **WATCHED), tmp_path / "out", resume=True)["resumed_at"] == 2


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_run_goes_on_with_its_own_files_alone(begun, name, tmp_path):
    path = Path(getattr(begun, name))
    changed = path / "config.json" if path.is_dir() else path
    before = changed.read_text()
    changed.write_text(before + "more\n")
    with pytest.raises(BionerError, match=rf"B709.*: {name} = .* \(was .*, with other content\)"):
        pretrain(begun, tmp_path / "out", resume=True)
    with pytest.raises(BionerError, match=rf"B709.*: {name} = nowhere|B130"):
        pretrain(replace(begun, **{name: "nowhere"}), tmp_path / "out", resume=True)
    changed.write_text(before)
    moved = path.with_name(f"moved-{path.name}")  # the same under another name
    shutil.copytree(path, moved) if path.is_dir() else shutil.copy(path, moved)
    assert pretrain(replace(begun, **{name: str(moved)}), tmp_path / "out", resume=True)["resumed_at"] == 2


def test_states_without_their_recipe_are_not_gone_on_from(begun, tmp_path):
    for content in ("", "{}", "[]", None):
        path = tmp_path / "out" / "state" / "recipe.json"
        path.unlink() if content is None else path.write_text(content)
        with pytest.raises(BionerError, match=r"B709.*recipe\.json is missing or damaged"):
            pretrain(begun, tmp_path / "out", resume=True)
    assert pretrain(begun, tmp_path / "out", overwrite=True)["resumed_at"] == 0


def test_before_its_first_state_a_run_may_begin_anew_with_another_recipe(recipe, tmp_path):
    _interrupt(recipe, tmp_path / "out", 1)
    figures = pretrain(replace(recipe, seed=1, steps=2), tmp_path / "out", resume=True)
    assert (figures["resumed_at"], figures["seed"]) == (0, 1)
    with pytest.raises(BionerError, match=r"B709.*seed = 0 \(was 1\)"):
        pretrain(replace(recipe, steps=2), tmp_path / "out", resume=True)
