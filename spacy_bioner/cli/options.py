"""Options and arguments shared by several commands, and the code that handles them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

from typer import Argument, Exit, Option

from ..errors import BionerError

if TYPE_CHECKING:
    from ..experiments.file_scores.matching import Left
    from ..formats import Document, ProblemLog

_DEMONSTRATION = re.compile(r"(\.\./\.\./)?assets/(?!public/)")
"""The small corpus, from the repository or from one of its projects; ``assets/public`` has corpora to download."""

ARGUMENTS: ContextVar[Mapping[str, Any]] = ContextVar("arguments", default={})  # noqa: B039
"""The values of all arguments of the command that is running."""

Data = Annotated[
    str,
    Argument(help="Annotated file or folder in any format; several are separated by commas", show_default=False),
]
Format = Annotated[
    str | None,
    Option(
        "--from",
        help="Format of the files: brat, conll, jsonl, docbin, ade, pubtator, bioc, bioc_json, pubmed, tac, spl, "
        "label_studio, parquet, dygie, chemprot_sentences, marked_pairs, squad, bioasq, text; by default detected",
    ),
]
Tokenizer = Annotated[
    str,
    Option(
        help="Tokenizer for texts without tokens: bio (splits at all but letters and digits), nltk, a language code "
        "(en), or a pipeline"
    ),
]
Token = Annotated[
    str | None, Option(help="Column files: the column of the tokens, a number from 0 (-1: the last) or its name")
]
Tag = Annotated[
    str | None, Option(help="Column files: the column of the tags, a number from 0 (-1: the last) or its name")
]
Separator = Annotated[str | None, Option(help="Column files: the separator of the columns, tab or blank")]
Label = Annotated[str | None, Option(help="Label for tags without a type (B, I, O)")]
Labels = Annotated[
    str,
    Option(
        help="New labels for the mentions: OLD=NEW, separated by commas; OLD= drops the mentions of a label, *= those "
        "of all other labels, OLD:Negated=NEW relabels those with an attribute"
    ),
]
Group = Annotated[
    str | None,
    Option(
        help="Keep documents together whose ids agree up to this separator ('-': 123-1 and 123-2), whose ids have the "
        "same match of a regular expression ('re:^[0-9]+'), or that agree in this metadata field (file_name)"
    ),
]
Encoding = Annotated[str | None, Option(help="Encoding of the files, if it is not UTF-8")]
Offsets = Annotated[
    str | None,
    Option(
        help="brat, Label Studio: what the offsets count: characters, utf16, bytes, or crlf1 (a CRLF is one character)"
    ),
]
Triggers = Annotated[
    bool | None, Option("--triggers/--no-triggers", help="brat: whether the triggers of events are mentions")
]
Unit = Annotated[str | None, Option(help="Plain text: the unit that becomes a document: file, paragraph or line")]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace the whole output folder if it is not empty")]
OnError = Annotated[str, Option(help="On a fault in a file: error (stop) or skip (count it and continue)")]
BatchSize = Annotated[int | None, Option(help="Documents that the pipeline processes at once", min=1)]
Threshold = Annotated[float | None, Option(help="Leave out entities with a lower score (0 to 1)")]
Address = Annotated[str | None, Option(help="ray: address of a running cluster; by default Ray is started locally")]
Gpu = Annotated[int, Option("--gpu-id", "-g", help="Index of the GPU, -1 for the CPU", min=-1)]
Figures = Annotated[Path | None, Option("--json", help="Write the figures to this JSON file")]


def reading(
    label: str | None = None,
    encoding: str | None = None,
    token: str | None = None,
    tag: str | None = None,
    separator: str | None = None,
) -> dict[str, Any]:
    """Return options for ``formats.read``; None and "" mean not given."""
    given = {"label": label, "encoding": encoding, "token": token, "tag": tag, "separator": separator}
    return {name: value or None for name, value in given.items()}


def expand_patterns(paths: Iterable[str]) -> list[str]:
    """Replace each pattern (* or ?) by its sorted matches; NAME=PATH stays as it is. Raises B130 if none matches."""
    from ..corpus.annotation.job import expand_globs
    from ..experiments.trials.systems import split_name

    return [one for path in paths for one in ([path] if split_name(path)[0] else map(str, expand_globs(path)))]


def written(documents: Sequence[Document], left_out: Mapping[str, int]) -> tuple[int, str]:
    """Return the number of documents that were written, and a text with it and that of their mentions.

    left_out: what a writer has written nothing of (``ProblemLog.left_out``).
    """
    from ..text_tables import counted

    number = len(documents) - left_out["documents"]
    mentions = sum(len(document.mentions) for document in documents) - left_out["mentions"]
    return number, f"{counted(number, 'document')}, {counted(mentions, 'mention')}"


def tell_none(documents: int, output: Path) -> None:
    """Warn if no document was written."""
    from wasabi import msg

    if not documents:
        msg.warn(f"{output}: no document was written")


def tell_unmet(renamed: Iterable[str], met: Collection[str]) -> None:
    """Warn of the old labels of --labels that no mention has. met: those that mentions have (``relabel.keys_of``)."""
    from wasabi import msg

    from ..corpus.relabel import OTHERS

    if unmet := [old for old in renamed if old != OTHERS and old not in met]:
        msg.warn(f"no mention is labelled {', '.join(unmet)}: the labels are {', '.join(sorted(met)) or 'none'}")


def check_outputs(*files: Path | None, beside: Iterable[Path | None] = (), data: Any = ()) -> None:
    """Raise an error for an output file that cannot be written, before the work whose result it will hold.

    beside: the other outputs of the command, which it checks in other ways. data: the arguments that are read as
    documents, in which no output may lie; a pipeline's folder or one of runs may hold outputs.
    Raises B164 for an output that is a file, or a folder with files, among the arguments of the command, or that lies
    in ``data``, and B858 for two outputs in one place, of which the second would replace the first.
    """
    from ..formats.output_places import check_apart, check_file, check_spared

    outputs = [path for path in (*files, *beside) if path is not None]
    others = [value for value in ARGUMENTS.get().values() if not any(value is path for path in outputs)]
    inputs = [place for value in others for place in _places(value)]
    for path in files:
        if path is not None:
            check_file(path)
            check_spared(inputs, path)
    for path in outputs:
        check_apart(_places(data), path)
    for one, other in combinations(outputs, 2):
        places = one.resolve(), other.resolve()
        if any(a in (b, *b.parents) for a, b in (places, places[::-1])):
            raise BionerError("B858", one=one, other=other)


def _places(value: Any) -> Iterator[Path]:
    """Yield the files and folders that an argument of a command names: paths, lists of them, and NAME=PATH."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _places(one)
    elif isinstance(value, str | Path):
        texts = str(value).split(",")
        for text in {*texts, *(text.partition("=")[2] for text in texts)} - {""}:
            if os.path.exists(text):
                yield Path(text)


def write_figures(path: Path | None, figures: Mapping[str, Any]) -> None:
    """Write the figures of a command to a JSON file, if one is given."""
    from ..formats.text_io import write_json

    if path is not None:
        write_json(path, figures)


def check_demonstration(*places: str | None) -> None:
    """Raise B868 if some of these files, separated by commas, are of the small corpus in ``assets``, and others not.

    Each variable of a project is the small corpus by default. One that was forgotten beside files of the user's own
    would otherwise give a score on the wrong test part.
    """
    paths = [path for place in places if place for path in place.split(",") if path]
    small = [path for path in paths if _DEMONSTRATION.match(path)]
    own = [path for path in paths if path not in small]
    if small and own:
        raise BionerError("B868", small=small[0], own=own[0])


def print_problems(report: ProblemLog, each: int = 1, scored: str = "") -> None:
    """Print the problems of the files: at most ``each`` of every kind, and the number of the others.

    scored: the files, if figures are made of them; raises B877 for documents with missing tags, which make them wrong.
    """
    from wasabi import msg

    from ..formats.docbin import UNKNOWN

    for line in report.describe(each):
        msg.warn(line)
    if scored and (partly := report.counts[UNKNOWN]):
        raise BionerError("B877", path=scored, documents=partly)


def use_gpu(gpu_id: int) -> None:
    """Use this GPU, or the CPU for a number below 0; raises B807 if the GPU does not exist."""
    from spacy.cli._util import setup_gpu

    check_gpu(gpu_id)
    setup_gpu(gpu_id, silent=False)


def check_gpu(gpu_id: int) -> None:
    """Raise B807 if the GPU does not exist, without initialising it, because other processes may use it."""
    from thinc.compat import cupy, has_cupy_gpu, has_gpu

    if gpu_id >= 0:
        number = cupy.cuda.runtime.getDeviceCount() if has_cupy_gpu else int(has_gpu)
        if gpu_id >= number:
            raise BionerError("B807", gpu=gpu_id, number=number)


def is_ray(engine: str) -> bool:
    """Return whether an engine is Ray rather than local; raises B281 for any other."""
    if engine not in ("local", "ray"):
        raise BionerError("B281", engine=engine, known="local, ray")
    return engine == "ray"


def end_with_failures(failures: Sequence[str], code: int) -> NoReturn:
    """Print the number of texts on which a pipeline failed, and the first; end the command with this exit code."""
    from wasabi import msg

    from ..text_tables import counted

    msg.warn(f"Failed and left out: {counted(len(failures), 'text')}; the first: {failures[0]}")
    raise Exit(code)


def print_left(left: Sequence[Left], names: Iterable[str], first: str, done: str) -> None:
    """Print the documents of each set that match none of the first set. done: what became of them."""
    from wasabi import msg

    from ..text_tables import counted

    for name, one in zip(names, left, strict=True):
        if one.others:
            msg.warn(f"{done}: {counted(one.others, 'document')} of {name} that {first} does not have")
        if one.repeats:
            msg.warn(f"{done}: {counted(one.repeats, 'document')} of {name} whose text {first} has fewer times")


def print_groups(groups: int, documents: int) -> None:
    """Print the number of groups; warn if each document is a group of its own."""
    from wasabi import msg

    from ..text_tables import counted

    if groups == documents:
        msg.warn(f"--group has no effect: each document is a group of its own ({counted(documents, 'document')})")
    else:
        msg.info(f"{counted(documents, 'document')} in {counted(groups, 'group')}")
