"""``spacy bioner check``: reports the contents and faults of annotated files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from . import command, options
from .annotate import SET_ASIDE

if TYPE_CHECKING:
    from ..formats import Document

FIRST = 10
"""Number of likely errors, and of problems of each kind, that are printed."""


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
    offsets: options.Offsets = None,
    triggers: options.Triggers = None,
    transformer: Annotated[
        str | None, Option(help="Transformer checkpoint, a folder or a name: count word pieces and long sentences")
    ] = None,
    errors: Annotated[
        Path | None, Option(help="Find likely annotation errors and write them to this table (.tsv, .json)")
    ] = None,
    notes: Annotated[
        Path | None, Option(help="Write the documents with likely errors, as notes, into this folder for brat")
    ] = None,
    model: Annotated[
        str | None, Option(help="Likely errors: also confident disagreements of this pipeline, trained on other data")
    ] = None,
    runs: Annotated[
        Path | None,
        Option(help="Likely errors: also confident disagreements of pipelines from `crossval DATA --keep-models`"),
    ] = None,
    overwrite: options.Overwrite = False,
    output: options.Figures = None,
) -> None:
    """Check annotated files before training: sizes, types, lengths, and problems that `debug data` does not find.

    Counts the mentions that a tagger cannot predict exactly (nested, discontinuous, with a boundary inside a token),
    mentions that repeat or contradict each other, and repeated texts. Faults in the files are listed and do not stop
    the command; the last lines say what they mean for training.

    With --against, DATA is test data: the report shows which of its documents, sentences and mentions occur in the
    training data, and which types only one of the two has.

    With --errors or --notes, likely annotation errors are listed, the most certain first: strings that are marked in
    one place and not in another, or with two labels; boundaries unlike those of similar mentions; and confident
    disagreements of a model, which must not have been trained on the same documents. If the model fails on some texts,
    it has no findings there, and the exit code is 3.

    Examples:

    spacy bioner check corpus/train

    spacy bioner check test.tsv --against train.tsv,devel.tsv --json check.json

    spacy bioner check corpus/train --runs runs --errors errors.tsv --notes to_check
    """
    from wasabi import msg

    from ..corpus.audit.counts import audit, known_from
    from ..corpus.audit.tables import audit_text, known_text, pieces_text, training_text
    from ..corpus.reading import Reader
    from ..formats import ProblemLog, check_output
    from ..pipeline.named_tokenizer import NamedTokenizer

    options.check_outputs(output, errors, beside=[notes], data=[data, against])
    if errors is not None:
        from ..experiments.gold_errors.outputs import check_table

        check_table(errors)
    options.check_demonstration(data, against)
    if notes is not None:
        check_output(notes, "brat", overwrite)
    wanted = bool(errors or notes or model or runs)
    named = NamedTokenizer(tokenizer)
    parts = {"data": data} | ({"against": against} if against else {})
    given = options.reading(label, encoding, token, tag, separator) | {"offsets": offsets, "triggers": triggers}
    read = Reader(dict.fromkeys(parts.values(), format), **given)
    audits, figures = {}, {}
    for name, path in parts.items():
        read.report = ProblemLog("skip")
        audits[name] = audit(read(path), named)
        report = read.report
        faults = report.faults + audits[name].too_long
        figures[name] = {**audits[name].to_dict(), "path": path, "problems": report.summary(), "faults": faults}
        msg.divider(path)
        print(audit_text(figures[name]))
        options.print_problems(report, each=FIRST)  # who corrects the files wants to see them all
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
        failures: list[str] = []
        documents = list(read(data))
        figures["likely_errors"] = _likely_errors(documents, model, runs, errors, notes, overwrite, failures)
    options.write_figures(output, figures)
    if wanted and failures:
        options.end_with_failures(failures, SET_ASIDE)


def _likely_errors(
    documents: list[Document],
    model: str | None,
    runs: Path | None,
    errors: Path | None,
    notes: Path | None,
    overwrite: bool,
    failures: list[str],
) -> dict[str, int]:
    """Print and write the likely errors of documents; return their number by kind.

    failures: receives the texts on which the model fails.
    """
    from collections import Counter

    from wasabi import msg

    from ..experiments.gold_errors.find import find
    from ..experiments.gold_errors.outputs import findings_text, noted, records, write_table
    from ..formats import write
    from ..formats.brat.rendering import check_labels
    from ..text_tables import counted

    labels = list(dict.fromkeys(mention.label for document in documents for mention in document.mentions))
    if notes is not None:
        check_labels(labels)
    with _bar() as bar:
        found = find(documents, model, runs, bar.update, lambda one, error: failures.append(f"{one.id}: {error}"))
    rows = records(found, documents)
    msg.divider("Likely errors")
    print(findings_text(rows[:FIRST]))
    if errors is not None:
        write_table(rows, errors)
        msg.good(f"{errors}: {counted(len(rows), 'likely error')}")
    if notes is not None:
        chosen = noted(found, documents)
        write(chosen, notes, "brat", overwrite=overwrite, settings=True, labels=labels)
        msg.good(f"{notes}: {counted(len(chosen), 'document')} with notes")
    return dict(Counter(row["kind"] for row in rows))


def _bar() -> Any:
    from tqdm import tqdm

    return tqdm(unit=" documents", mininterval=1, dynamic_ncols=True)
