"""The data of a run, cut to size once, so that all systems read the same files."""

from __future__ import annotations

import gzip
import lzma
import os
import random
import re
import sys
from pathlib import Path
from typing import Any

from environments import REPOSITORY

sys.path.append(str(REPOSITORY / "benchmarks"))
OPENERS: dict[str, Any] = {".xz": lzma.open, ".gz": gzip.open}


def blocks_of(path: Path) -> list[str]:
    """Return the sentences of a column file as they are written."""
    return [block.strip("\n") for block in path.read_text(encoding="utf-8").split("\n\n") if block.strip()]


def write(path: Path, content: str) -> str:
    """Write a file that another run may be reading: it has the old content or the new one."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(content, encoding="utf-8")
    new.replace(path)
    return str(path)


def write_sentences(path: Path, blocks: list[str]) -> str:
    return write(path, "\n\n".join(blocks) + "\n\n")


def write_terms(specs: list[str], number: int, path: Path) -> str:
    from dictionary import open_lexicon  # benchmarks/dictionary.py

    terms = dict.fromkeys(" ".join(entry.term.split()) for spec in specs for entry in open_lexicon(spec).entries())
    chosen = list(terms)
    random.Random(0).shuffle(chosen)
    return write(path, "".join(f"{term}\n" for term in chosen[:number]))


def write_text(source: Path, characters: int, path: Path) -> str:
    with OPENERS.get(source.suffix, open)(source, "rt", encoding="utf-8") as file:
        return write(path, file.read(characters))


def write_vectors(source: Path, words: set[str], path: Path) -> str:
    """Write those word vectors, of a word2vec text file, that any spelling of the words can ask for."""
    with OPENERS.get(source.suffix, open)(source, "rt", encoding="utf-8") as file:
        width = file.readline().split()[1]
        wanted = {spelling for word in words for spelling in (word, word.lower(), word.upper(), word.title())}
        wanted |= {re.sub(r"\d", digit, word) for word in wanted for digit in "0#"}
        lines = [line for line in file if line.split(" ", 1)[0] in wanted]
    return write(path, f"{len(lines)} {width}\n" + "".join(lines))


def prepare(options: Any, needs: set[str]) -> dict[str, str]:
    """Write the files that are needed; return their paths by name. What was not given has no name."""
    folder = options.work / "data"
    folder.mkdir(parents=True, exist_ok=True)
    data: dict[str, str] = {"checkpoint": str(folder / "checkpoint")}
    if options.train and needs & {"sample", "small"}:
        blocks = blocks_of(options.train)
        random.Random(0).shuffle(blocks)
        data["sample"] = write_sentences(folder / "sample.tsv", blocks[: options.sentences])
        data["small"] = write_sentences(folder / "small.tsv", blocks[: options.small])
        data["dev"] = write_sentences(folder / "dev.tsv", blocks[:20])
    if options.test:
        data["test"] = str(options.test.resolve())
    if options.vectors and "vectors" in needs and "sample" in data and options.test:
        files = (Path(data["sample"]), options.test)
        words = {line.split("\t")[0] for file in files for line in file.read_text(encoding="utf-8").splitlines()}
        data["vectors"] = write_vectors(options.vectors, words, folder / "vectors.txt")
    if options.lexicon and "terms" in needs:
        data["terms"] = write_terms(options.lexicon, options.terms, folder / "terms.txt")
    if options.text and "text" in needs:
        data["text"] = write_text(options.text, options.characters, folder / "text.txt")
    if options.transformer:
        data["transformer"] = str(options.transformer)
    if options.bioc and "bioc" in needs:
        with OPENERS.get(options.bioc.suffix, open)(options.bioc, "rb") as file:
            data["bioc"] = write(folder / "bioc.xml", file.read().decode("utf-8"))
    return data
