"""Word vectors for a pipeline before it is initialised: from word2vec's formats or from what spaCy saved."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language
from spacy.strings import StringStore
from spacy.util import OOV_RANK, logger
from spacy.vectors import Vectors

from ..errors import BionerError
from ..formats.problems import ProblemLog
from ..formats.text_io import faults, open_bytes, read_lines
from ..progress import progress

_HEADER = re.compile(r"\s*([0-9]{1,12})[ \t]+([0-9]{1,12})\s*")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_TEXT_NUMBER = re.compile(rb"[-+.0-9eE]+|[-+]?(?:nan|inf)", re.IGNORECASE)
_LONGEST_WORD = 10_000  # bytes
_WIDEST = 100_000  # dimensions
_GAP = re.compile(r"[ \t]+")
_BLOCK = 1000

Row = tuple[int, str, str]
Block = tuple[list[str], NDArray[np.float32]]


def make_load_vectors(path: str | Path | None = None, rms: float | None = None) -> Callable[[Language], Language]:
    """Return a callback for ``[initialize.before_init]``: ``spacy-bioner.load_vectors.v1``.

    path: a file in the word2vec text format, with or without its header line, or in its binary format (.bin),
        uncompressed, .gz or .xz; or a folder: a saved spaCy pipeline, its ``vocab``, or saved vectors. The vectors
        replace those of the pipeline. None or "" does nothing, so that ``path = ${paths.vectors}`` may stay empty.
    rms: scale all vectors by one factor, so that their components have this root mean square; None does not scale.
        A network trains better if its inputs are of similar size: ``benchmarks/accuracy.md`` has the effect on scores.
        A network that starts from the weights of another must have the same ``rms``.

    Raises B216 for an ``rms`` that is not a positive number; the callback raises B210 to B215 and B188.
    """
    if rms is not None and not 0 < rms < math.inf:
        raise BionerError("B216", rms=rms)

    def load_vectors(nlp: Language) -> Language:
        if path:
            vectors = read_vectors(Path(path), nlp.vocab.strings)
            if rms is not None:
                vectors.data *= rms / (np.sqrt(np.square(vectors.data).mean(dtype=np.float64)) or 1.0)
            set_vectors(nlp, vectors)
        return nlp

    return load_vectors


def set_vectors(nlp: Language, vectors: Vectors) -> None:
    """Set the vectors of a pipeline, under a name derived from the pipeline's, as ``spacy init vectors`` does."""
    vectors.name = f"{nlp.meta['lang']}_{nlp.meta['name']}.vectors"
    nlp.vocab.vectors = vectors
    # Lexemes that exist already have the row of the old vectors as their rank.
    for lexeme in nlp.vocab:
        lexeme.rank = vectors.key2row.get(lexeme.orth, OOV_RANK)


def read_vectors(path: Path, strings: StringStore) -> Vectors:
    """Return the vectors in a file or folder (see ``make_load_vectors``); their words are added to ``strings``."""
    if not path.exists():
        raise BionerError("B210", path=path)
    if path.is_dir():
        return _read_folder(path)
    words, data = read_word2vec(path)
    return Vectors(strings=strings, data=data, keys=[strings.add(word) for word in words])


def _read_folder(path: Path) -> Vectors:
    folder = path / "vocab" if (path / "vocab").is_dir() else path
    try:
        vectors = Vectors().from_disk(folder)
    except (OSError, ValueError) as err:
        raise BionerError("B211", path=folder, reason=err) from err
    if not vectors.size:
        raise BionerError("B211", path=folder, reason="it holds none")
    logger.info("Read %d vectors of %d dimensions from %s", *vectors.shape, folder)
    return vectors


def read_word2vec(path: Path) -> tuple[list[str], NDArray[np.float32]]:
    """Read word2vec's text or binary format, which is detected from the content.

    Text: one line per word, with its numbers, the same count in each line; the first line may be two integers instead,
    the number of words and of dimensions. Binary: that line, then for each word the word, a space and its numbers, 4
    bytes each. Of a repeated word the first row is taken. Returns the words and an array (words, dimensions).
    Raises B212 for a row with another count, B213 for a number that is not finite, B214 for fewer or more rows than the
    header states, B188 for a damaged binary file, B215 for a file without vectors; B101, B103 and B116 for a file that
    cannot be read.
    """
    header = _binary_header(path)
    rows = _read_binary(path, *header) if header else _read_text(path)
    words: dict[str, int] = {}
    blocks: list[NDArray[np.float32]] = []
    total = width = 0
    with progress(title=f"vectors of {path.name}", unit=" words") as bar:
        for names, values in rows:
            # setdefault returns the first row of a word: rows of repeated words do not equal it and are dropped. Only
            # the order of ``words`` is used afterwards, which is that of the kept rows.
            kept = [i for i, word in enumerate(names) if words.setdefault(word, total + i) == total + i]
            blocks.append(values[kept])
            total += len(names)
            width = values.shape[1]
            bar.update(len(names))
    if not total or not width:
        raise BionerError("B215", path=path)
    repeated = total - len(words)
    logger.info(
        "Read %d vectors of %d dimensions from %s (%d repeated words dropped)", len(words), width, path, repeated
    )
    return list(words), np.concatenate(blocks)


def _read_text(path: Path) -> Iterator[Block]:
    """Yield blocks of words and their vectors, shape (words, dimensions), from the text format."""
    lines = read_lines(path, ProblemLog("error"))
    first = next(lines, (1, ""))
    header = _HEADER.fullmatch(first[1] or "")
    width = int(header[2]) if header else len(_GAP.split((first[1] or "").strip(" \t"))) - 1
    rows = (
        _split_row(path, number, line, width) for number, line in (lines if header else chain([first], lines)) if line
    )
    total = 0
    while block := list(islice(rows, _BLOCK)):
        yield [word for _, word, _ in block], _numbers(path, block, width)
        total += len(block)
    if header and total != int(header[1]):
        raise BionerError("B214", path=path, stated=header[1], found=total)


def _binary_header(path: Path) -> tuple[int, int] | None:
    """Return the numbers of words and of dimensions of a binary file; None for any other file."""
    with faults(path), open_bytes(path) as file:
        header = _HEADER.fullmatch(file.readline(100).decode("latin-1"))
        row = file.read(_LONGEST_WORD)
    if header is None or not row:
        return None
    # The first row decides. Text has only numbers after the word, and no control characters; the bytes of binary
    # numbers contain control characters with near certainty, and for the rest the suffix .bin decides.
    line = row.partition(b"\n")[0].rstrip(b"\r")
    numbers = line.split(b" ")[1:]
    is_text = not _CONTROL.search(line) and len(numbers) >= int(header[2]) > 0 and _TEXT_NUMBER.fullmatch(numbers[-1])
    binary = not is_text and (_CONTROL.search(row) is not None or path.name.removesuffix(".gz").endswith(".bin"))
    return (int(header[1]), int(header[2])) if binary else None


def _read_binary(path: Path, stated: int, width: int) -> Iterator[Block]:
    """Yield blocks as ``_read_text`` does, from the binary format."""
    # Memory grows with the bytes read, not with the header's numbers: a damaged header cannot exhaust it.
    if not 0 < width <= _WIDEST:
        raise BionerError("B188", path=path, reason=f"the first line says {width} dimensions, more than {_WIDEST}")
    size = 4 * width
    words: list[str] = []
    vectors: list[bytes] = []
    with faults(path), open_bytes(path) as file:
        file.readline(100)
        for number in range(1, stated + 1):
            word = bytearray()
            while (char := file.read(1)) not in (b" ", b"") and len(word) < _LONGEST_WORD:
                word += char
            vector = file.read(size)
            if char != b" " or len(vector) < size:
                reason = f"vector {number} of {stated} is cut, or is not of {width} dimensions"
                raise BionerError("B188", path=path, reason=reason)
            words.append(_decoded(bytes(word), f"{path}, vector {number}"))
            vectors.append(vector)
            if len(words) == _BLOCK or number == stated:
                values = np.frombuffer(b"".join(vectors), "<f4").reshape(len(words), width).astype(np.float32)
                places = [f"{path}, vector {place}" for place in range(number + 1 - len(words), number + 1)]
                _check_finite(values, words, places)
                yield words, values
                words, vectors = [], []
        if file.read(2).strip(b"\n"):
            raise BionerError("B188", path=path, reason=f"it has more data than the {stated} vectors that it states")


def _decoded(word: bytes, place: str) -> str:
    """Return a word of a binary file; some programs put a line end after each vector, others do not."""
    try:
        return word.lstrip(b"\n").decode()
    except UnicodeDecodeError as err:
        raise BionerError("B103", where=place, encoding="utf-8", reason=err.reason) from None


def _split_row(path: Path, number: int, line: str, width: int) -> Row:
    """Return the line number, the word, and the text of its numbers with one space between two."""
    word, _, numbers = line.partition(" ")
    if word and numbers.count(" ") == width - 1:
        return number, word, numbers
    fields = _GAP.split(line.strip(" \t"))
    # GloVe has words that contain spaces (". . ."), so that a row may have more fields than numbers; but a number just
    # before the expected ones shows a row that is too long.
    word = " ".join(fields[:-width]) if width else ""
    if not word or (len(fields) > width + 1 and _is_number(fields[-width - 1])):
        raise BionerError("B212", where=f"{path}:{number}", expected=width, found=len(fields) - 1)
    return number, word, " ".join(fields[-width:])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numbers(path: Path, block: list[Row], width: int) -> NDArray[np.float32]:
    """Return the numbers of some rows, shape (rows, width)."""
    values = _parse(" ".join(numbers for _, _, numbers in block))
    if values is None or values.size != len(block) * width:
        for number, _, numbers in block:
            row = _parse(numbers)
            if row is None or row.size != width:
                found = sum(map(_is_number, numbers.split(" ")))
                raise BionerError("B212", where=f"{path}:{number}", expected=width, found=found)
    assert values is not None  # some row is at fault otherwise
    values = values.reshape(len(block), width)
    _check_finite(values, [word for _, word, _ in block], [f"{path}:{number}" for number, _, _ in block])
    return values


def _check_finite(values: NDArray[np.float32], words: list[str], places: list[str]) -> None:
    finite = np.isfinite(values).all(axis=1)
    if not finite.all():
        row = int(finite.argmin())
        raise BionerError("B213", where=places[row], word=words[row])


def _parse(text: str) -> NDArray[np.float32] | None:
    """Return the numbers in a text, or None if there is anything else."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # older versions of numpy warn instead of raising
        try:
            return np.fromstring(text, dtype=np.float32, sep=" ")
        except (ValueError, DeprecationWarning):
            return None
