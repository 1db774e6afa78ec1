"""PROJECT.md says what project.yml holds now."""

from places import ROOT
from spacy.cli.project.document import MARKER_END, MARKER_START, project_document

COMMAND = "python -m spacy project document --output PROJECT.md --no-emoji"


def test_the_generated_page_is_true(tmp_path):
    project_document(ROOT, tmp_path / "PROJECT.md", no_emoji=True)
    page = (ROOT / "PROJECT.md").read_text(encoding="utf8")
    start, end = (marker.format(tag="WEASEL") for marker in (MARKER_START, MARKER_END))
    generated = page[page.index(start) : page.index(end) + len(end)]
    assert generated == (tmp_path / "PROJECT.md").read_text(encoding="utf8").strip(), f"run: {COMMAND}"
