"""``spacy bioner check``: what is in annotated files, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from . import command, options


@command
def check(
    data: options.Data,
    against: Annotated[
        str | None, Option(help="Test data: report which documents, sentences and mentions of it DATA holds too")
    ] = None,
    format: options.Format = None,
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    tokenizer: options.Tokenizer = "bio",
    encoding: options.Encoding = None,
    transformer: Annotated[
        str | None, Option(help="Checkpoint, a folder or a name: count the word pieces of DATA, and what is too long")
    ] = None,
    output: Annotated[Path | None, Option("--json", help="Write the figures to this JSON file")] = None,
) -> None:
    """Check annotated files before training on them: sizes, types, lengths, and what `debug data` cannot see.

    Counts the mentions that no tagger can learn or predict as they are (nested, discontinuous, cutting a token), those
    that repeat or contradict each other, repeated texts, and what test data shares with the training data. Faults in
    the files are listed, not fatal.

    Examples:

    spacy bioner check corpus/train

    spacy bioner check train.tsv,devel.tsv --against test.tsv --json check.json
    """
    import srsly
    from wasabi import msg

    from ..corpus.audit.counts import audit, leakage
    from ..corpus.audit.tables import audit_text, leakage_text, pieces_text
    from ..formats import ProblemLog, read
    from ..pipeline.named_tokenizer import NamedTokenizer

    named, given = NamedTokenizer(tokenizer), options.reading(label, encoding, token, tag, separator)
    audits, figures = [], {}
    for name, path in (("data", data), ("against", against)):
        if path:
            report = ProblemLog("skip")
            audits.append(audit(read(path, format, report, **given), named))
            figures[name] = {**audits[-1].to_dict(), "path": path, "problems": report.summary()}
            msg.divider(path)
            print(audit_text(figures[name]))
            for line in report.describe():
                msg.warn(line)
            if transformer and name == "data":
                from ..corpus.audit.pieces import audit_pieces

                documents = read(path, format, ProblemLog("skip"), **given)
                figures[name]["pieces"] = audit_pieces(documents, named, transformer)
                print(pieces_text(figures[name]["pieces"]))
    if against:
        figures["leakage"] = leakage(*audits)
        msg.divider("Shared")
        print(leakage_text(figures["leakage"]))
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, figures)
