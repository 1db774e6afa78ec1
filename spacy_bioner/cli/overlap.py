"""``spacy bioner overlap``: shows the words or word pieces that the mentions of several corpora share."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def overlap(
    corpora: Annotated[
        list[str],
        Argument(
            metavar="CORPUS...",
            help="Annotated file or folder in any format, NAME=PATH, or a pattern (train/*.jsonl): each match is one; "
            "several of one corpus are separated by commas",
            show_default=False,
        ),
    ],
    transformer: Annotated[
        str | None,
        Option(help="Count word pieces by this checkpoint, a folder or a name, or vocabulary file (vocab.txt)"),
    ] = None,
    lower: Annotated[bool, Option("--lower", help="The vocabulary file is in lower case, without accents")] = False,
    labels: options.Labels = "",
    format: options.Format = None,
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    tokenizer: options.Tokenizer = "bio",
    encoding: options.Encoding = None,
    on_error: options.OnError = "error",
    output: options.Figures = None,
) -> None:
    """Show how much of the vocabulary of one corpus's mentions occurs in those of another, by label and overall.

    Each pair has two figures: the share of distinct words, and the share of all their occurrences. With --transformer,
    word pieces are counted in place of words.

    Example:

    spacy bioner overlap en=psytar.tsv ru=rudrec.jsonl --transformer vocab.txt --labels "ADR=Disease,*="
    """
    from ..corpus.overlap import overlap as compare
    from ..corpus.overlap import overlap_text, vocabularies, word_pieces
    from ..corpus.reading import Reader
    from ..corpus.relabel import parse_labels
    from ..experiments.trials.systems import named
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer
    from .trial_options import with_name

    each = [path for text in corpora for path in ([text] if "," in text else options.expand_patterns([text]))]
    paths = named([with_name(text) for text in each])
    options.check_outputs(output, data=list(paths.values()))
    renamed, words = parse_labels(labels), NamedTokenizer(tokenizer, sentences=False)
    cut = word_pieces(transformer, lower) if transformer else None
    given = options.reading(label, encoding, token, tag, separator)
    read = Reader(dict.fromkeys(paths.values(), format), ProblemLog(on_error), **given)
    figures = compare({name: vocabularies(read(path), words, renamed, cut) for name, path in paths.items()})
    options.print_problems(read.report)
    unit = "word pieces" if cut else "words"
    print(overlap_text(figures, unit))
    of = {"unit": unit, "of": transformer or None, "labels": renamed, "paths": paths}
    options.write_figures(output, {**of, **figures})
