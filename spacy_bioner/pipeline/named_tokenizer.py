"""Tokenizers by a short name, with sentence starts, for the commands."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.tokens import Doc

from ..errors import BionerError
from .sentences import set_sentence_starts

OURS = {"bio": "spacy-bioner.BioTokenizer.v1", "nltk": "spacy-bioner.NltkTokenizer.v1"}


class NamedTokenizer:
    """A tokenizer that also sets sentence starts.

    name: ``bio``, ``nltk``, the folder or package of a pipeline, or the code of a language that spaCy knows ("en").
    sentences: whether sentence starts are set by rule if the tokenizer itself sets none.
    Raises B163 for an unknown name.
    """

    def __init__(self, name: str = "bio", sentences: bool = True) -> None:
        nlp = spacy.blank("xx")
        if name in OURS:
            self.tokenizer = spacy.util.registry.tokenizers.get(OURS[name])()(nlp)
        else:
            try:
                found = Path(name).is_dir() or spacy.util.is_package(name)
                nlp = spacy.load(name) if found else spacy.blank(name)
            except (ImportError, OSError) as err:
                raise BionerError("B163", name=name, reason=str(err).split("\n")[0]) from err
            self.tokenizer = nlp.tokenizer
        self.vocab = nlp.vocab
        self.sentences = sentences

    def __call__(self, text: str) -> Doc:
        """Return the Doc of a text."""
        doc = self.tokenizer(text)
        if self.sentences and len(doc) and not doc.has_annotation("SENT_START"):
            set_sentence_starts(doc)
        return doc
