"""A format: a sentence a line, mentions in brackets."""

import re
import tempfile
from pathlib import Path

import spacy_bioner
from spacy_bioner import Document, Mention
from spacy_bioner.formats.table import FORMATS, Format
from spacy_bioner.formats.text_io import encoded, open_output, read_lines

BRACKETS = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")


def read(path, report):
    """Return the documents as a stream; read_lines opens packed files, and reports bytes that do not decode."""
    for number, line in read_lines(path, report):
        if line is None:
            continue
        text, end, mentions = "", 0, []
        for match in BRACKETS.finditer(line):
            text += line[end : match.start()]
            mentions.append(Mention(len(text), len(text) + len(match[1]), match[2]))
            text += match[1]
            end = match.end()
        yield Document(text + line[end:], mentions, id=f"{path.stem}-{number}")


def write(documents, path, report=None):
    """Write the documents; open_output writes beside and renames, so that a file is whole or not there."""
    with open_output(path) as file:
        for document in documents:
            line, end = "", 0
            for mention in sorted(document.mentions, key=lambda mention: mention.start):
                line += f"{document.text[end : mention.start]}[{document.text_of(mention)}|{mention.label}]"
                end = mention.end
            file.write(encoded(f"{line}{document.text[end:]}\n", path))


FORMATS["brackets"] = Format("brackets", (".brackets",), named=False, place=__name__)

with tempfile.TemporaryDirectory() as folder:
    Path(folder, "notes.brackets").write_text("No [rash|ADR] after [aspirin|Drug].\n")
    spacy_bioner.write(spacy_bioner.read(f"{folder}/notes.brackets"), f"{folder}/notes.jsonl")
    for document in spacy_bioner.read(f"{folder}/notes.jsonl"):
        print(document.id, [(document.text_of(mention), mention.label) for mention in document.mentions])
# notes-1 [('rash', 'ADR'), ('aspirin', 'Drug')]
