"""Options and arguments that several commands have, and what they do with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

if TYPE_CHECKING:
    from ..formats import ProblemLog

Data = Annotated[
    str,
    Argument(help="Annotated file or folder in any format; several are separated by commas", show_default=False),
]
Format = Annotated[
    str | None,
    Option(
        "--from",
        help="Format of the files: brat, conll, jsonl, docbin, ade, pubtator, bioc, bioc_json, pubmed, tac, spl, "
        "label_studio, parquet, marked_pairs, squad, bioasq, text; by default it is found out",
    ),
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
        help="Documents stay together whose ids agree up to the first of this ('-': 123-1 and 123-2), in whose ids a "
        "regular expression finds the same ('re:^[0-9]+'), or that have the same in this field of their metadata "
        "(file_name)"
    ),
]
Encoding = Annotated[str | None, Option(help="Encoding of the files where it is not UTF-8")]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace what a folder to write to holds, as a whole")]
OnError = Annotated[str, Option(help="At a fault in a file: error (stop) or skip (count it and go on)")]
Gpu = Annotated[int, Option("--gpu-id", "-g", help="Number of the GPU, -1 for the CPU")]
Figures = Annotated[Path | None, Option("--json", help="Write the figures to this JSON file")]


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


def check_outputs(*paths: Path | None) -> None:
    """Raise B806 for a file to write that is a folder: before the work whose result it is to hold."""
    from ..errors import BionerError

    for path in paths:
        if path is not None and path.is_dir():
            raise BionerError("B806", path=path)


def check_folder(path: Path) -> None:
    """Raise B811 for a folder to write to that is a file."""
    from ..errors import BionerError

    if path.exists() and not path.is_dir():
        raise BionerError("B811", path=path)


def write_figures(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Write the figures of a command to a JSON file, where one is asked for."""
    from ..formats.text_io import write_json

    if path is not None:
        write_json(path, figures)


def tell_problems(report: ProblemLog) -> None:
    """Print what was wrong in the files, a line a kind."""
    from wasabi import msg

    for line in report.describe():
        msg.warn(line)


def use_gpu(gpu_id: int) -> None:
    """Use this GPU, or the CPU where it is below 0; raises B807 where there is no such GPU."""
    from spacy.cli._util import setup_gpu

    check_gpu(gpu_id)
    setup_gpu(gpu_id, silent=False)


def check_gpu(gpu_id: int) -> None:
    """Raise B807 where there is no such GPU; for a command whose processes are to use it, this one does not."""
    from thinc.compat import cupy, has_cupy_gpu, has_gpu

    from ..errors import BionerError

    if gpu_id >= 0:
        number = cupy.cuda.runtime.getDeviceCount() if has_cupy_gpu else int(has_gpu)
        if gpu_id >= number:
            raise BionerError("B807", gpu=gpu_id, number=number)


def is_ray(engine: str) -> bool:
    """Return whether an engine is Ray; raises B281 for one that is neither that nor local."""
    from ..errors import BionerError

    if engine not in ("local", "ray"):
        raise BionerError("B281", engine=engine, known="local, ray")
    return engine == "ray"


def tell_groups(groups: int, documents: int) -> None:
    """Print how many groups a rule makes of the documents; warn where it makes none."""
    from wasabi import msg

    if groups == documents:
        msg.warn(f"--group keeps nothing together: each of the {documents} documents is a group of its own")
    else:
        msg.info(f"{documents} documents in {groups} groups")
