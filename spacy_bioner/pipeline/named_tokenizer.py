"""Tokenizers by a short name, with sentence starts, for the commands."""

from __future__ import annotations

from pathlib import Path

import spacy
from spacy.language import BaseDefaults
from spacy.tokens import Doc
from spacy.vocab import create_vocab

from ..errors import BionerError
from ..tokenizers.bio import BioTokenizer
from ..tokenizers.nltk import NltkTokenizer
from .sentences import set_sentence_starts

OURS = {"bio": BioTokenizer, "nltk": NltkTokenizer}


class NamedTokenizer:
    """A tokenizer that also sets sentence starts.

    name: ``bio``, ``nltk``, the folder or package of a pipeline, or the code of a language that spaCy knows ("en").
    sentences: whether sentence starts are set by rule if the tokenizer itself sets none.
    Raises B163 for an unknown name.
    """

    def __init__(self, name: str = "bio", sentences: bool = True) -> None:
        if name in OURS:
            # Without a pipeline: the first one of a process imports what all installed plugins import, transformers
            # for instance, which takes longer than the work of most commands.
            self.vocab = create_vocab("xx", BaseDefaults)
            self.tokenizer = OURS[name](self.vocab)
        else:
            try:
                found = Path(name).is_dir() or spacy.util.is_package(name)
                nlp = spacy.load(name) if found else spacy.blank(name)
            except (ImportError, OSError) as err:
                raise BionerError("B163", name=name, reason=str(err).split("\n")[0]) from err
            self.tokenizer, self.vocab = nlp.tokenizer, nlp.vocab
        self.sentences = sentences

    def __call__(self, text: str) -> Doc:
        """Return the Doc of a text."""
        doc = self.tokenizer(text)
        if self.sentences and len(doc) and not doc.has_annotation("SENT_START"):
            set_sentence_starts(doc)
        return doc
