"""Options and arguments that several commands have."""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

Data = Annotated[
    str,
    Argument(help="Annotated file or folder in any format; several are separated by commas", show_default=False),
]
Format = Annotated[
    str | None,
    Option("--from", help="Format of the files: brat, conll, jsonl, docbin, ade, text; by default it is found out"),
]
Tokenizer = Annotated[
    str,
    Option(
        help="Tokens of texts that come without: bio (splits at all but letters and digits), nltk, the code of a "
        "language (en), or a pipeline"
    ),
]
Token = Annotated[
    str | None, Option(help="Column files: the column of the tokens, a number from 0 (-1: the last) or its name")
]
Tag = Annotated[
    str | None, Option(help="Column files: the column of the tags, a number from 0 (-1: the last) or its name")
]
Separator = Annotated[str | None, Option(help="Column files: what stands between the columns: tab or blank")]
Label = Annotated[str | None, Option(help="Label of tags without a type (B, I, O)")]
Labels = Annotated[
    str,
    Option(
        help="Other labels for the mentions: OLD=NEW, several separated by commas; OLD= leaves a label out, *= all "
        "others"
    ),
]
Group = Annotated[
    str | None,
    Option(
        help="Documents stay together whose ids agree up to the last of this ('-': 123-1 and 123-2), or that have the "
        "same in this field of their metadata (file_name)"
    ),
]
Encoding = Annotated[str | None, Option(help="Encoding of the files where it is not UTF-8")]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace what a folder to write to holds, as a whole")]
OnError = Annotated[str, Option(help="At a fault in a file: error (stop) or skip (count it and go on)")]
Gpu = Annotated[int, Option("--gpu-id", "-g", help="Number of the GPU, -1 for the CPU")]


def reading(
    label: str | None = None,
    encoding: str | None = None,
    token: str | None = None,
    tag: str | None = None,
    separator: str | None = None,
) -> dict[str, Any]:
    """Return the options of the formats' readers, as ``formats.read`` takes them; None stands for one not given."""
    given = {"label": label, "encoding": encoding, "token": token, "tag": tag, "separator": separator}
    return {name: value or None for name, value in given.items()}
