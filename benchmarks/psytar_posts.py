"""PsyTAR with its posts: which sentences one person wrote, which the column files no longer tell.

usage: python benchmarks/psytar_posts.py full.txt PsyTAR_dataset.xlsx psytar.jsonl [--train train.txt --test test.txt]

The parts that are distributed as column files were made by shuffling sentences, so that sentences of one post are in
several parts. The file of all sentences is in the order of the posts, and the spreadsheet of the corpus has the post of
each sentence. This joins the two, for ``spacy bioner split psytar.jsonl --group post``. With --train and --test it
prints for how many test sentences the training part has another sentence of the same post. Needs openpyxl.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from spacy_bioner import read, write
from spacy_bioner.formats import Document


def key(text: object) -> str:
    """Return the letters and digits of a text in lower case: tokenization and spreadsheet change the rest."""
    return re.sub(r"\W", "", str(text)).lower()


def sentences_of_posts(path: str) -> list[tuple[str, str]]:
    """Return (key of a sentence, its post), in the order of the posts' first sentences and then of the sentences."""
    import openpyxl

    rows = openpyxl.load_workbook(path, read_only=True)["Sentence_Labeling"].iter_rows(values_only=True)
    head = next(rows)
    post, number, text = (head.index(name) for name in ("drug_id", "sentence_index", "sentences"))
    found: dict[str, dict[object, str]] = defaultdict(dict)
    for row in rows:
        if str(row[text] or "").strip():
            found[str(row[post])][row[number]] = key(row[text])
    return [(sentence, name) for name, sentences in found.items() for sentence in sentences.values()]


def with_posts(documents: Iterable[Document], rows: list[tuple[str, str]]) -> list[Document]:
    """Return the sentences with their post in ``meta``; each is searched for after the one before it."""
    result, place = [], 0
    for number, document in enumerate(documents):
        wanted = key(document.text)
        found = next((i for i in range(place, len(rows)) if rows[i][0] == wanted), None)
        if found is None:
            raise SystemExit(f"sentence {number} is not in the spreadsheet: {document.text}")
        result.append(replace(document, id=str(number), meta={"post": rows[found][1]}))
        place = found + 1
    return result


def shared(documents: Iterable[Document], train: str, test: str) -> tuple[int, int]:
    """Return how many test sentences have their post in the training part, and of how many the post is certain."""
    posts: dict[str, set[str]] = defaultdict(set)
    for document in documents:
        posts[document.text].add(document.meta["post"])
    trained = {post for document in read(train) for post in posts[document.text] if len(posts[document.text]) == 1}
    certain = [post for document in read(test) for post in posts[document.text] if len(posts[document.text]) == 1]
    return sum(post in trained for post in certain), len(certain)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("full")
    parser.add_argument("spreadsheet")
    parser.add_argument("output")
    parser.add_argument("--train")
    parser.add_argument("--test")
    given = parser.parse_args()
    documents = with_posts(read(given.full), sentences_of_posts(given.spreadsheet))
    write(documents, given.output)
    print(f"{len(documents)} sentences of {len({document.meta['post'] for document in documents})} posts")
    if given.train and given.test:
        number, of = shared(documents, given.train, given.test)
        print(f"{number} of {of} test sentences have another sentence of their post in the training part")


if __name__ == "__main__":
    main()
