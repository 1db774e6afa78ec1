"""``spacy bioner harmonize``: several systems' annotations of the same texts made one silver standard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def harmonize(
    inputs: Annotated[
        list[str],
        Argument(
            metavar="INPUT...",
            help="A system each: annotated file or folder; several of one system are separated by commas",
            show_default=False,
        ),
    ],
    output: Annotated[Path, Option("--output", "-o", help="File to write (brat: also a folder)", show_default=False)],
    votes: Annotated[
        int | None,
        Option(help="How many systems must agree on a span; by default more than half of those with the document"),
    ] = None,
    ties: Annotated[
        str, Option(help="Where several labels of a span have the most votes: that of the first system, or drop it")
    ] = "first",
    overlap: Annotated[
        str, Option(help="What is kept of mentions that overlap: the longest, that with most votes, or keep all")
    ] = "longest",
    labels: options.Labels = "",
    gold: Annotated[
        str | None, Option(help="Gold corpora whose documents are left out, by id and by near-identical sentences")
    ] = None,
    similar: Annotated[
        float, Option(help="Share of the runs of three words that makes a sentence near-identical")
    ] = 0.8,
    blacklist: Annotated[
        Path | None, Option(help="File of terms, one a line, that are removed where they are mentions")
    ] = None,
    annotated: Annotated[
        str | None, Option(help="Gold training data: remove mentions that its annotators met and never marked")
    ] = None,
    times: Annotated[int, Option(help="How often they must have met them")] = 3,
    from_: options.Format = None,
    to: Annotated[str | None, Option("--to", help="Format of the output; by default its suffix tells")] = None,
    tokenizer: options.Tokenizer = "bio",
    label: options.Label = None,
    encoding: options.Encoding = None,
    on_error: options.OnError = "error",
    figures: options.Figures = None,
) -> None:
    """Merge several systems' annotations of the same texts into one, by vote; or clean those of one system.

    Documents are matched by id and text, or by text alone. Those that are also in gold corpora are left out: the same
    id (the last part of a path), the same text, or 80% of a sentence's runs of three words in common, in sentences of 8
    words or more. Everything that was left out is counted.

    Examples:

    spacy bioner harmonize crf.jsonl bilstm.jsonl dictionary.jsonl -o silver.jsonl --votes 2

    spacy bioner harmonize silver.tar.xz -o clean.tar.gz --gold train.tsv,devel.tsv,test.tsv --blacklist generic.txt
    """
    from wasabi import msg

    from ..corpus.silver import harmonize_files as harmonization
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer

    options.check_outputs(figures)
    report = ProblemLog(on_error)
    result = harmonization.harmonize_files(
        inputs,
        output,
        from_,
        to,
        votes=votes,
        ties=ties,
        overlap=overlap,
        labels=labels,
        gold=gold,
        similar=similar,
        blacklist=blacklist,
        annotated=annotated,
        times=times,
        tokenizer=NamedTokenizer(tokenizer),
        report=report,
        label=label or None,
        encoding=encoding,
    )
    options.tell_problems(report)
    print(harmonization.harmonized_text(result))
    msg.good(f"{output}: {result.counts['written']} documents, {result.counts['kept']} mentions")
    options.write_figures(figures, harmonization.figures(result))
