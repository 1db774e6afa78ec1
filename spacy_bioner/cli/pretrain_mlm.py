"""``spacy bioner pretrain-mlm``: pretrains a transformer by masked language modelling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def pretrain_mlm(
    text: Annotated[str, Argument(help="Text in any format, also compressed (.gz, .xz); several by commas")],
    output: Annotated[Path, Argument(help="Folder for the checkpoint")],
    dev: Annotated[str | None, Option(help="Held-out text; by default one sentence in 200 is held out")] = None,
    model: Annotated[
        str | None, Option(help="Checkpoint to start from, a folder or a name; by default random weights")
    ] = None,
    vocab: Annotated[
        str | None, Option(help="File with the word pieces of a new network, one per line; by default learnt from TEXT")
    ] = None,
    vocab_size: Annotated[int, Option(help="Number of word pieces to learn")] = 8000,
    lower: Annotated[bool, Option("--lower", help="A new network reads text in lower case, without accents")] = False,
    layers: Annotated[int, Option(help="Layers of a new network")] = 4,
    width: Annotated[int, Option(help="Width of a new network, a multiple of 64")] = 256,
    steps: Annotated[int, Option(help="Optimizer steps")] = 1000,
    batch_size: Annotated[int, Option(help="Inputs per step")] = 32,
    accumulate: Annotated[int, Option(help="Gradient accumulation: number of parts of a batch, to save memory")] = 1,
    length: Annotated[int, Option(help="Maximum number of word pieces per input")] = 128,
    learn_rate: Annotated[float, Option(help="Peak learning rate; 5e-5 to start from a checkpoint", min=0)] = 5e-4,
    warmup: Annotated[
        float, Option(help="Share of the steps for the warm-up of the learning rate", min=0, max=1)
    ] = 0.05,
    mask: Annotated[float, Option(help="Share of the word pieces to be predicted")] = 0.15,
    whole_words: Annotated[bool, Option("--whole-words", help="Mask all pieces of a word or none")] = False,
    head_only: Annotated[
        bool, Option("--head-only", help="Train the output layer alone, for a checkpoint published without one")
    ] = False,
    evaluate_every: Annotated[int, Option(help="Steps between evaluations; each also saves the state")] = 500,
    evaluate_on: Annotated[int, Option(help="Maximum number of inputs to evaluate on")] = 500,
    seed: Annotated[int, Option(help="Seed of weights, order and masks", min=0)] = 0,
    threads: Annotated[int | None, Option(help="CPU threads; by default torch decides", min=1)] = None,
    resume: Annotated[
        bool, Option("--resume", help="Resume the run that was interrupted in OUTPUT, with the same settings")
    ] = False,
    overwrite: Annotated[bool, Option("--overwrite", help="Replace the files of an earlier run in OUTPUT")] = False,
) -> None:
    """Pretrain a BERT by masked language modelling, from random weights or from a checkpoint (as BioBERT was).

    Writes a checkpoint folder (config.json, vocabulary, model.safetensors) that `bioner_biobert` and other programs
    based on transformers can load, and in it `pretraining.json`: the settings, and the perplexity on held-out text
    during training.

    Examples:

    spacy bioner pretrain-mlm pmc.txt.xz out/small --vocab vocab.txt --steps 5000 --whole-words

    spacy bioner pretrain-mlm pmc.txt.xz out/bert-bio --model bert-base-cased --learn-rate 5e-5

    For an encoder that was published without its output layer, train that layer first:

    spacy bioner pretrain-mlm pmc.txt.xz out/head --model ENCODER --head-only --learn-rate 1e-3 --steps 500

    spacy bioner pretrain-mlm pmc.txt.xz out/bio --model out/head --learn-rate 1e-4
    """
    from wasabi import msg

    from ..training.masked_lm.pretraining import Recipe, pretrain

    options.check_outputs(beside=[output], data=[text, dev])
    if threads:
        from ..ml.torch_setup import set_threads

        set_threads(threads)
    recipe = Recipe(
        text=text,
        dev=dev,
        model=model,
        vocab=vocab,
        vocab_size=vocab_size,
        lower=lower,
        layers=layers,
        width=width,
        steps=steps,
        batch_size=batch_size,
        accumulate=accumulate,
        length=length,
        learn_rate=learn_rate,
        warmup=warmup,
        mask=mask,
        whole_words=whole_words,
        head_only=head_only,
        evaluate_every=evaluate_every,
        evaluate_on=evaluate_on,
        seed=seed,
    )

    def report(row: dict[str, float]) -> None:
        if "eval_perplexity" in row:
            print(f"step {row['step']:7,}  held-out perplexity {row['eval_perplexity']:10.2f}", flush=True)
        elif "loss" in row:
            print(
                f"step {row['step']:7,}  loss {row['loss']:.4f}  learning rate {row['learning_rate']:.2e}", flush=True
            )

    figures = pretrain(recipe, output, resume=resume, overwrite=overwrite, report=report)
    msg.good(
        f"{output}: {figures['parameters']:,} weights, {figures['pieces']:,} word pieces, {figures['seconds']:.0f} s"
    )
