"""``spacy bioner score``: scores annotated files against annotated files, without a model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def score(
    gold: Annotated[
        str, Argument(help="Gold files or folder in any format, or those of the first annotator; PATH or NAME=PATH")
    ],
    found: Annotated[list[str], Argument(metavar="FOUND...", help="Predicted files, PATH or NAME=PATH, one or more")],
    format: options.Format = None,
    label: options.Label = None,
    labels: options.Labels = "",
    encoding: options.Encoding = None,
    on_error: options.OnError = "error",
    agreement: Annotated[
        bool, Option("--agreement", help="Inter-annotator agreement: F1 and Cohen's kappa of each pair, also GOLD")
    ] = False,
    tags: Annotated[
        bool,
        Option(
            "--tags",
            help="Also show the scores of seqeval, in strict and conlleval mode; GOLD needs tokens (extra seqeval)",
        ),
    ] = False,
    undirected: Annotated[
        bool, Option("--undirected", help="A relation from A to B is the same as one from B to A")
    ] = False,
    disagreements: Annotated[
        Path | None, Option(help="Write the mentions on which annotators disagree to this file of JSON lines")
    ] = None,
    output: Annotated[Path | None, Option("--json", help="Write the figures to this JSON file")] = None,
) -> None:
    """Score annotated files in any format against gold: another program's output, an earlier run, a second annotator.

    Documents are matched by id or, if the ids differ, by text, ignoring white space. Several FOUND are shown in one
    table, with significance tests of their differences. If GOLD has relations, or questions with
    answers, these are scored, too.

    Examples:

    spacy bioner score corpus/test found.pubtator

    spacy bioner score gold.jsonl crf=crf.jsonl bert=bert.jsonl --labels "ADR=Disease"

    spacy bioner score test.tsv bert=predicted.tsv --tags

    spacy bioner score anna/ boris/ clara/ --agreement --disagreements to_discuss.jsonl
    """
    from wasabi import msg

    from ..corpus.annotation.worker import write_lines
    from ..corpus.reading import Reader
    from ..corpus.relabel import keys_of, parse_labels, relabelled
    from ..experiments.file_scores.agreement import agreement as agree
    from ..experiments.file_scores.agreement import agreement_text
    from ..experiments.file_scores.agreement import disagreements as differing
    from ..experiments.file_scores.matching import match_documents
    from ..experiments.file_scores.scores import score_files, scores_text
    from ..experiments.file_scores.token_tags import token_tags
    from ..experiments.tag_scores import scores_of_tags, tags_table
    from ..experiments.trials.systems import named, split_name
    from ..formats import ProblemLog
    from ..text_tables import counted
    from .trial_options import with_name

    options.check_outputs(output, disagreements, data=[gold, found])
    given = [with_name(text) for text in (gold, *found)]
    first, place = split_name(given[0])
    paths = named(given[1:])
    if agreement or disagreements is not None:
        named(given)  # raises B839 where an annotator has the name of GOLD, which other figures do not show
    read = Reader(dict.fromkeys([place, *paths.values()], format), ProblemLog(on_error), label=label, encoding=encoding)
    renamed = parse_labels(labels)
    sets, ids = read.sets((place, *paths.values()))
    options.tell_unmet(renamed, keys_of(mention for one in sets for document in one for mention in document.mentions))
    sets = [[relabelled(document, renamed) for document in one] for one in sets]
    matches, left = match_documents(sets[0], sets[1:], ids)
    options.print_problems(read.report, scored=", ".join([place, *paths.values()]))
    options.print_left(left, paths, place, "Ignored")
    everyone = [first, *paths]
    if agreement:
        figures = agree(matches, everyone)
        print(agreement_text(figures))
        for pair in figures["pairs"]:
            for name, number in zip(pair["annotators"], pair["alone"], strict=True):
                if number:
                    both = " and ".join(pair["annotators"])
                    msg.warn(f"{both}: left out {counted(number, 'document')} that only {name} has")
    else:
        figures = score_files(matches, list(paths), directed=not undirected)
        print(scores_text(figures))
    for i, name in enumerate(paths if tags else ()):
        on_tokens = token_tags(matches, i)
        values = figures.setdefault("systems", {}).setdefault(name, {"missing_documents": 0})
        values["seqeval"] = scores_of_tags(on_tokens.gold, on_tokens.found)
        print(f"{name}:\n{tags_table(values, values['seqeval'])}")
        for number, where in zip(on_tokens.untagged, (place, name), strict=True):
            if number:
                lost = f"{counted(number, 'mention')} of {where}"
                msg.warn(f"{lost} that tags cannot represent: in the exact scores, but not in seqeval's")
    for name, values in figures.get("systems", {}).items():
        if values["missing_documents"]:
            missing = counted(values["missing_documents"], "document")
            msg.warn(f"{name} lacks {missing}: mentions there count as missed, questions as unanswered")
    if disagreements is not None:
        write_lines(differing(matches, everyone), disagreements)
    options.write_figures(output, figures)
