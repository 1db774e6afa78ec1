"""``bioner_abbreviations``: all occurrences of the short forms that a text defines, with their long forms."""

from __future__ import annotations

from spacy.language import Language
from spacy.pipeline import Pipe
from spacy.tokens import Doc

from ...ml.check_settings import check_flag
from .doc_abbreviations import AbbreviationSpans, register_extension, set_abbreviations
from .schwartz_hearst import Abbreviation, find_abbreviations, find_occurrences


class Abbreviations(Pipe):
    """Set ``doc._.abbreviations`` by the algorithm of Schwartz & Hearst (2003), which the CRF's features also use.

    occurrences: also mark the short forms outside of their definitions.
    """

    def __init__(self, name: str = "bioner_abbreviations", *, occurrences: bool = True) -> None:
        check_flag(name, occurrences=occurrences)
        self.name = name
        self.occurrences = occurrences
        register_extension()

    def __call__(self, doc: Doc) -> Doc:
        """Set the abbreviations of a Doc."""
        set_abbreviations(doc, find_in_doc(doc, occurrences=self.occurrences))
        return doc


def find_in_doc(doc: Doc, *, occurrences: bool = True) -> list[AbbreviationSpans]:
    """Return the abbreviations that a Doc defines, without writing them."""
    words = [token.text for token in doc]
    definitions = list(find_abbreviations(words))
    found: list[tuple[int, int, Abbreviation]] = [(one.short_start, one.short_end, one) for one in definitions]
    if occurrences and definitions:
        found = list(find_occurrences(words, definitions))
    return [AbbreviationSpans(doc[start:end], doc[one.long_start : one.long_end]) for start, end, one in found]


@Language.factory("bioner_abbreviations", assigns=["doc._.abbreviations"], default_config={"occurrences": True})
def make_abbreviations(nlp: Language, name: str, occurrences: bool) -> Abbreviations:
    """Make the component ``bioner_abbreviations``."""
    return Abbreviations(name, occurrences=occurrences)
