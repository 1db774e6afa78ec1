"""``spacy bioner adjudicate``: the readings of several annotators in one brat folder, for a curator to decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def adjudicate(
    first: Annotated[str, Argument(metavar="FIRST", help="The first annotator's files, or NAME=PATH")],
    others: Annotated[list[str], Argument(metavar="OTHER...", help="Those of the others, PATH or NAME=PATH")],
    output: Annotated[Path, Option("--output", "-o", help="Folder to write, for brat", show_default=False)],
    format: options.Format = None,
    label: options.Label = None,
    labels: options.Labels = "",
    encoding: options.Encoding = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
) -> None:
    """Write what several annotators marked into one brat folder: what all agree on once, disputed mentions with notes.

    A note says who marked a mention ("disputed 3: anna"). Where mentions overlap, delete the wrong ones; where only
    some annotators marked anything ("disputed 4: only anna"), delete the mention, or the note if the mention is right.
    Then `spacy bioner settle` makes one corpus of the folder. Relations that all annotators have are kept.

    Example:

    spacy bioner adjudicate anna/ boris/ -o to_decide
    """
    from collections import Counter

    from wasabi import msg

    from ..corpus.reading import Reader
    from ..corpus.relabel import parse_labels, relabelled
    from ..experiments.file_scores.adjudication import both_readings
    from ..experiments.file_scores.matching import match_documents
    from ..experiments.trials.designs import named
    from ..formats import ProblemLog, write
    from .trial_options import corpus_name

    options.check_folder(output)
    paths = named([text if "=" in text else f"{corpus_name(None, text)}={text}" for text in (first, *others)])
    read = Reader(dict.fromkeys(paths.values(), format), ProblemLog(on_error), label=label, encoding=encoding)
    renamed = parse_labels(labels)
    own, *rest = [[relabelled(document, renamed) for document in read(path)] for path in paths.values()]
    matches, left = match_documents(own, rest)
    options.tell_problems(read.report)
    names = list(paths)
    for name, number in zip(names[1:], left, strict=True):
        if number:
            msg.warn(f"{number} documents of {name} are not among those of {names[0]}: they are left out")
    alone = sum(not any(match.found) for match in matches)
    if alone:
        msg.warn(f"{alone} documents were annotated by {names[0]} alone: nothing of them is disputed")
    counts: Counter[str] = Counter()
    write(
        [both_readings(match, names, counts) for match in matches], output, "brat", overwrite=overwrite, settings=True
    )
    if counts["relations_left_out"]:
        msg.warn(f"{counts['relations_left_out']} relations that not all annotators have are left out")
    msg.good(
        f"{output}: {counts['documents']} documents, {counts['agreed']} mentions agreed, {counts['disputes']} disputes"
    )
