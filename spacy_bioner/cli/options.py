"""Options and arguments that several commands have."""

from __future__ import annotations

from typing import Annotated

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
OnError = Annotated[str, Option(help="At a fault in a file: error (stop) or skip (count it and go on)")]
Gpu = Annotated[int, Option("--gpu-id", "-g", help="Number of the GPU, -1 for the CPU")]
