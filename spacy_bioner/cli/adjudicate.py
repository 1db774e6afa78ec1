"""``spacy bioner adjudicate``: writes the annotations of several annotators into one brat folder for a curator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def adjudicate(
    first: Annotated[str, Argument(metavar="FIRST", help="The first annotator's files, or NAME=PATH")],
    others: Annotated[list[str], Argument(metavar="OTHER...", help="The other annotators' files, or NAME=PATH")],
    output: Annotated[Path, Option("--output", "-o", help="Folder to write for brat", show_default=False)],
    format: options.Format = None,
    label: options.Label = None,
    labels: options.Labels = "",
    encoding: options.Encoding = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
) -> None:
    """Merge the annotations of several annotators into one brat folder, in which a curator decides the disputed ones.

    Mentions on which all agree (span, label, concepts and attributes) are written once; every other mention gets a note
    that says who marked it ("disputed 3: anna, or T7"), and then what they noted. Of overlapping mentions delete the
    wrong ones, or, if all are right, all their notes. Of mentions that only some annotators marked ("disputed 4: only
    anna") delete the mention if it is wrong, or else its note. Then run `spacy bioner settle` to make one corpus of the
    folder. Only relations that all annotators have are kept. An annotator whose document declares its types disputes no
    mention of other types. Everything that is left out is counted.

    Example:

    spacy bioner adjudicate anna/ boris/ -o to_decide
    """
    from collections import Counter
    from itertools import chain

    from wasabi import msg

    from ..corpus.reading import Reader
    from ..corpus.relabel import parse_labels, relabelled
    from ..documents.declared_types import read_types
    from ..experiments.file_scores.adjudication import merge_readings
    from ..experiments.file_scores.matching import match_documents
    from ..experiments.trials.systems import named
    from ..formats import ProblemLog, check_output, split_paths, write
    from ..formats.brat.rendering import check_labels
    from ..formats.output_places import check_apart
    from ..text_tables import counted
    from .trial_options import with_name

    paths = named([with_name(text) for text in (first, *others)])
    check_output(output, "brat", overwrite)
    check_apart(split_paths(list(paths.values())), output)
    read = Reader(dict.fromkeys(paths.values(), format), ProblemLog(on_error), label=label, encoding=encoding)
    renamed = parse_labels(labels)
    sets, ids = read.sets(paths.values())
    sets = [[relabelled(document, renamed) for document in one] for one in sets]
    for document in chain.from_iterable(sets):
        check_labels(mention.label for mention in document.mentions)
        check_labels(relation.label for relation in document.relations if not relation.of_concepts)
    matches, left = match_documents(sets[0], sets[1:], ids)
    options.print_problems(read.report)
    names = list(paths)
    options.print_left(left, names[1:], names[0], "Left out")
    alone = sum(not any(match.found) for match in matches)
    if alone:
        msg.warn(f"Annotated by {names[0]} alone, and so without disputes: {counted(alone, 'document')}")
    counts: Counter[str] = Counter()
    report = ProblemLog("skip")
    merged = [merge_readings(match, names, counts, report) for match in matches]
    write(merged, output, "brat", report, overwrite, settings=True)
    options.print_problems(report)
    types = {read_types(document.meta, document.id) for document in merged}
    if types - {None}:
        alike = ", ".join(sorted(one for own in types for one in own or ())) if len(types) == 1 else "not all alike"
        msg.warn(f"brat cannot hold the declared types ({alike}): declare them after `settle`, by convert --types")
    if counts["alone"]:
        alone_text = counted(counts["alone"], "mention")
        msg.warn(f"Of types for which only one annotator looked, and so without disputes: {alone_text}")
    if counts["relations_left_out"]:
        msg.warn(f"Left out, because not all annotators have them: {counted(counts['relations_left_out'], 'relation')}")
    msg.good(
        f"{output}: {counted(counts['documents'], 'document')}, {counted(counts['agreed'], 'mention')} agreed, "
        f"{counted(counts['disputes'], 'dispute')}"
    )
