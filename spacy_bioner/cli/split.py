"""``spacy bioner split``: splits a corpus into train, dev and test files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def split(
    inputs: Annotated[
        str,
        Argument(metavar="INPUT", help="Annotated file or folder; several are separated by commas", show_default=False),
    ],
    output: Annotated[Path, Option("--output", "-o", help="Folder to write the parts to", show_default=False)],
    shares: Annotated[
        str, Option(help="Sizes of train, dev and test, or of train and test, which sum to 100 or to 1")
    ] = "60,10,30",
    seed: Annotated[int, Option(help="Seed of the random split", min=0)] = 0,
    group: options.Group = None,
    to: Annotated[str, Option(help="Format of the parts")] = "jsonl",
    from_: options.Format = None,
    tokenizer: options.Tokenizer = "bio",
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    encoding: options.Encoding = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
) -> None:
    """Split the documents of a corpus into train, dev and test files at random.

    Documents with the same text stay together. The same seed gives the same split.

    Examples:

    spacy bioner split corpus.tar.gz -o parts --shares 60,10,30

    spacy bioner split sentences_of_reviews.jsonl -o parts --group file_name
    """
    from wasabi import msg

    from ..corpus.split_files import split_files
    from ..errors import BionerError
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer

    try:
        numbers = [float(share) for share in shares.split(",")]
    except ValueError:
        raise BionerError("B222", shares=shares) from None
    report = ProblemLog(on_error)
    result = split_files(
        inputs,
        output,
        numbers,
        seed,
        to,
        group,
        input_format=from_,
        tokenizer=NamedTokenizer(tokenizer),
        report=report,
        overwrite=overwrite,
        **options.reading(label, encoding, token, tag, separator),
    )
    options.print_problems(report)
    if result.groups is not None:
        options.print_groups(result.groups, sum(map(len, result.parts.values())))
    for path, documents in result.parts.items():
        number, text = options.written(documents, result.left_out[path])
        tell = msg.good if number else msg.warn  # nothing can be trained or scored on an empty part
        tell(f"{path}: {text}")
