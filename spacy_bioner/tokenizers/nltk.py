"""NLTK's word tokenizers as spaCy tokenizers, with exact offsets and no data download."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..errors import BionerError, require
from .sentences import sentence_spans
from .spacing import words_and_spaces

VARIANTS = {"word": "NLTKWordTokenizer", "treebank": "TreebankWordTokenizer"}


class NltkTokenizer:
    """NLTK's tokens at their offsets in the text.

    variant: ``word``, the tokenizer behind ``nltk.word_tokenize``, or ``treebank``, the older Penn Treebank rules.
    sentences: tokenize sentence by sentence, as ``word_tokenize`` does. The rules split off only the last full stop of
    a string, so that texts of several sentences need it. ``sentence_spans`` replaces NLTK's own sentence splitter,
    which needs a download.

    Raises B201 for another variant, B926 without nltk.
    """

    def __init__(self, vocab: Vocab, variant: str = "word", sentences: bool = True) -> None:
        self.vocab = vocab
        self._configure(variant, sentences)

    def _configure(self, variant: str, sentences: bool) -> None:
        if variant not in VARIANTS:
            raise BionerError("B201", variant=variant, known=", ".join(VARIANTS))
        self.variant = variant
        self.sentences = sentences
        self._nltk = getattr(require("nltk.tokenize"), VARIANTS[variant])()

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield (start, end) of each token."""
        for first, last in sentence_spans(text) if self.sentences else [(0, len(text))]:
            for start, end in self._nltk.span_tokenize(text[first:last]):
                yield first + start, first + end

    def __call__(self, text: str) -> Doc:
        """Tokenize a text."""
        words, spaces = words_and_spaces(text, self.spans(text))
        return Doc(self.vocab, words=words, spaces=spaces)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:
        """Tokenize a stream of texts; ``batch_size`` is ignored (spaCy passes it)."""
        for text in texts:
            yield self(text)

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the settings as bytes."""
        return json.dumps({"variant": self.variant, "sentences": self.sentences}).encode()

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> NltkTokenizer:
        """Load the settings from bytes. Raises B247, without a change, if they are not those of ``to_bytes``."""
        return self._load(data, f"{len(data)} bytes")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the settings to a file."""
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> NltkTokenizer:
        """Load the settings from a file. Raises B247, without a change, if it is missing or damaged."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise BionerError("B247", place=path, reason=error.strerror or error) from error
        return self._load(data, path)

    def _load(self, data: bytes, place: object) -> NltkTokenizer:
        try:
            settings = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise BionerError("B247", place=place, reason=error) from error
        wanted = [{"variant": variant, "sentences": each} for variant in VARIANTS for each in (True, False)]
        if settings not in wanted or not isinstance(settings["sentences"], bool):
            raise BionerError("B247", place=place, reason=f"found {settings!r:.200}")
        self._configure(**settings)
        return self


def make_nltk_tokenizer(variant: str = "word", sentences: bool = True) -> Callable[[Language], NltkTokenizer]:
    """Return a function that creates an ``NltkTokenizer`` for a pipeline: ``spacy-bioner.NltkTokenizer.v1``."""

    def make(nlp: Language) -> NltkTokenizer:
        return NltkTokenizer(nlp.vocab, variant, sentences)

    return make
