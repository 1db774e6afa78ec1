"""``spacy bioner harmonize``: merges several systems' annotations of the same texts into a silver standard."""

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
            help="Annotated file or folder of each system; several of one system are separated by commas",
            show_default=False,
        ),
    ],
    output: Annotated[Path, Option("--output", "-o", help="File to write (brat: also a folder)", show_default=False)],
    method: Annotated[
        str,
        Option(
            help="vote; priority (all mentions of the first system, and those of each later one that overlap none "
            "before); or score (mean of the scores over the systems)"
        ),
    ] = "vote",
    threshold: Annotated[
        float, Option(help="With --method score: the least mean score of a mention", min=0, max=1)
    ] = 0.5,
    votes: Annotated[
        int | None,
        Option(
            help="Systems that must agree on a span; by default a majority of those that have the document and look "
            "for the label",
            min=1,
        ),
    ] = None,
    ties: Annotated[
        str, Option(help="If labels of a span have equally many votes: first (take the first system's) or drop")
    ] = "first",
    overlap: Annotated[
        str, Option(help="Of overlapping mentions keep: longest, votes (the one with most votes), or keep (all)")
    ] = "longest",
    labels: options.Labels = "",
    gold: Annotated[
        str | None, Option(help="Gold corpora whose documents are left out, by id and by near-duplicate sentences")
    ] = None,
    similar: Annotated[
        float, Option(help="Share of word trigrams that makes a sentence a near-duplicate", min=0, max=1)
    ] = 0.8,
    blacklist: Annotated[
        Path | None, Option(help="File of terms, one per line; mentions with these texts are removed")
    ] = None,
    annotated: Annotated[
        str | None, Option(help="Gold training data: remove mentions whose text occurs in it but is never marked")
    ] = None,
    times: Annotated[int, Option(help="With --annotated: the least number of unmarked occurrences")] = 3,
    from_: options.Format = None,
    to: Annotated[str | None, Option("--to", help="Format of the output; by default that of its suffix")] = None,
    tokenizer: options.Tokenizer = "bio",
    label: options.Label = None,
    encoding: options.Encoding = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
    figures: options.Figures = None,
) -> None:
    """Merge the annotations of several systems on the same texts, or clean those of one system.

    Documents are matched by id and text, or by text alone. Documents of the gold corpora are left out: those with the
    same id (the last part of a path), with the same text, or with a sentence of 8 or more words that shares 80% of its
    word trigrams with a gold sentence. Everything that is left out is counted. A system whose documents declare their
    types has no vote on other labels.

    Examples:

    spacy bioner harmonize crf.jsonl bilstm.jsonl dictionary.jsonl -o silver.jsonl --votes 2

    spacy bioner harmonize silver.tar.xz -o clean.tar.gz --gold train.tsv,devel.tsv,test.tsv --blacklist generic.txt
    """
    from wasabi import msg

    from ..corpus.silver import harmonize_files as harmonization
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer
    from ..text_tables import counted

    options.check_outputs(figures, beside=[output], data=[inputs, gold, annotated])
    options.check_demonstration(gold)
    report = ProblemLog(on_error)
    result = harmonization.harmonize_files(
        inputs,
        output,
        from_,
        to,
        method=method,
        threshold=threshold,
        votes=votes,
        ties=ties,
        overlap=overlap,
        labels=labels,
        gold=gold,
        similar=similar,
        blacklist=blacklist,
        annotated=annotated,
        times=times,
        overwrite=overwrite,
        tokenizer=NamedTokenizer(tokenizer),
        report=report,
        label=label or None,
        encoding=encoding,
    )
    options.print_problems(report)
    print(harmonization.harmonized_text(result))
    options.tell_none(result.counts["written"], output)
    documents = result.counts["written"] - report.left_out["documents"]
    mentions = result.counts["kept"] - report.left_out["mentions"]
    msg.good(f"{output}: {counted(documents, 'document')}, {counted(mentions, 'mention')}")
    options.write_figures(figures, harmonization.figures(result))
