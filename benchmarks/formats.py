"""Read files of any format and print megabytes a second of processor time, beside the brat reader.

    python benchmarks/formats.py FILE... [--brat ARCHIVE_OR_FOLDER] [--pubmed MB]

The size of a compressed file is its size when decompressed. --pubmed generates this many megabytes of PubMed XML, with
the structure of the annual baseline, and reads it: the target is 20 MB/s. PubTator and BioC must not be slower than
brat.
"""

from __future__ import annotations

import argparse
import lzma
import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from spacy_bioner.formats import ProblemLog, detect, read
from spacy_bioner.formats.text_io import open_bytes


def measure(path: Path, size: float) -> float:
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        documents = sum(1 for _ in read(path, report=ProblemLog("skip")))
        best = max(best, size / (time.process_time() - start))
    print(f"{path.name:40} {detect(path):10} {documents:7,} documents {size:8.1f} MB {best:8.1f} MB/s")
    return best


def size_of(path: Path) -> float:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) / 1e6
    if path.name.endswith((".tar.gz", ".tgz", ".tar.xz", ".zip")):
        import tarfile

        with tarfile.open(path) as archive:
            return sum(member.size for member in archive) / 1e6
    with open_bytes(path) as file:
        return len(file.read()) / 1e6


def make_pubmed(path: Path, megabytes: int) -> None:
    words = ["".join(random.Random(i).choices("abcdefghijklmnopqrstuvwxyz", k=3 + i % 9)) for i in range(5000)]
    draw = random.Random(0)

    def sentence(length: int) -> str:
        return " ".join(draw.choices(words, k=length)).capitalize() + "."

    authors = "".join(f"<Author><LastName>L{k}</LastName><ForeName>F</ForeName></Author>" for k in range(5))
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D{k:06}" MajorTopicYN="N">Term {k}</DescriptorName></MeshHeading>'
        for k in range(12)
    )
    with open(path, "w", encoding="utf-8") as file:
        file.write("<PubmedArticleSet>\n")
        number = 0
        while file.tell() < megabytes * 1_000_000:
            number += 1
            aim, found = sentence(30), " ".join(sentence(25) for _ in range(6))
            file.write(
                f'<PubmedArticle><MedlineCitation><PMID Version="1">{number}</PMID><Article><Journal><JournalIssue>'
                f"<PubDate><Year>2001</Year></PubDate></JournalIssue><ISOAbbreviation>J</ISOAbbreviation></Journal>"
                f"<ArticleTitle>{sentence(12)}</ArticleTitle><Abstract><AbstractText Label='AIM'>{aim}</AbstractText>"
                f"<AbstractText Label='RESULTS'>{found}</AbstractText></Abstract><AuthorList>{authors}</AuthorList>"
                f"</Article><MeshHeadingList>{headings}</MeshHeadingList></MedlineCitation></PubmedArticle>\n"
            )
        file.write("</PubmedArticleSet>\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--brat", type=Path)
    parser.add_argument("--pubmed", type=int)
    given = parser.parse_args()
    fine = True
    base = measure(given.brat, size_of(given.brat)) if given.brat else 0.0
    with TemporaryDirectory() as name:
        for path in given.files:
            # What unpacks a file is no part of its reader.
            if path.suffix == ".xz" and not path.name.endswith(".tar.xz"):
                bare = Path(name) / path.stem
                bare.write_bytes(lzma.decompress(path.read_bytes()))
                path = bare
            speed = measure(path, size_of(path))
            fine &= speed >= base or detect(path) not in ("pubtator", "bioc", "bioc_json")
        if given.pubmed:
            path = Path(name) / "pubmed.xml"
            make_pubmed(path, given.pubmed)
            fine &= measure(path, size_of(path)) >= 20
    raise SystemExit(not fine)


if __name__ == "__main__":
    main()
