"""``spacy bioner overlap``: which words or word pieces the mentions of several corpora share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def overlap(
    corpora: Annotated[
        list[str],
        Argument(
            metavar="CORPUS...",
            help="Annotated file or folder in any format, or NAME=PATH; several of one corpus are separated by commas",
            show_default=False,
        ),
    ],
    transformer: Annotated[
        str | None,
        Option(help="Count word pieces: of a checkpoint, a folder or a name, or of a vocabulary file (vocab.txt)"),
    ] = None,
    lower: Annotated[bool, Option("--lower", help="The vocabulary file is of lower case, without accents")] = False,
    labels: options.Labels = "",
    format: options.Format = None,
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    tokenizer: options.Tokenizer = "bio",
    encoding: options.Encoding = None,
    on_error: options.OnError = "error",
    output: Annotated[Path | None, Option("--json", help="Write the figures to this JSON file")] = None,
) -> None:
    """Show how much of the vocabulary of one corpus's mentions occurs in another's, by label and in all.

    Two figures for each pair: the share of distinct word pieces, and that of all, each as often as it occurs. Without
    --transformer, words.

    Example:

    spacy bioner overlap en=psytar.tsv ru=rudrec.jsonl --transformer vocab.txt --labels "ADR=Disease,*="
    """
    import srsly
    from wasabi import msg

    from ..corpus.overlap import overlap as compare
    from ..corpus.overlap import overlap_text, vocabularies, word_pieces
    from ..corpus.reading import read_each
    from ..corpus.relabel import parse_labels
    from ..experiments.trials.designs import named
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer
    from .trial_options import corpus_name

    paths = named([text if "=" in text else f"{corpus_name(None, text)}={text}" for text in corpora])
    renamed, words = parse_labels(labels), NamedTokenizer(tokenizer, sentences=False)
    cut = word_pieces(transformer, lower) if transformer else None
    report, given = ProblemLog(on_error), options.reading(label, encoding, token, tag, separator)
    found = {
        name: vocabularies(read_each(path, report, given, format), words, renamed, cut) for name, path in paths.items()
    }
    figures = compare(found)
    for line in report.describe():
        msg.warn(line)
    unit = "word pieces" if cut else "words"
    print(overlap_text(figures, unit))
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(
            output, {"unit": unit, "of": transformer or None, "labels": renamed, "paths": paths, **figures}
        )
