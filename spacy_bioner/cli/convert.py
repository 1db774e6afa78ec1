"""``spacy bioner convert``: converts annotated files from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def convert(
    inputs: Annotated[
        str,
        Argument(metavar="INPUT", help="Annotated file or folder; several are separated by commas", show_default=False),
    ],
    output: Annotated[Path, Argument(metavar="OUTPUT", help="File to write (brat: also a folder)", show_default=False)],
    from_: options.Format = None,
    to: Annotated[str | None, Option("--to", help="Format of OUTPUT; by default that of its suffix")] = None,
    tokenizer: options.Tokenizer = "bio",
    sentences: Annotated[bool, Option(help="Split texts without tokens into sentences")] = True,
    policy: Annotated[
        str,
        Option(help="Treatment of mentions that do not fit the tokens: strict (lost), contract, expand, or split"),
    ] = "contract",
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    label: options.Label = None,
    labels: options.Labels = "",
    types: Annotated[
        str,
        Option(help="All labels that the annotators looked for, separated by commas, to declare in the metadata"),
    ] = "",
    scheme: Annotated[str | None, Option(help="Scheme of the tags to write: IOB1, BIO, IOBES, BILOU")] = None,
    ontology: Annotated[
        str | None, Option(help="brat: name of the ontology, put before concept ids without one (MESH:D003 has one)")
    ] = None,
    unit: options.Unit = None,
    contexts: Annotated[
        str | None, Option(help="BioASQ: SQuAD files whose paragraphs are read in place of the snippets")
    ] = None,
    questions: Annotated[
        str | None, Option(help="BioASQ: the types of questions to read: factoid, list, or factoid,list")
    ] = None,
    field: Annotated[
        str | None, Option(help="Label Studio: the member of data with the text; by default text, or the only string")
    ] = None,
    annotator: Annotated[
        str | None, Option(help="Label Studio: read only the annotations by this person, an id or e-mail")
    ] = None,
    predicted: Annotated[
        bool, Option("--predicted", help="Label Studio: write all documents as predictions, for a curator to correct")
    ] = False,
    encoding: options.Encoding = None,
    offsets: options.Offsets = None,
    triggers: options.Triggers = None,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
) -> None:
    """Convert annotated files from one format to another; `--from` lists the formats.

    Prints what was written and how many mentions could not be written exactly.

    Examples:

    spacy bioner convert corpus/train train.spacy --tokenizer en

    spacy bioner convert train.tsv,devel.tsv both.jsonl --label Species

    spacy bioner convert reviews.jsonl diseases.jsonl --labels "ADR=Disease,DI=Disease,*="
    """
    from wasabi import msg

    from ..corpus.conversion import convert as run
    from ..corpus.relabel import parse_labels
    from ..documents.alignment import describe
    from ..formats import ProblemLog
    from ..pipeline.named_tokenizer import NamedTokenizer
    from ..text_tables import counted

    renamed = parse_labels(labels)
    result = run(
        inputs,
        output,
        from_,
        to,
        tokenizer=NamedTokenizer(tokenizer, sentences),
        policy=policy,
        scheme=scheme,
        ontology=ontology or None,
        report=ProblemLog(on_error),
        labels=renamed,
        types=[one.strip() for one in types.split(",") if one.strip()],
        overwrite=overwrite,
        unit=unit,
        contexts=contexts or None,
        questions=questions or None,
        predicted=predicted or None,
        field=field or None,
        annotator=annotator or None,
        offsets=offsets or None,
        triggers=triggers,
        **options.reading(label, encoding, token, tag, separator),
    )
    options.print_problems(result.report)
    options.tell_none(result.documents, output)
    if result.documents:
        options.tell_unmet(renamed, result.labels)
    if result.left_out:
        msg.info(f"Left out, because the label is mapped to nothing: {counted(result.left_out, 'mention')}")
    if result.relations_left_out:
        lost = counted(result.relations_left_out, "relation")
        msg.info(f"Left out with the mentions or concepts that they name: {lost}")
    mentions = describe(result.alignment) if result.alignment else counted(result.mentions, "mention")
    related = f"; {counted(result.relations, 'relation')}" if result.relations else ""
    msg.good(f"{output} ({result.format}): {counted(result.documents, 'document')}, {mentions}{related}")
