"""Linking of BC5CDR's mentions to MeSH: accuracy on gold mentions, concepts of documents, speed and memory.

    python benchmarks/linking.py ../shared/data [--test] [--model PIPELINE] [--terms TSV] [--rerank CHECKPOINT]
    python benchmarks/linking.py ../shared/data --names 1000000

Names are those of the training part (with --test: training and development), of MeSH's headings, of the Disease
Ontology by its references to MeSH, of BioRED's documents that are not in BC5CDR, and of DrugBank and the rest of the
Disease Ontology where an entry shares a name with a known concept. Evaluated on the development part, or, with --test,
on the test part. A composite mention is correct if exactly its ids are predicted. "ceiling": the share of mentions all
of whose ids occur in a lexicon. Mentions without an id are counted, but not included in the accuracies.

--terms: a TSV of name, label and id in place of MeSH's headings, such as all names of MeSH (mesh_names.py makes it).
--threshold: the similarity below which the linker gives no concept.
--model: a recogniser of Disease and Chemical, for the F1 of (document, concept); with --raw
    on the texts alone, without the tokens of the corpus.
--rerank: a transformer whose vectors order similar names anew, with --pooling and --weight.
--names: also build a linker with this many names, made of words of MeSH's headings, and time 2,000 misspelt names.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_bioner import read
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.document import Document, Mention
from spacy_bioner.experiments.evaluation import evaluate, raw_examples
from spacy_bioner.experiments.tables import concepts_table
from spacy_bioner.formats.lexicon import make_csv_lexicon, make_tsv_lexicon
from spacy_bioner.formats.obo import make_obo_lexicon
from spacy_bioner.text_tables import size_text
from spacy_bioner.training.corpora import unannotated

TARGETS = {"Disease": 0.85, "Chemical": 0.90}


def corpus(data: Path, part: str) -> list[Document]:
    return list(read(data / "pubtator" / f"CDR_{part}Set.PubTator.txt"))


def biored(data: Path, but: set[str]) -> list[Document]:
    found = []
    for document in read(data / "pubtator" / "BioRED_TrainDev.PubTator"):
        if document.id not in but:
            kept = [mention for mention in document.mentions if mention.label in TARGETS]
            found.append(replace(document, mentions=kept, relations=[]))
    return found


def lexicons(data: Path, terms: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    folder = data / "lexicons"
    ontology: dict[str, Any] = {"label": "Disease", "scopes": ["EXACT", "RELATED", "NARROW"], "policy": "skip"}
    obo = folder / "disease-ontology-2016.obo"
    mesh = make_csv_lexicon(
        folder / "mesh-headings-2015.tsv", ["mesh_name"], label="*", concept="mesh_id", delimiter="\t"
    )
    drugs = make_csv_lexicon(
        folder / "drugbank-open-vocabulary.csv",
        ["Common name", "Synonyms"],
        label="Chemical",
        concept="DrugBank ID",
        separator=" | ",
    )
    if terms is not None:
        mesh = make_tsv_lexicon(terms)
    ours = {"mesh": mesh, "diseases": make_obo_lexicon(obo, xref="MESH", **ontology)}
    return ours, {"drugs": drugs, "diseases": make_obo_lexicon(obo, **ontology)}


def make(data: Path, documents: Sequence[Document], terms: Path | None = None, **settings: Any) -> tuple[Language, Any]:
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    linker: Any = nlp.add_pipe("bioner_linker", config=settings)
    examples = [Example(doc, doc) for doc in (to_doc(document, nlp) for document in documents)]
    ours, others = lexicons(data, terms)
    linker.initialize(lambda: examples, nlp=nlp, lexicons=ours, synonyms=others)
    return nlp, linker


def accuracy(nlp: Language, linker: Any, documents: Sequence[Document]) -> bool:
    asked: list[tuple[Mention, Any]] = []
    of_document: list[int] = []
    for number, document in enumerate(documents):
        doc = nlp.make_doc(document.text)
        mentions = document.mentions
        of_document += [number] * len(mentions)
        spans = [[doc.char_span(m.start, m.end, m.label, alignment_mode="expand")] for m in mentions]
        asked += zip(mentions, linker.queries(doc, spans), strict=True)
    start = process_time()
    found = linker.linker.link([query for _, query in asked])
    seconds = process_time() - start
    known = {concept for name in linker.names for concept in name.concepts.split("|")}
    reached = True
    for label, target in TARGETS.items():
        rows = [
            (set(mention.concepts), [set(one.concept.split("|")) for one in candidates])
            for (mention, _), candidates in zip(asked, found, strict=True)
            if mention.label == label and mention.concepts
        ]
        first = sum(some[:1] == [gold] for gold, some in rows) / len(rows)
        five = sum(gold in some[:5] for gold, some in rows) / len(rows)
        ceiling = sum(gold <= known for gold, _ in rows) / len(rows)
        without = sum(m.label == label and not m.concepts for document in documents for m in document.mentions)
        print(
            f"{label}: {len(rows)} mentions with an id ({without} without), accuracy@1 {100 * first:.2f} (target "
            f"{100 * target:g}), @5 {100 * five:.2f}, ceiling {100 * ceiling:.2f}, of the reachable "
            f"{100 * first / ceiling:.2f}"
        )
        reached &= first >= target
    gold = {(n, m.label, one) for n, (m, _) in zip(of_document, asked, strict=True) for one in m.concepts}
    given = {
        (n, mention.label, one)
        for n, (mention, _), candidates in zip(of_document, asked, found, strict=True)
        if candidates and candidates[0].score >= linker.threshold
        for one in candidates[0].concept.split("|")
    }
    right = len(gold & given)
    print(
        f"(document, concept) of gold mentions at threshold {linker.threshold}: P {100 * right / len(given):.2f}, "
        f"R {100 * right / len(gold):.2f}, F1 {200 * right / (len(gold) + len(given)):.2f}"
    )
    print(f"{len(asked) / seconds:,.0f} links/s of processor time, the first time a name is met and after")
    return reached


def loading(linker: Any) -> None:
    """Print the processor time of loading, and of learning which words replace each other, which comes when needed."""
    data = linker.to_bytes()
    start = process_time()
    linker.from_bytes(data)
    loaded = process_time()
    linker.linker.replacements.of("")
    learnt = process_time()
    print(
        f"{len(linker):,} names: loaded in {loaded - start:.2f} s of processor time, {learnt - loaded:.2f} s more at "
        "the first mention that no name is spelt like"
    )


def end_to_end(model: str, linker: Any, documents: Sequence[Document], raw: bool) -> None:
    nlp = spacy.load(model)
    nlp.add_pipe("bioner_linker")
    nlp._components[-1] = ("bioner_linker", linker)
    references = [to_doc(document, nlp) for document in documents]
    examples = [Example(unannotated(doc), doc) for doc in references]
    result = evaluate(nlp, raw_examples(nlp, examples) if raw else examples)
    print(f"mentions: F1 {100 * result.scores.exact.f1:.2f}\n{concepts_table(result.metrics())}")


def many(data: Path, number: int) -> None:
    rng = random.Random(0)
    lines = (data / "lexicons" / "mesh-headings-2015.tsv").read_text(encoding="utf8").splitlines()[1:]
    words = [word for line in lines for word in line.split("\t")[1].split()]
    names = {" ".join(rng.choices(words, k=rng.choice([1, 2, 3, 3, 4]))) for _ in range(number + number // 3)}
    entries = [(name, "Disease", f"C{i}") for i, name in enumerate(sorted(names)[:number])]
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, process_time()
    linker: Any = spacy.blank("en").add_pipe("bioner_linker")
    linker.add_names(entries)
    built, after = process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[1]) * resource.getpagesize()
    queries = []
    for name, label, concept in rng.sample(entries, 2_000):
        at = rng.randrange(len(name))
        queries.append((name[:at] + rng.choice("aeiourt") + name[at:], label, concept))
    from spacy_bioner.pipeline.linking.linker import Query

    start = process_time()
    linker.linker.replacements.of("")
    print(f"words that replace each other: learnt in {process_time() - start:.1f} s of processor time")
    start = process_time()
    found = linker.linker.link([Query(name, label) for name, label, _ in queries])
    seconds = process_time() - start
    right = sum(bool(some) and some[0].concept == concept for some, (_, _, concept) in zip(found, queries, strict=True))
    size = f"{size_text(now)} (peak {size_text(1024 * after)}, before {size_text(1024 * before)})"
    print(f"{len(entries):,} names: built in {built:.1f} s of processor time, process of {size}")
    first = f"{100 * right / len(queries):.1f}% of them found first"
    print(f"{len(queries) / seconds:,.0f} misspelt names/s of processor time, {first}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--model")
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--threshold", type=float, default=0.65)
    parser.add_argument("--names", type=int, default=0)
    parser.add_argument("--terms", type=Path)
    parser.add_argument("--rerank")
    parser.add_argument("--pooling", default="mean")
    parser.add_argument("--weight", type=float, default=0.7)
    given = parser.parse_args()
    if given.names:
        many(given.data, given.names)
        return 0
    training, development, test = (corpus(given.data, part) for part in ("Training", "Development", "Test"))
    names = [*training, *development] if given.test else training
    scored = test if given.test else development
    more = biored(given.data, {document.id for part in (training, development, test) for document in part})
    settings: dict[str, Any] = {"threshold": given.threshold}
    if given.rerank:
        encoder = {"@architectures": "spacy-bioner.NameTransformer.v1", "name": given.rerank, "pooling": given.pooling}
        settings["rerank"] = {"@misc": "spacy-bioner.VectorReranker.v1", "weight": given.weight, "encoder": encoder}
    nlp, linker = make(given.data, [*names, *more], given.terms, **settings)
    loading(linker)
    reached = accuracy(nlp, linker, scored)
    if given.model:
        end_to_end(given.model, linker, scored, given.raw)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
