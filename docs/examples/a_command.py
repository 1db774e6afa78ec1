"""A command: count the labels of any annotated files. A module named by the entry point ``spacy_cli`` is loaded."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from typer.testing import CliRunner

from spacy_bioner import Document, Mention, read, write
from spacy_bioner.cli import app, command


@command
def labels(path: str):
    """Print the labels of files in any format, with their numbers of mentions."""
    for label, number in Counter(m.label for document in read(path) for m in document.mentions).most_common():
        print(label, number)


with TemporaryDirectory() as folder:
    write([Document("No rash.", [Mention(3, 7, "ADR")], id="1")], Path(folder, "notes.jsonl"))
    print(CliRunner().invoke(app, ["labels", f"{folder}/notes.jsonl"]).output.strip())
    # A coded error becomes its message and exit code 1, as in all commands.
    print(CliRunner().invoke(app, ["labels", f"{folder}/none.jsonl"]).exit_code)
# ADR 1
# 1
