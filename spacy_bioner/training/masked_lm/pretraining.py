"""Masked language modelling on domain text, as BioBERT was trained from BERT (Lee et al. 2019, section 3.2).

The training loop, the masking and the saved states are those of ``transformers`` (its Trainer and collators). The
result is a folder that ``transformers`` can load: configuration, vocabulary, weights as safetensors.
"""

from __future__ import annotations

import math
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.util import registry

from ...errors import BionerError, require
from ...formats.output_places import check_folder
from ...formats.text_io import write_json
from ...formats.whole_folder import into_folder
from ...ml.torch_setup import threads_for
from ...ml.transformer.checkpoints import (
    CONFIG,
    check_vocabulary,
    first_line,
    open_checkpoint,
    open_tokenizer,
    open_vocabulary,
    require_transformers,
)
from ...ml.transformer.precision import computes_bfloat16
from ...ml.transformer.word_pieces import WordPieces
from .data import learn_word_pieces, make_stream, mask_once, pack, read_sentences
from .masking import PieceCollator, WholeWordCollator
from .saved_state import check_recipe, describe, newest_whole_checkpoint, write_recipe

RECIPE = "pretraining.json"
STATE = "state"
"""Folder of the saved states, inside the folder of the result."""

DROPOUT = 0.1
"""Dropout that a network trained from scratch gets for fine-tuning, as in BERT. Pretraining itself uses none: a network
does not overfit to text that it reads once or twice (Geiping & Goldstein 2023)."""


@dataclass
class Recipe:
    """The settings of a pretraining run.

    text, dev: files or folders in any format; without ``dev`` one sentence in 200 of the text is held out.
    model: initial checkpoint, a folder or a name on the hub. Without it the network starts from random weights, with
        ``layers`` layers of ``width`` units, an attention head per 64 units, and the word pieces of the file ``vocab``
        or ``vocab_size`` pieces learned from the text. lower: of these pieces, without case and accents.
    steps: number of optimizer steps. batch_size: inputs per step. length: maximum word pieces per input.
    accumulate: number of parts that a batch is split into (gradient accumulation), to save memory.
    learn_rate: rises linearly over the first share ``warmup`` of the steps, then falls linearly to 0.
    mask: share of the pieces to be predicted; more than BERT's 0.15 teaches more in each step (Wettig et al. 2023).
    whole_words: mask all pieces of a word or none, with any tokenizer.
    head_only: train only the output layer, without the piece embeddings that it shares with the encoder. A new output
        layer's first gradients distort the pretrained encoder's features (Kumar et al. 2022): for a checkpoint
        published without one, train the output layer alone first, with a high learning rate, and continue from the
        result.
    evaluate_every: steps between two evaluations, each of which also saves the state. evaluate_on: maximum number of
        held-out inputs.
    """

    text: str
    dev: str | None = None
    model: str | None = None
    vocab: str | None = None
    vocab_size: int = 8000
    lower: bool = False
    layers: int = 4
    width: int = 256
    steps: int = 1000
    batch_size: int = 32
    accumulate: int = 1
    length: int = 128
    learn_rate: float = 5e-4
    warmup: float = 0.05
    whole_words: bool = False
    head_only: bool = False
    mask: float = 0.15
    evaluate_every: int = 500
    evaluate_on: int = 500
    seed: int = 0


def pretrain(
    recipe: Recipe,
    output: Path,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[dict[str, float]], None] = lambda row: None,
) -> dict[str, Any]:
    """Train by a recipe; write the checkpoint and ``pretraining.json`` to a folder; return the content of the latter.

    Products are in bfloat16 on a GPU or processor that has instructions for it, weights and moments in 32 bits.

    resume: continue an unfinished run of the same recipe in the folder from its newest intact state, with the same
        inputs in the same order; damaged states are skipped (B717). ``evaluate_every`` and ``evaluate_on`` may differ.
    overwrite: replace the files of an earlier run in the folder.
    report: called with each row of the log: step, loss, and after each evaluation the perplexity of the masked pieces
        of the held-out text, always the same pieces.

    Raises B709 if the run to resume began with another recipe, B710 for invalid numbers, B811 if the folder is a file,
    B711 for too small a vocabulary, B712 if the folder has other contents, B713 if there is not enough text, B718 if a
    file cannot be written; and the errors of reading the text and of opening a checkpoint.
    """
    _check(recipe)
    check_folder(output)
    transformers = require_transformers()
    require("accelerate", extra="transformers")
    state = output / STATE
    earlier_run = state.exists() or (output / RECIPE).exists()
    if output.exists() and any(output.iterdir()) and not ((resume and state.exists()) or (overwrite and earlier_run)):
        raise BionerError("B712", path=output)
    if overwrite and not resume:
        shutil.rmtree(state, ignore_errors=True)
    random.seed(recipe.seed)
    np.random.seed(recipe.seed)
    transformers.set_seed(recipe.seed)
    nlp = _tokens()
    described = describe(asdict(recipe))
    checkpoint = newest_whole_checkpoint(state) if state.exists() else None
    if checkpoint:
        check_recipe(state, described)
    tokenizer = _make_tokenizer(recipe, nlp, checkpoint)
    network = _make_network(recipe, tokenizer)
    words = WordPieces(tokenizer)
    held_out = read_sentences(nlp, recipe.dev, "all") if recipe.dev else read_sentences(nlp, recipe.text, "held out")
    dev = mask_once(
        pack(held_out, words, recipe.length), _make_collator(recipe, tokenizer), recipe.batch_size, recipe.evaluate_on
    )
    if not dev:
        raise BionerError("B713", path=recipe.dev or recipe.text)
    stream = make_stream(nlp, recipe.text, "all" if recipe.dev else "train", words, recipe.length, recipe.seed)
    trainer = _make_trainer(recipe, network, _make_collator(recipe, tokenizer), stream, dev, state, report)
    start = time.monotonic()
    with _explain_full_disk(state), threads_for(network.config.hidden_size):
        write_recipe(state, described)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    figures = {
        **asdict(recipe),
        "pieces": len(tokenizer),
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "seconds": round(time.monotonic() - start, 1),
        "resumed_at": int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0,
        "log": [row for i, row in enumerate(trainer.state.log_history) if row not in trainer.state.log_history[:i]],
        "versions": {name: version(name) for name in ("transformers", "torch", "tokenizers", "spacy-bioner")},
    }
    with _explain_full_disk(output), into_folder(output, last=CONFIG) as part:
        _finish(network, recipe).save_pretrained(part, safe_serialization=True)
        tokenizer.save_pretrained(part)
        write_json(part / RECIPE, figures)
    return figures


@contextmanager
def _explain_full_disk(path: Path) -> Iterator[None]:
    """Raise B718 in place of the write errors of torch, safetensors and Python."""
    try:
        yield
    except Exception as error:
        writer = type(error).__name__ == "SafetensorError" or "PytorchStreamWriter" in str(error)
        if not (writer or isinstance(error, OSError)) or isinstance(error, BionerError):
            raise
        raise BionerError("B718", path=path, reason=first_line(error)) from error


def _check(recipe: Recipe) -> None:
    for name in ("steps", "batch_size", "accumulate", "layers", "width", "evaluate_every", "evaluate_on", "vocab_size"):
        if getattr(recipe, name) < 1:
            raise BionerError("B710", name=name, value=getattr(recipe, name), what="must be at least 1")
    if recipe.batch_size % recipe.accumulate:
        raise BionerError("B710", name="accumulate", value=recipe.accumulate, what="must divide batch_size")
    if recipe.width % 64 and recipe.width > 64:
        raise BionerError("B710", name="width", value=recipe.width, what="must be a multiple of 64, or below")
    if recipe.length < 8:
        raise BionerError("B710", name="length", value=recipe.length, what="must be at least 8")
    if not 0 < recipe.mask < 1:
        raise BionerError("B710", name="mask", value=recipe.mask, what="must be a share between 0 and 1")
    if recipe.head_only and not recipe.model:
        raise BionerError(
            "B710", name="head_only", value=True, what="needs a checkpoint, --model, that learnt the rest"
        )


def _tokens() -> Language:
    import spacy

    nlp = spacy.blank("en")
    nlp.tokenizer = registry.tokenizers.get("spacy-bioner.BioTokenizer.v1")()(nlp)
    return nlp


def _make_tokenizer(recipe: Recipe, nlp: Language, checkpoint: Path | None) -> Any:
    if recipe.model or checkpoint:
        return open_tokenizer(recipe.model or str(checkpoint))
    if recipe.vocab:
        return open_vocabulary(recipe.vocab, recipe.lower)
    return learn_word_pieces(lambda: read_sentences(nlp, recipe.text), recipe.vocab_size, recipe.lower)


def _make_network(recipe: Recipe, tokenizer: Any) -> Any:
    if recipe.model:
        network = open_checkpoint(recipe.model, "AutoModelForMaskedLM").network
        check_vocabulary(recipe.model, tokenizer, network)
        limit = getattr(network.config, "max_position_embeddings", recipe.length)
        if recipe.length > limit:
            raise BionerError(
                "B710", name="length", value=recipe.length, what=f"'{recipe.model}' reads at most {limit}"
            )
        if recipe.head_only:
            network.base_model.requires_grad_(False)
        return network
    from transformers import BertConfig, BertForMaskedLM

    tokenizer.model_max_length = recipe.length
    base = BertConfig()
    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=recipe.width,
            num_hidden_layers=recipe.layers,
            num_attention_heads=max(1, recipe.width // 64),
            intermediate_size=4 * recipe.width,
            max_position_embeddings=recipe.length,
            pad_token_id=tokenizer.pad_token_id,
            # A product of w weights and inputs has a variance proportional to w: scaled by sqrt(768 / w), the initial
            # weights of a narrow network give products as large as those of BERT-base.
            initializer_range=base.initializer_range * (base.hidden_size / recipe.width) ** 0.5,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )


def _finish(network: Any, recipe: Recipe) -> Any:
    """Return the network to save; a network trained from scratch without dropout gets BERT's, for fine-tuning."""
    if not recipe.model:
        network.config.hidden_dropout_prob = network.config.attention_probs_dropout_prob = DROPOUT
    return network


def _make_collator(recipe: Recipe, tokenizer: Any) -> WholeWordCollator | PieceCollator:
    kind = WholeWordCollator if recipe.whole_words else PieceCollator
    return kind(tokenizer, recipe.mask, recipe.seed + 1)


def _make_trainer(
    recipe: Recipe,
    network: Any,
    collator: Any,
    stream: Any,
    dev: list[dict[str, Any]],
    state: Path,
    report: Callable[[dict[str, float]], None],
) -> Any:
    import torch
    from transformers import TrainingArguments

    from .trainer import MaskedLMTrainer

    on_gpu = torch.cuda.is_available()
    every = min(recipe.evaluate_every, recipe.steps)
    arguments = TrainingArguments(
        output_dir=str(state),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.batch_size // recipe.accumulate,
        gradient_accumulation_steps=recipe.accumulate,
        learning_rate=recipe.learn_rate,
        warmup_steps=math.ceil(recipe.warmup * recipe.steps),
        lr_scheduler_type="linear",
        weight_decay=0.01,
        eval_strategy="steps",
        eval_steps=every,
        logging_steps=max(1, every // 5),
        save_steps=every,
        save_total_limit=1,
        seed=recipe.seed,
        use_cpu=not on_gpu,
        bf16=computes_bfloat16("cuda" if on_gpu else "cpu"),
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=on_gpu,
    )
    return MaskedLMTrainer(network, arguments, collator, stream, dev, report)
