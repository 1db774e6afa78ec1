"""Which peers there are, what they do, and what each side of a comparison is given."""

from __future__ import annotations

from typing import Any, NamedTuple

from environments import REPOSITORY
from turns import Measure

CONFIGS = REPOSITORY / "configs"
SPACY_NER = REPOSITORY / "projects" / "scoreboard" / "spacy_ner.cfg"
TRANSFORMER_RATE = 0.0005


class Kind(NamedTuple):
    """One kind of work: its script, what is measured, and the data that it needs (names of ``data.py``)."""

    script: str
    title: str
    text: str
    measures: tuple[Measure, ...]
    needs: tuple[str, ...]


class Peer(NamedTuple):
    """A library beside this package.

    environment, packages: the name of the environment, and what pip installs there; the first package is the library.
    system: its name in the script. note: how the two differ, for the page.
    """

    title: str
    kind: str
    environment: str
    packages: tuple[str, ...]
    system: str
    note: str = ""


_TAGGER = (Measure("train", "training", "s", learns=True), Measure("tag", "tagging", "words/s"))

KINDS = {
    "lookup": Kind(
        "lookup.py",
        "Looking up terms",
        "The same {terms:,} terms of the lexicons, the same text ({characters:,} characters in documents of 10 lines), "
        "spaCy's English tokenizer, case ignored; all set `doc.ents`. A system reads the first half of the text before "
        "the second half is timed. Ours also finds other spellings of a term (hyphens, plurals, Greek letters), and "
        "asks for the same case where a term has fewer than five characters (`case_length`): `as` is not AS.",
        (
            Measure("build", "building", "s", warm=False),
            Measure("tag", "matching, tokens given", "M characters/s", 1e6),
            Measure("tag_text", "from the text on", "M characters/s", 1e6),
        ),
        ("terms", "text"),
    ),
    "crf": Kind(
        "crf.py",
        "A CRF over features",
        "Trained on a random sample of {sentences:,} training sentences, scored on the whole test part; no word "
        "vectors. Ours is `configs/crf.cfg`; tagging starts from a freshly loaded pipeline. Neither starts at random.",
        (Measure("train", "fitting", "s", learns=True), Measure("tag", "tagging", "words/s")),
        ("sample", "test"),
    ),
    "neural": Kind(
        "neural.py",
        "Neural taggers over word vectors",
        "Trained on the same sample of {sentences:,} sentences for {epochs} epochs each, with the same word vectors, "
        "scored on the whole test part. So few sentences and epochs say little of what any of them reaches on a whole "
        "corpus. Ours is `configs/bilstm_crf_fast.cfg`.",
        _TAGGER,
        ("sample", "test", "vectors"),
    ),
    "transformer": Kind(
        "neural.py",
        "Neural taggers over a transformer",
        "From the same checkpoint ({transformer}), on the same {small:,} sentences for {small_epochs} epochs, batches "
        "of 32, rate 0.0005 with a linear warm-up and decay, scored on the whole test part: a sample that says little "
        "of a whole corpus. Ours is `configs/transformer.cfg`.",
        _TAGGER,
        ("small", "test", "transformer"),
    ),
    "layer": Kind(
        "crf_layer.py",
        "The CRF layer alone",
        "The same scores and batches on both sides (`benchmarks/crf_layer.py`): loss with all gradients, and the best "
        "tags.",
        (
            Measure("loss", "loss and gradient", "words/s"),
            Measure("decode", "best tags", "words/s"),
        ),
        (),
    ),
    "inference": Kind(
        "inference.py",
        "Tagging with a given transformer",
        "The same weights ({transformer}, trained briefly by ours) in both, over {texts:,} test sentences; the "
        "pipeline has the number of texts at once that is fastest for it.",
        (Measure("tag", "tagging", "words/s"),),
        ("small", "test", "transformer"),
    ),
    "bioc": Kind(
        "bioc_readers.py",
        "Reading BioC XML",
        "One file of {megabytes:.1f} MB; both build their documents and visit every mention.",
        (Measure("read", "reading", "MB/s", 1e6),),
        ("bioc",),
    ),
}

PEERS = {
    "phrase-matcher": Peer(
        "spaCy PhraseMatcher",
        "lookup",
        "spacy",
        ("spacy",),
        "phrase_matcher",
        "With `filter_spans`. Its patterns come from a second tokenizer: those from the pipeline's own fill its cache, "
        "and text is then tokenised at half the speed.",
    ),
    "entity-ruler": Peer(
        "spaCy EntityRuler",
        "lookup",
        "spacy",
        ("spacy",),
        "entity_ruler",
        "It is slower on raw text, because its patterns fill the tokenizer's cache.",
    ),
    "edsnlp-matcher": Peer(
        "EDS-NLP eds.matcher",
        "lookup",
        "edsnlp",
        ("edsnlp[ml]",),
        "eds_matcher",
        "In spaCy's English pipeline, whose tokenizer cuts its patterns too, with the same effect.",
    ),
    "sklearn-crfsuite": Peer(
        "sklearn-crfsuite",
        "crf",
        "sklearn-crfsuite",
        ("sklearn-crfsuite",),
        "sklearn_crfsuite",
        note="It has the features and settings of its tutorial: fewer features than ours.",
    ),
    "spacy-ner": Peer(
        "spaCy ner",
        "neural",
        "spacy",
        ("spacy",),
        "spacy_ner",
        "By `projects/scoreboard/spacy_ner.cfg`: transitions over convolutions, whose usual training is longer.",
    ),
    "flair": Peer(
        "flair SequenceTagger",
        "neural",
        "flair",
        ("flair",),
        "flair",
        "A BiLSTM-CRF of the same width, batches, optimiser and schedule; characters by its own BiLSTM.",
    ),
    "edsnlp-ner": Peer(
        "EDS-NLP eds.ner_crf",
        "transformer",
        "edsnlp",
        ("edsnlp[ml]",),
        "eds",
        "A CRF over each window of 20 words; it takes no word vectors, so that it is beside our transformer.",
    ),
    "pytorch-crf": Peer("pytorch-crf", "layer", "pytorch-crf", ("pytorch-crf",), "torchcrf"),
    "transformers": Peer("transformers pipeline", "inference", "transformers", ("transformers",), "transformers"),
    "bconv": Peer("bconv", "bioc", "bconv", ("bconv",), "bconv"),
}
LAYER_CASES = {"32 x 30 tokens, 9 tags": 0, "32 x 20 to 180 tokens, 21 tags": 3}
"""Of CASES in `benchmarks/crf_layer.py`: batches of equal and of unequal lengths."""


def variants(peer: Peer) -> dict[str, dict[str, Any]]:
    """Return what is measured one after the other, by name: settings of both sides."""
    if peer.kind == "layer":
        return {name: {"case": case} for name, case in LAYER_CASES.items()}
    return {"": {}}


def settings(peer: Peer, side: str, data: dict[str, str], options: Any, place: str) -> dict[str, Any]:
    """Return what the script of a peer is given for a side; ``place`` is a folder of that side's own."""
    kind = peer.kind
    if kind == "lookup":
        return {"terms": data["terms"], "text": data["text"]}
    if kind == "crf":
        given = {"train": data["sample"], "test": data["test"], "label": options.label}
        return given | ({"config": str(CONFIGS / "crf.cfg"), "place": place} if side == "ours" else {})
    if kind == "neural":
        given = {"train": data["sample"], "test": data["test"], "label": options.label, "epochs": options.epochs}
        given |= {"place": place}
        if side == "peer" and peer.system == "flair":
            return given | {"vectors": data["vectors"]}
        config = CONFIGS / "bilstm_crf_fast.cfg" if side == "ours" else SPACY_NER
        overrides = {"paths.vectors": data["vectors"], "run.batch_size": 250}
        return given | configured(str(config), data, overrides)
    if kind in ("transformer", "inference"):
        learnt = {"train": data["small"], "label": options.label, "epochs": options.small_epochs, "place": place}
        overrides = {"paths.transformer": data["transformer"], "run.learn_rate": TRANSFORMER_RATE}
        ours = learnt | configured(str(CONFIGS / "transformer.cfg"), data, overrides)
        if kind == "inference":
            given = {"test": data["test"], "sentences": options.texts, "checkpoint": data["checkpoint"]}
            return given | ours if side == "ours" else given
        given = {"test": data["test"]}
        theirs = learnt | {"transformer": data["transformer"], "rate": TRANSFORMER_RATE}
        return given | (ours if side == "ours" else theirs)
    return {"bioc": data["bioc"]} if kind == "bioc" else {}


def configured(config: str, data: dict[str, str], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return what trains a config; the module is imported before time counts."""
    return {"config": config, "dev": data["dev"], "overrides": overrides, "modules": ["spacy_bioner.training.epochs"]}
