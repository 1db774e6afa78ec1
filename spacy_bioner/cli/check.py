"""``spacy bioner check``: the contents of annotated files, and their faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from . import command, options

if TYPE_CHECKING:
    from ..formats import Document

FIRST = 10
"""Likely errors that are printed, and problems of each kind."""


@command
def check(
    data: options.Data,
    against: Annotated[
        str | None, Option(help="Training data: report how much of DATA, the test data, also occurs in it")
    ] = None,
    format: options.Format = None,
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    tokenizer: options.Tokenizer = "bio",
    encoding: options.Encoding = None,
    transformer: Annotated[
        str | None, Option(help="Checkpoint, a folder or a name: count the word pieces of DATA and too long sentences")
    ] = None,
    errors: Annotated[
        Path | None, Option(help="Look for likely errors of the annotation; write them to this table (.tsv, .json)")
    ] = None,
    notes: Annotated[
        Path | None, Option(help="Write the documents with likely errors into this folder for brat, with notes")
    ] = None,
    model: Annotated[
        str | None, Option(help="Likely errors: also what this pipeline, trained on other data, is sure of otherwise")
    ] = None,
    runs: Annotated[
        Path | None,
        Option(help="Likely errors: also what the pipelines of `crossval DATA --keep-models -o RUNS` are sure of"),
    ] = None,
    output: options.Figures = None,
) -> None:
    """Check annotated files before training: sizes, types, lengths, and problems that `debug data` does not find.

    Counts the mentions that no tagger can learn or predict exactly (nested, discontinuous, with an edge inside a
    token), mentions that repeat or contradict each other, and repeated texts. Faults in the files are listed and do not
    stop the command; the last lines say what training would do with them.

    With --against, DATA is test data and the other its training data. The report shows which documents, sentences and
    mentions of DATA occur in the training data, and which types only one of the two has.

    With --errors or --notes, likely errors of the annotation are listed, the surest first: strings that are a mention
    here and none there, or have two labels; edges unlike those of similar mentions; and what a model is sure of
    otherwise, which should not have learned from the same documents.

    Examples:

    spacy bioner check corpus/train

    spacy bioner check test.tsv --against train.tsv,devel.tsv --json check.json

    spacy bioner check corpus/train --runs runs --errors errors.tsv --notes to_check
    """
    from wasabi import msg

    from ..corpus.audit.counts import audit, known_from
    from ..corpus.audit.tables import audit_text, known_text, pieces_text, training_text
    from ..corpus.reading import Reader
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer

    options.check_outputs(output, errors)
    wanted = bool(errors or notes or model or runs)
    named = NamedTokenizer(tokenizer)
    parts = {"data": data} | ({"against": against} if against else {})
    read = Reader(dict.fromkeys(parts.values(), format), **options.reading(label, encoding, token, tag, separator))
    audits, figures = {}, {}
    for name, path in parts.items():
        read.report = ProblemLog("skip")
        audits[name] = audit(read(path), named)
        report = read.report
        figures[name] = {**audits[name].to_dict(), "path": path, "problems": report.summary(), "faults": report.faults}
        msg.divider(path)
        print(audit_text(figures[name]))
        options.tell_problems(report, each=FIRST)  # who corrects the files wants to see them all
        if transformer and name == "data":
            from ..corpus.audit.pieces import audit_pieces

            read.report = ProblemLog("skip")
            figures[name]["pieces"] = audit_pieces(read(path), named, transformer)
            print(pieces_text(figures[name]["pieces"]))
        print(training_text(figures[name], report.faults, report.first) + "\n")
    if against:
        figures["known"] = known_from(audits["against"], audits["data"])
        msg.divider(f"Known from {against}")
        print(known_text(figures["known"]))
    if wanted:
        read.report = ProblemLog("skip")
        figures["likely_errors"] = _likely_errors(list(read(data)), model, runs, errors, notes)
    options.write_figures(output, figures)


def _likely_errors(
    documents: list[Document], model: str | None, runs: Path | None, errors: Path | None, notes: Path | None
) -> dict[str, int]:
    """Print and write the likely errors of documents; return their number by kind."""
    from collections import Counter

    from wasabi import msg

    from ..experiments.gold_errors.find import find
    from ..experiments.gold_errors.outputs import findings_text, noted, records, write_table
    from ..formats import write

    with _bar() as bar:
        found = find(documents, model, runs, bar.update)
    rows = records(found, documents)
    msg.divider("Likely errors")
    print(findings_text(rows[:FIRST]))
    if errors is not None:
        write_table(rows, errors)
        msg.good(f"{errors}: {len(rows)} likely errors")
    if notes is not None:
        chosen = noted(found, documents)
        labels = dict.fromkeys(mention.label for document in documents for mention in document.mentions)
        write(chosen, notes, "brat", settings=True, labels=list(labels))
        msg.good(f"{notes}: {len(chosen)} documents with notes")
    return dict(Counter(row["kind"] for row in rows))


def _bar() -> Any:
    from tqdm import tqdm

    return tqdm(unit=" documents", mininterval=1, dynamic_ncols=True)
