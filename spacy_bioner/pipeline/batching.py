"""Batches of bounded memory, and an error that names the setting to lower if memory runs out anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from spacy.tokens import Doc

from ..errors import BionerError

WORDS_AT_ONCE = 20_000
"""Components predict for at most this many words at a time, whatever the batch size, which bounds the memory: arrays of
words and tags have 81 MB each for 127 labels, and larger ones are computed in chunks."""


def portions(docs: Iterable[Doc]) -> Iterator[list[Doc]]:
    """Group documents into batches with one vocabulary and at most ``WORDS_AT_ONCE`` words, or one longer document."""
    portion: list[Doc] = []
    words = 0
    for doc in docs:
        if portion and (words + len(doc) > WORDS_AT_ONCE or doc.vocab is not portion[0].vocab):
            yield portion
            portion, words = [], 0
        portion.append(doc)
        words += len(doc)
    if portion:
        yield portion


@contextmanager
def explain_out_of_memory(code: str, name: str, docs: Sequence[Doc]) -> Iterator[None]:
    """Turn the out-of-memory errors of torch, cupy and numpy into a BionerError; let other exceptions pass.

    code: B557 while training, B558 while predicting; name: of the component; docs: of the batch.
    """
    try:
        yield
    except Exception as error:
        if not _is_out_of_memory(error):
            raise
        lengths = [len(doc) for doc in docs]
        raise BionerError(
            code, name=name, documents=len(lengths), words=sum(lengths), longest=max(lengths, default=0)
        ) from error


def _is_out_of_memory(error: Exception) -> bool:
    # torch and cupy each have a class of this name; torch on a CPU raises a plain RuntimeError.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
    )
