"""``spacy bioner check``: the contents of annotated files, and their faults."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from . import command, options


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
    output: options.Figures = None,
) -> None:
    """Check annotated files before training: sizes, types, lengths, and problems that `debug data` does not find.

    Counts the mentions that no tagger can learn or predict exactly (nested, discontinuous, with an edge inside a
    token), mentions that repeat or contradict each other, and repeated texts. Faults in the files are listed and do not
    stop the command; the last lines say what training would do with them.

    With --against, DATA is test data and the other its training data. The report shows which documents, sentences and
    mentions of DATA occur in the training data, and which types only one of the two has.

    Examples:

    spacy bioner check corpus/train

    spacy bioner check test.tsv --against train.tsv,devel.tsv --json check.json
    """
    from wasabi import msg

    from ..corpus.audit.counts import audit, known_from
    from ..corpus.audit.tables import audit_text, known_text, pieces_text, training_text
    from ..corpus.reading import Reader
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer

    options.check_outputs(output)
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
        options.tell_problems(report)
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
    options.write_figures(output, figures)
