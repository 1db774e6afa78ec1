"""``spacy bioner split``: one corpus dealt into train, dev and test files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command


@command
def split(
    source: Annotated[
        str,
        Argument(metavar="INPUT", help="Annotated file or folder; several are separated by commas", show_default=False),
    ],
    output: Annotated[Path, Option("--output", "-o", help="Folder to write the parts to", show_default=False)],
    shares: Annotated[
        str, Option(help="Sizes of train, dev and test, or of train and test, that sum to 100 or to 1")
    ] = "60,10,30",
    seed: Annotated[int, Option(help="Of the random choice")] = 0,
    to: Annotated[str, Option(help="Format of the parts")] = "jsonl",
    from_: Annotated[str | None, Option("--from", help="Format of INPUT; by default it is found out")] = None,
    tokenizer: Annotated[
        str,
        Option(
            help="Tokens of texts that come without: bio (splits at all but letters and digits), nltk, the code of a "
            "language (en), or a pipeline"
        ),
    ] = "bio",
    label: Annotated[str | None, Option(help="Type of tags without one (B, I, O)")] = None,
    encoding: Annotated[str | None, Option(help="Encoding of INPUT where it is not UTF-8")] = None,
    on_error: Annotated[str, Option(help="At a fault in a file: error (stop) or skip (count it and go on)")] = "error",
) -> None:
    """Deal the documents of a corpus into train, dev and test files, at random.

    Documents of the same text stay together. The same seed deals the same documents in the same way.

    Example:

    spacy bioner split corpus.tar.gz -o parts --shares 60,10,30
    """
    from wasabi import msg

    from ..errors import BionerError
    from ..experiments.splitting import split_files
    from ..formats import Report
    from ..pipeline.named_tokenizer import NamedTokenizer

    try:
        numbers = [float(share) for share in shares.split(",")]
    except ValueError:
        raise BionerError("B222", shares=shares) from None
    report = Report(on_error)
    written = split_files(
        source,
        output,
        numbers,
        seed,
        to,
        source_format=from_,
        tokenizer=NamedTokenizer(tokenizer),
        report=report,
        label=label or None,
        encoding=encoding,
    )
    for line in report.describe():
        msg.warn(line)
    for path, documents in written.items():
        mentions = sum(len(document.mentions) for document in documents)
        msg.good(f"{path}: {len(documents)} documents, {mentions} mentions")
