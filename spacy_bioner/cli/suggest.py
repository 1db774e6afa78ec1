"""``spacy bioner suggest``: chooses the texts to annotate next and pre-annotates them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from typer import Argument, Option

from . import command, options
from .annotate import SET_ASIDE

SHOWN = 10
"""Number of suggestions that are printed."""


@command
def suggest(
    model: Annotated[str, Argument(help="Trained pipeline: a folder or a package", show_default=False)],
    pool: Annotated[
        str, Argument(help="Files or folders of texts in any format, separated by commas", show_default=False)
    ],
    output: Annotated[
        Path, Option("--output", "-o", help="Folder to write (brat), or a file with --to", show_default=False)
    ],
    number: Annotated[int | None, Option("--number", "-n", help="Maximum number of texts to suggest", min=1)] = None,
    words: Annotated[int | None, Option(help="Maximum number of words of all suggested texts", min=1)] = None,
    strategy: Annotated[
        str, Option(help="How to rank texts: entropy, segment, committee (by uncertainty) or random")
    ] = "entropy",
    unit: Annotated[str, Option(help="Unit to suggest: document or sentence")] = "document",
    known: Annotated[
        str | None, Option(help="Annotated files, whose texts are not suggested again", show_default=False)
    ] = None,
    to: Annotated[str | None, Option("--to", help="Format of OUTPUT; by default that of its suffix, or brat")] = None,
    format: options.Format = None,
    encoding: options.Encoding = None,
    seed: Annotated[int, Option(help="Seed of the strategy random", min=0)] = 0,
    max_words: Annotated[int | None, Option(help="Leave out documents (or sentences) of more words", min=1)] = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
    gpu_id: options.Gpu = -1,
    figures: options.Figures = None,
) -> None:
    """Choose the documents or sentences of a pool that are most worth annotating next, and pre-annotate them.

    Each text gets the mentions that the pipeline finds, with their scores (in brat, as notes). OUTPUT.suggested.tsv
    lists them in the order in which to annotate them, with their words and their gain. With --words, texts are
    ranked by uncertainty per word, so that long texts have no advantage; with -n, by uncertainty per text. A text that
    is similar to one already chosen ranks lower. Texts on which the pipeline fails are left out, and the exit code is
    then 3.

    Examples:

    spacy bioner suggest training/mine/crf/model-last texts/ -n 50 -o next

    spacy bioner suggest MODEL "pubmed/*.xml.gz" --words 2000 --unit sentence --known train.tsv -o next
    """
    from wasabi import msg

    from ..corpus.annotation.stream import check_pipeline
    from ..corpus.annotation.worker import Task
    from ..errors import BionerError
    from ..experiments.selection.choice import Budget
    from ..experiments.selection.pool import annotated, suggest
    from ..formats import FORMATS, known_options, write
    from ..formats.brat.rendering import check_labels
    from ..text_tables import counted

    if number is None and words is None:
        raise BionerError("B725")
    options.check_gpu(gpu_id)
    beside = output if output.name else output.resolve()  # this folder, "."
    table = beside.with_name(f"{beside.name}.suggested.tsv")
    options.check_outputs(figures, table, beside=[output], data=[pool, known])
    written: dict[str, Any] = writing(output, to, overwrite)
    nlp = Task(model, gpu_id=gpu_id).load()
    outputs = check_pipeline(nlp)
    if written["format"] == "brat":
        check_labels([*outputs.labels, *outputs.relations])
    documents = _pool(pool, known, unit, max_words, format, encoding, on_error)
    failures: list[str] = []

    def failed(document: Any, error: Exception) -> None:
        failures.append(f"{document.id}: {type(error).__name__}: {error}")

    with _bar(len(documents)) as bar:
        found = suggest(nlp, documents, Budget(number, words), strategy, seed, failed=failed, tick=bar.update)
    pairs = annotated(nlp, documents, found, FORMATS[written["format"]].meta is None, failed)
    if failures and not pairs:
        options.end_with_failures(failures, SET_ASIDE)
    if not pairs:
        limit = "" if words is None else f" or has more than {words} words"
        raise BionerError("B726", pool=pool, limit=limit)
    chosen = [document for _, document in pairs]
    if written["format"] == "brat":
        written.update(labels=outputs.labels, relations=outputs.relations)
    write(chosen, output, **written, **known_options(written["format"], "write", {"predicted": True}))
    records = [
        {"id": document.id, "words": one.words, "gain": one.gain, "mentions": len(document.mentions)}
        for one, document in pairs
    ]
    _write_table(records, table)
    options.write_figures(figures, {"strategy": strategy, "pool": len(documents), "suggestions": records})
    _tell(records)
    total = sum(one.words for one, _ in pairs)
    msg.good(f"{output}: {len(pairs)} of {counted(len(documents), unit)}, {counted(total, 'word')}; ranks in {table}")
    if failures:
        options.end_with_failures(failures, SET_ASIDE)


def writing(output: Path, to: str | None, overwrite: bool) -> dict[str, Any]:
    """Check the output; return its format and options for ``write``; the format of a path without suffix is brat."""
    from ..formats import check_output

    name = check_output(output, to or (None if output.suffix else "brat"), overwrite)
    return {"format": name, "overwrite": overwrite, **({"settings": True} if name == "brat" else {})}


def _pool(
    pool: str,
    known: str | None,
    unit: str,
    max_words: int | None,
    format: str | None,
    encoding: str | None,
    on_error: str,
) -> list[Any]:
    from ..corpus.reading import Reader
    from ..experiments.selection.pool import not_in
    from ..experiments.trials.data_splits import Filters, read_documents
    from ..formats import ProblemLog

    report = ProblemLog(on_error)
    paths = {pool: format} | ({known: None} if known else {})
    read = Reader(paths, report, **options.reading(None, encoding))
    filters = Filters(unit, max_words)
    documents = read_documents(pool, filters, read)
    annotated = read_documents(known, filters, read) if known else []
    options.print_problems(report)
    return not_in(documents, annotated)


def _write_table(records: list[dict[str, Any]], path: Path) -> None:
    """Write rank, id, words, gain and mentions of each suggestion, in the order of their ranks."""
    from ..formats.text_io import write_rows

    rows = [("rank", *records[0])]
    for rank, one in enumerate(records, 1):
        gain = "" if one["gain"] is None else f"{one['gain']:.4f}"
        rows.append((str(rank), " ".join((one["id"] or "").split()), str(one["words"]), gain, str(one["mentions"])))
    write_rows(rows, path)


def _bar(total: int) -> Any:
    from tqdm import tqdm

    return tqdm(total=total, unit=" texts", mininterval=1, dynamic_ncols=True)


def _tell(records: list[dict[str, Any]]) -> None:
    from ..text_tables import aligned

    rows = [
        (str(rank), one["id"], f"{one['words']:,}", "-" if one["gain"] is None else f"{one['gain']:.2f}")
        for rank, one in enumerate(records[:SHOWN], 1)
    ]
    print(aligned(("rank", "text", "words", "gain"), rows))
