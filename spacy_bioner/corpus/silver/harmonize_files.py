"""Harmonisation of files: see ``corpus.silver.harmonize``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from ...documents.alignment import Tokenizer
from ...errors import BionerError
from ...formats import ProblemLog, check_output, known_options, split_paths, write
from ...formats.output_places import check_apart
from ...pipeline.merging.ballots import Method, Overlap, Ties
from ...text_tables import aligned
from ..reading import Reader
from ..relabel import parse_labels
from .filters import listed, read_terms, unmarked
from .gold_texts import GoldTexts
from .harmonize import Harmonized, Rules, harmonize

REMOVED = 20
"""Number of the removed terms that are shown."""


def harmonize_files(
    inputs: Sequence[str],
    output: Path,
    input_format: str | None = None,
    output_format: str | None = None,
    *,
    method: str = "vote",
    threshold: float = 0.5,
    votes: int | None = None,
    ties: str = "first",
    overlap: str = "longest",
    labels: str = "",
    gold: str | None = None,
    similar: float = 0.8,
    blacklist: Path | None = None,
    annotated: str | None = None,
    times: int = 3,
    overwrite: bool = False,
    tokenizer: Tokenizer | None = None,
    report: ProblemLog | None = None,
    **options: Any,
) -> Harmonized:
    """Read the documents of one or more systems, write the harmonised documents, and return the counts.

    inputs: one entry per system, its files separated by commas. method, threshold, votes, ties, overlap: see
    ``Rules``.
    labels: ``OLD=NEW``, separated by commas. gold: corpora whose documents are left out; similar: see ``GoldTexts``.
    blacklist: a file of terms to remove. annotated, times: gold training data; a term that occurs there ``times`` times
    and is never marked is removed.
    overwrite: replace a folder that is not empty. tokenizer: for texts without tokens, if the output format has tokens.
    options: options for reading, each passed to the formats that have it.

    Raises B164 if the output is one of the inputs, the gold, the blacklist or the annotated corpora, or a folder that
    holds one of them, B235 for invalid labels, B236 for an unknown method or choice of ties or overlap, and the errors
    of ``harmonize``, reading and writing.
    """
    check_apart(split_paths([path for path in (*inputs, gold, annotated, blacklist) if path]), output)
    format = check_output(output, output_format, overwrite)
    for given, rule, what in ((method, Method, "merging"), (ties, Ties, "ties"), (overlap, Overlap, "overlaps")):
        if given not in get_args(rule):
            raise BionerError("B236", given=given, what=what, known=", ".join(get_args(rule)))
    writing = known_options(format, "write", {"tokenizer": tokenizer, "predicted": True})
    corpora = {**dict.fromkeys(filter(None, (gold, annotated))), **dict.fromkeys(inputs, input_format)}
    read = Reader(corpora, report, **options)
    rules = Rules(
        votes,
        ties,  # type: ignore[arg-type]
        overlap,  # type: ignore[arg-type]
        parse_labels(labels),
        GoldTexts(read(gold, made_up_ids=False), similar) if gold else None,
        listed(read_terms(blacklist, read.report)) if blacklist else None,
        unmarked(read(annotated), times) if annotated else None,
        method,  # type: ignore[arg-type]
        threshold,
    )
    # Ids that are made of file names match nothing: two files of one name may number different documents.
    systems = [read(paths, made_up_ids=number == 0) for number, paths in enumerate(inputs)]
    result = Harmonized()
    write(harmonize(systems, rules, result), output, format, read.report, overwrite, **writing)
    return result


def harmonized_text(result: Harmonized) -> str:
    """Return the counts as tables of text."""
    counts = result.counts
    rows = [(f"system {i}", f"{documents}", f"{mentions}") for i, (documents, mentions) in enumerate(result.systems, 1)]
    rows += [
        ("repeated in a system", f"-{counts['repeats']}", ""),
        ("distinct", f"{counts['documents']}", ""),
        ("in too few systems", f"-{counts['few']}", ""),
        ("gold by id", f"-{counts['gold_id']}", ""),
        ("gold by text", f"-{counts['gold_text']}", ""),
        ("in the documents left", f"{counts['written']}", f"{counts['mentions']}"),
        ("labels mapped to none", "", f"-{counts['unlabelled']}"),
        ("only white space", "", f"-{counts['blank']}"),
        ("distinct spans", "", f"{counts['places']}"),
        ("too few votes", "", f"-{counts['below']}"),
        ("too low a score", "", f"-{counts['low']}"),
        ("tied labels", "", f"-{counts['tied']}"),
        ("overlapping", "", f"-{counts['overlapping']}"),
        ("on the blacklist", "", f"-{counts['listed']}"),
        ("never marked by annotators", "", f"-{counts['unmarked']}"),
        ("written", f"{counts['written']}", f"{counts['kept']}"),
    ]
    shown = [row for row in rows if {*row[1:]} - {"", "-0"}]
    parts = [aligned(("", "documents", "mentions"), shown)]
    if counts["relations_left_out"]:
        parts.append(f"Relations left out with the mentions that they name: {counts['relations_left_out']}\n")
    if result.removed:
        terms = ", ".join(f"{term} ({times})" for term, times in result.removed.most_common(REMOVED))
        parts.append(f"Removed most often: {terms}\n")
    if result.gold:
        parts.append("\n".join(["Gold:", *(f"  {name or '(no id)'}: {shared}" for name, shared in result.gold)]) + "\n")
    return "".join(parts)


def figures(result: Harmonized) -> dict[str, Any]:
    """Return the counts as plain values."""
    return {
        "systems": [{"documents": documents, "mentions": mentions} for documents, mentions in result.systems],
        **dict(sorted(result.counts.items())),
        "removed": dict(result.removed.most_common()),
        "gold": [{"id": name, "shared": shared} for name, shared in result.gold],
    }
