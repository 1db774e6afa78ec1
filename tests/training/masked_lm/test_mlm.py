"""Masked language modelling: what is read, masked, measured, saved and resumed."""

from dataclasses import replace

import numpy as np
import pytest
import srsly
from mlm_text import ALPHABET, LINES
from tiny_bert import make_tiny_bert, make_tiny_modern_bert, make_tokenizer, transformers

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.transformer.checkpoints import open_checkpoint
from spacy_bioner.ml.transformer.word_pieces import WordPieces
from spacy_bioner.training.masked_lm import pretraining
from spacy_bioner.training.masked_lm.data import learn_word_pieces, mask_once, pack, shuffled
from spacy_bioner.training.masked_lm.masking import PieceCollator, WholeWordCollator
from spacy_bioner.training.masked_lm.pretraining import pretrain

pytest.importorskip("accelerate")


def weights(folder):
    return {name: value.numpy() for name, value in open_checkpoint(folder).network.state_dict().items()}


def test_it_learns_and_the_result_is_a_checkpoint(recipe, tmp_path):
    rows = []
    figures = pretrain(replace(recipe, steps=24, evaluate_every=8), tmp_path / "out", report=rows.append)
    curve = [row["eval_perplexity"] for row in rows if "eval_perplexity" in row]
    assert len(curve) == 3
    assert curve[-1] < curve[0] < 150
    saved = srsly.read_json(tmp_path / "out" / "pretraining.json")
    assert saved.pop("seconds") == pytest.approx(figures.pop("seconds"))
    assert {**saved, "log": len(saved["log"])} == {**figures, "log": len(figures["log"])}
    assert figures["steps"] == 24
    assert figures["pieces"] <= 150
    names = {path.name for path in (tmp_path / "out").iterdir() if path.is_file()}
    assert {"config.json", "model.safetensors", "vocab.txt", "pretraining.json"} <= names
    assert not any(name.endswith(("bin", "pt", "pth")) for name in names)
    network = open_checkpoint(tmp_path / "out", "AutoModelForMaskedLM").network
    assert network.config.max_position_embeddings == 32
    assert network.config.hidden_dropout_prob == network.config.attention_probs_dropout_prob == 0.1


def test_a_run_that_was_interrupted_ends_as_one_that_was_not(recipe, tmp_path):
    pretrain(recipe, tmp_path / "whole")

    def interrupt(row):
        if row["step"] == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(replace(recipe, evaluate_every=5), tmp_path / "parts", report=interrupt)
    with pytest.raises(BionerError, match="B712"):
        pretrain(recipe, tmp_path / "parts")
    figures = pretrain(recipe, tmp_path / "parts", resume=True)
    assert figures["resumed_at"] == 5
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert set(whole) == set(parts)
    for name, value in whole.items():
        if "pooler" not in name:
            np.testing.assert_allclose(parts[name], value, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("there", [True, False])
def test_products_are_in_bfloat16_where_the_device_computes_them(there, recipe, tmp_path, monkeypatch, recwarn):
    import torch

    monkeypatch.setattr(pretraining, "computes_bfloat16", lambda device: there)
    make_tiny_bert(tmp_path / "bert", "BertForMaskedLM")
    kinds = set()
    linear = torch.nn.functional.linear

    def spy(*args):
        result = linear(*args)
        kinds.add(result.dtype)
        return result

    monkeypatch.setattr(torch.nn.functional, "linear", spy)
    pretrain(replace(recipe, model=str(tmp_path / "bert"), steps=2, evaluate_every=1), tmp_path / "out")
    assert kinds == {torch.bfloat16 if there else torch.float32}
    assert not [one for one in recwarn if "autocast" in str(one.message)]
    assert all(value.dtype == np.float32 for value in weights(tmp_path / "out").values())


def test_only_what_a_run_left_is_overwritten(recipe, tmp_path):
    quick = replace(recipe, steps=1, evaluate_on=1)
    pretrain(quick, tmp_path / "out")
    with pytest.raises(BionerError, match=r"B712.*--overwrite"):
        pretrain(quick, tmp_path / "out")
    assert pretrain(replace(quick, seed=1), tmp_path / "out", overwrite=True)["seed"] == 1
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(BionerError, match="B712"):
        pretrain(quick, tmp_path / "mine", overwrite=True)


def test_it_goes_on_from_a_checkpoint(recipe, tmp_path):
    make_tiny_bert(tmp_path / "bert", "BertForMaskedLM")
    rows = []
    recipe = replace(recipe, model=str(tmp_path / "bert"), learn_rate=1e-9, steps=1, whole_words=True)
    pretrain(recipe, tmp_path / "out", report=rows.append)
    before, after = weights(tmp_path / "bert"), weights(tmp_path / "out")
    for name, value in before.items():
        if "pooler" not in name:
            np.testing.assert_allclose(after[name], value, atol=1e-6, err_msg=name)
    assert any("eval_perplexity" in row for row in rows)


def test_a_new_head_can_learn_before_the_encoder_moves(recipe, tmp_path):
    make_tiny_bert(tmp_path / "encoder")
    recipe = replace(
        recipe, model=str(tmp_path / "encoder"), head_only=True, learn_rate=3e-3, steps=24, evaluate_every=8
    )
    rows = []
    with pytest.warns(UserWarning, match="B708.*--head-only"):
        pretrain(recipe, tmp_path / "head", report=rows.append)
    curve = [row["eval_perplexity"] for row in rows if "eval_perplexity" in row]
    assert curve[-1] < curve[0]
    before, after = weights(tmp_path / "encoder"), weights(tmp_path / "head")
    for name, value in before.items():
        if "pooler" not in name:
            np.testing.assert_array_equal(after[name], value, err_msg=name)
    pretrain(replace(recipe, model=str(tmp_path / "head"), head_only=False), tmp_path / "all", report=rows.append)
    moved = weights(tmp_path / "all")
    assert any(not np.array_equal(moved[name], value) for name, value in before.items() if "pooler" not in name)


def test_a_batch_may_go_through_in_parts(recipe, tmp_path):
    whole, parts = ([], [])
    still = replace(recipe, steps=2, evaluate_every=1, mask=0.5)
    pretrain(still, tmp_path / "whole", report=whole.append)
    pretrain(replace(still, accumulate=4), tmp_path / "parts", report=parts.append)
    ends = [[row["eval_loss"] for row in rows if "eval_loss" in row][-1] for rows in (whole, parts)]
    assert ends[0] == pytest.approx(ends[1], abs=0.2)


@pytest.mark.parametrize("kind", ["Bert", "ModernBert"])  # the second has a forward that takes further keywords
def test_the_loss_is_of_a_piece_in_however_many_parts_a_batch_goes(kind, recipe, tmp_path):
    if kind == "Bert":
        make_tiny_bert(tmp_path / "model", "BertForMaskedLM")
    else:
        make_tiny_modern_bert(tmp_path / "model")
    still = replace(recipe, model=str(tmp_path / "model"), steps=2, evaluate_every=1, learn_rate=1e-9, mask=0.5)
    for parts in (1, 4):
        log = pretrain(replace(still, accumulate=parts), tmp_path / f"in {parts}")["log"]
        (first, *_), (dev, *_) = ([row[key] for row in log if key in row] for key in ("loss", "eval_loss"))
        assert first == pytest.approx(dev, rel=0.2)


@pytest.mark.parametrize("whole_words", [False, True])
def test_the_loss_is_that_of_transformers(tmp_path, whole_words):
    import torch

    from spacy_bioner.training.masked_lm.trainer import masked_loss

    make_tiny_bert(tmp_path, "BertForMaskedLM")
    network = transformers.BertForMaskedLM.from_pretrained(tmp_path).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path)
    kind = WholeWordCollator if whole_words else PieceCollator
    blocks = pack(([*line.split()] for line in LINES[:9]), WordPieces(tokenizer), 40)
    (batch,) = mask_once(blocks, kind(tokenizer, 0.15, seed=1), 100, 100)
    mask = (batch["input_ids"] != tokenizer.pad_token_id).long()
    assert not mask.all()
    with torch.no_grad():
        expected = network(input_ids=batch["input_ids"], attention_mask=mask, labels=batch["labels"]).loss
        total, number = masked_loss(network, batch)
    assert float(total / number) == pytest.approx(float(expected), rel=1e-5)


def test_inputs_hold_all_pieces_in_order_and_whole_sentences(tmp_path):
    words = WordPieces(make_tokenizer(tmp_path))
    sentences = [["asthma"] * n for n in (5, 4, 3, 30, 1)]
    blocks = list(pack(sentences, words, 12))
    assert all(block.ids[:1] == words.before and block.ids[-1:] == words.after for block in blocks)
    assert [len(block.ids) - 2 for block in blocks] == [9, 3, 10, 10, 10, 1]
    assert [piece for block in blocks for piece in block.ids].count(words.cut(["asthma"]).ids[0]) == 43
    assert [word for block in blocks for word in block.words if word >= 0] == list(range(43))


def unigram_tokenizer():
    """A tokenizer as XLM-R has it: pieces of a unigram model, the first of a word with a mark before it."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces = ["▁", "▁the", "▁in", "▁of", "asth", "ma", "itis", "hepat", "carc", "in", "oma", "bre", "ast", *ALPHABET]
    scores = [(piece, 0.0) for piece in special] + [(piece, -float(i + 1)) for i, piece in enumerate(pieces)]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    names = zip(("bos_token", "pad_token", "eos_token", "unk_token", "mask_token"), special, strict=True)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(names))


def byte_level_tokenizer():
    """A tokenizer as RoBERTa has it: byte pairs, of which the first of a word holds the space before it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(LINES[:20], trainers.BpeTrainer(vocab_size=80, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    names = zip(("bos_token", "pad_token", "eos_token", "unk_token", "mask_token"), special, strict=True)
    return transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **dict(names))


@pytest.mark.parametrize("make", [unigram_tokenizer, byte_level_tokenizer, make_tokenizer])
def test_whole_words_are_masked_whole_by_any_tokenizer(make, tmp_path):
    tokenizer = make(tmp_path) if make is make_tokenizer else make()
    words = WordPieces(tokenizer)
    blocks = list(pack([line.split() for line in LINES], words, 48))
    collator = WholeWordCollator(tokenizer, 0.15, seed=1)
    masked, pieces, long = 0, 0, 0
    for block in blocks:
        labels = collator([{"input_ids": block.ids, "words": block.words}])["labels"][0].numpy()
        of_words = np.array(block.words)
        assert (labels[of_words < 0] == -100).all()
        for word in set(block.words) - {-1}:
            chosen = labels[of_words == word] != -100
            assert chosen.all() or not chosen.any()
            long += bool(chosen.all() and len(chosen) > 1)
        masked, pieces = masked + int((labels != -100).sum()), pieces + int((of_words >= 0).sum())
    assert long > 100
    assert masked / pieces == pytest.approx(0.15, abs=0.02)


def test_a_word_longer_than_the_share_is_masked_all_the_same(tmp_path):
    collator = WholeWordCollator(make_tokenizer(tmp_path), 0.15, seed=1)
    batch = collator([{"input_ids": [2, 7, 8, 9, 3], "words": [-1, 0, 0, 0, -1]}])
    assert batch["labels"][0].tolist() == [-100, 7, 8, 9, -100]
    shown = [collator([{"input_ids": [2, 7, 3], "words": [-1, 0, -1]}])["input_ids"][0, 1].item() for _ in range(1000)]
    assert shown.count(4) / 1000 == pytest.approx(0.8, abs=0.05)
    assert shown.count(7) / 1000 == pytest.approx(0.1, abs=0.04)


def test_one_sentence_in_200_is_held_out(text):
    from spacy_bioner.training.masked_lm.data import read_sentences
    from spacy_bioner.training.masked_lm.pretraining import _tokens

    parts = {part: [" ".join(s) for s in read_sentences(_tokens(), str(text), part)] for part in ("train", "held out")}
    assert parts["held out"] == [LINES[199], LINES[399]]
    assert parts["train"] == [line for i, line in enumerate(LINES) if i not in (199, 399)]


def test_shuffling_loses_nothing_and_a_seed_repeats_it():
    blocks = [[i] for i in range(12_000)]
    first = list(shuffled(iter(blocks), 1))
    assert first != blocks
    assert sorted(first) == blocks
    assert first == list(shuffled(iter(blocks), 1)) != list(shuffled(iter(blocks), 2))


def test_learnt_word_pieces_spell_the_text():
    sentences = [line.split() for line in LINES]
    tokenizer = learn_word_pieces(lambda: sentences, 150)
    assert len(tokenizer) <= 150
    assert "asthma" in tokenizer.get_vocab()
    assert tokenizer.unk_token_id not in WordPieces(tokenizer).cut([word for s in sentences for word in s]).ids
    assert tokenizer.get_vocab() == learn_word_pieces(lambda: sentences, 150).get_vocab()
    with pytest.raises(BionerError, match="B711"):
        learn_word_pieces(lambda: sentences, 20)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"steps": 0}, "B710"),
        ({"accumulate": 3}, "B710"),
        ({"width": 100}, "B710"),
        ({"length": 4}, "B710"),
        ({"mask": 0.0}, "B710"),
        ({"head_only": True}, "B710"),
        ({"vocab": "nowhere.txt"}, "B714"),
        ({"model": "no/such/folder"}, "B700"),
        ({"text": "nowhere.txt"}, "B1"),
    ],
)
def test_what_makes_no_sense_is_an_error(recipe, tmp_path, settings, code):
    with pytest.raises(BionerError, match=code):
        pretrain(replace(recipe, **settings), tmp_path / "out")


def test_a_vocabulary_without_a_mask_is_an_error(recipe, tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n")
    with pytest.raises(BionerError, match="B714"):
        pretrain(replace(recipe, vocab=str(tmp_path / "vocab.txt")), tmp_path / "out")


def test_a_text_of_a_line_is_too_little(recipe, tmp_path):
    (tmp_path / "short.txt").write_text(LINES[0])
    with pytest.raises(BionerError, match="B713"):
        pretrain(replace(recipe, text=str(tmp_path / "short.txt"), vocab_size=100), tmp_path / "out")
