"""Speed of ``bioner_crf`` beside a bare crfsuite loop with the same features on the same tokens, and the time of a fit.

usage: python benchmarks/crf.py TRAIN TEST [VECTORS] [--rounds N] [--group N] [--config FILE]

TRAIN and TEST are files in any format, several separated by commas; VECTORS a word2vec text file or a folder of
spaCy's. The pipeline of FILE (default configs/crf.cfg) is fitted to TRAIN; then TEST, already cut into tokens and
sentences, is tagged in two ways in turns, N rounds (default 5): all of ``nlp.pipe`` with exact probabilities,
``doc.ents`` and ``doc.spans`` set; and the bare loop: features as lists of strings (those of a word computed once per
word), ``pycrfsuite.Tagger.tag``, spans read from its tags. Both cache the features of words from round to round; the
first round, with empty caches, is printed separately, and medians are of the others.

Also printed: whether both find the same spans, and F1 on TEST. Fails if tagging is below 0.7 times the speed of the
bare loop, if reading and fitting took longer than two minutes, or if spans differ although crfsuite's tags were legal.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from statistics import median

from spacy.tokens import Doc
from spacy.training.initialize import init_nlp
from spacy.util import load_config, resolve_dot_names

from spacy_bioner.ml.sequences import sequence_lengths
from spacy_bioner.tags import decode, validate
from spacy_bioner.text_tables import size_text

SPEED_TARGET = 0.7
FIT_TARGET = 120.0
CONFIG = Path(__file__).parents[1] / "configs" / "crf.cfg"


class BareLoop:
    """crfsuite's own tagger over the component's features."""

    def __init__(self, crf) -> None:
        import pycrfsuite

        self.features, self.scheme = crf.features, crf.scheme
        self.model = crf.model_bytes  # the tagger reads these bytes, but holds no reference to them
        self.tagger = pycrfsuite.Tagger()
        self.tagger.open_inmemory(self.model)

    def __call__(self, doc: Doc) -> list[tuple[int, int, str]]:
        spans, first = [], 0
        for sequence in self.features.of_doc(doc, sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize)):
            tags = self.tagger.tag(sequence)
            spans += [(start + first, end + first, label) for start, end, label in decode(tags, self.scheme)]
            first += len(sequence)
        return spans

    def has_legal_tags(self, doc: Doc) -> bool:
        sequences = self.features.of_doc(doc, sequence_lengths([doc], by_sentence=True, max_length=sys.maxsize))
        return not any(validate(self.tagger.tag(sequence), self.scheme) for sequence in sequences)


def measure(nlp, docs: list[Doc], rounds: int) -> float:
    """Print the speeds; return the ratio."""
    crf = nlp.get_pipe("crf")
    bare = BareLoop(crf)
    words = sum(map(len, docs))
    ours, theirs = [], []
    for _ in range(rounds + 1):
        copies = [doc.copy() for doc in docs]
        started = time.perf_counter()
        for _ in nlp.pipe(copies):
            pass
        ours.append(words / (time.perf_counter() - started))
        started = time.perf_counter()
        for doc in docs:
            bare(doc)
        theirs.append(words / (time.perf_counter() - started))
    print(f"{'words/s':28} {'first round':>12} {'median':>12}")
    for name, speeds in (("nlp.pipe", ours), ("bare crfsuite loop", theirs)):
        print(f"{name:28} {speeds[0]:12,.0f} {median(speeds[1:]):12,.0f}")
    ratio = median(us / them for us, them in zip(ours[1:], theirs[1:], strict=True))
    print(f"{'ratio':28} {ours[0] / theirs[0]:12.2f} {ratio:12.2f}   (target {SPEED_TARGET})")
    return ratio


def disagreements(nlp, docs: list[Doc]) -> int:
    """Print how many documents get other spans; return in how many of these crfsuite's tags were legal."""
    crf = nlp.get_pipe("crf")
    bare = BareLoop(crf)
    before, crf.threshold = crf.threshold, None
    found = [[span[:3] for span in spans] for spans in crf.predict(docs)]
    crf.threshold = before
    differ = [doc for doc, spans in zip(docs, found, strict=True) if spans != bare(doc)]
    wrong = sum(map(bare.has_legal_tags, differ))
    print(
        f"best tag sequences: {len(differ)} of {len(docs)} documents have other spans; in {wrong} crfsuite's were legal"
    )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("vectors", nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--group", type=int, default=1, help="sentences of a column file in a document; 0: all")
    parser.add_argument("--config", type=Path, default=CONFIG)
    arguments = parser.parse_args()
    overrides = {"paths.train": arguments.train, "paths.dev": arguments.test, "paths.vectors": arguments.vectors}
    config = load_config(arguments.config, overrides=overrides, interpolate=False)
    if arguments.group != 1:
        for corpus in config["corpora"].values():
            corpus["options"] = {"group": arguments.group}
    started = time.perf_counter()
    nlp = init_nlp(config)
    fit = time.perf_counter() - started
    size = size_text(len(nlp.get_pipe("crf").model_bytes))
    print(f"read and fitted in {fit:.0f} s (target {FIT_TARGET:.0f}), model of {size}")
    (corpus,) = resolve_dot_names(nlp.config.interpolate(), ["corpora.dev"])
    examples = list(corpus(nlp))
    docs = [example.predicted for example in examples]
    ratio = measure(nlp, docs, arguments.rounds)
    wrong = disagreements(nlp, docs)
    print(f"F1 {100 * nlp.evaluate(examples)['ents_f']:.2f}")
    return int(ratio < SPEED_TARGET or fit > FIT_TARGET or wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
