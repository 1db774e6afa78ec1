"""Each component of the plugin, small and trained, for tests that all of them must pass."""

from __future__ import annotations

import random
from collections.abc import Callable
from math import isclose
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.doc_questions import get_answers
from spacy_bioner.documents.doc_relations import get_relations
from spacy_bioner.documents.document import Relation
from spacy_bioner.formats import Answer, Document, Mention, Question

DISEASES = ["breast cancer", "asthma", "renal failure", "hepatitis B", "type II diabetes", "lung cancer"]
CHEMICALS = ["aspirin", "5-fluorouracil", "morphine", "cisplatin", "NaCl", "IL-2"]
FRAMES = [
    "{chemical} was given for {disease}.",
    "Patients with {disease} took {chemical} daily.",
    "No change was seen in the control group.",
    "{disease} is caused by {chemical}, not by {word}.",
    "The dose of {chemical} was 20 mg of {word}.",
    "Magnetic resonance imaging (MRI) followed {chemical}: MRI is no {word}.",
]
SMALL = {
    "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
    "hidden": 16,
    "word_width": 16,
    "directions": "independent",
    "char_dim": 8,
    "max_char_width": 3,
    "filters_per_width": 4,
}


def sentences(n: int, seed: int = 0, new_words: bool = False) -> list[tuple[str, list[tuple[int, int, str]]]]:
    """Return n invented sentences with their entities. new_words: each word in place of ``{word}`` comes once."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        text, entities = "", []
        for i, piece in enumerate(rng.choice(FRAMES).replace("}", "{").split("{")):
            if not i % 2:
                text += piece
                continue
            unheard = f"w{rng.randrange(10**9):x}" if new_words else rng.choice(["chance", "itself", "diet"])
            chosen = rng.choice({"disease": DISEASES, "chemical": CHEMICALS}.get(piece, [unheard]))
            if piece != "word":
                entities.append((len(text), len(text) + len(chosen), piece.capitalize()))
            text += chosen
        made.append((text, entities))
    return made


def coordinated(n: int, seed: int = 0) -> list[Document]:
    """Return n invented sentences; half of them have two diseases that share their last word."""
    rng = random.Random(seed)
    made = []
    for _ in range(n):
        one, other = rng.sample(["renal", "hepatic", "cardiac", "hepatitis B"], 2)
        if rng.random() < 0.5:
            text = f"Patients with {one} and {other} failure took {rng.choice(CHEMICALS)} daily."
            start = text.index(one)
            middle, last = text.index(other), text.index(" failure") + 1
            parts = ((start, start + len(one)), (last, last + 7))
            mentions = [Mention(start, last + 7, "Disease", parts), Mention(middle, last + 7, "Disease")]
        else:
            text = f"{one} failure is caused by {rng.choice(CHEMICALS)}, not by chance."
            mentions = [Mention(0, len(one) + 8, "Disease")]
        made.append(Document(text, mentions))
    return made


def texts(n: int, seed: int = 1, new_words: bool = True, sentences_each: int = 4) -> list[str]:
    """Return n texts of some sentences each, and one that may have a name in two parts."""
    some = iter(sentences(n * sentences_each, seed, new_words))
    ends = coordinated(n, seed)
    return [" ".join([*(next(some)[0] for _ in range(sentences_each)), ends[i].text]) for i in range(n)]


def blank() -> Language:
    """Return a pipeline without components, of the tokenizer that all are trained with."""
    return spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})


def reload(nlp: Language) -> Language:
    """Return a copy that shares nothing with a pipeline, by way of bytes."""
    return spacy.util.load_model_from_config(nlp.config, auto_fill=True).from_bytes(nlp.to_bytes())


def _fit(name: str, config: dict[str, Any], steps: int = 0, learn_rate: float = 0.02, size: int = 60) -> Language:
    fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe(name, config=config)
    examples = [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in sentences(size)]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = learn_rate
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp


def dictionary(folder: Path) -> Language:
    return _fit("bioner_dictionary", {"prune": 0.0})


def dictionary_inside_tokens(folder: Path) -> Language:
    index = {"@misc": "spacy-bioner.AhoCorasick.v1"}
    return _fit("bioner_dictionary", {"prune": 0.0, "index": index, "inside_tokens": "parts"})


def crf(folder: Path) -> Language:
    return _fit("bioner_crf", {"max_iterations": 30})


def _in_parts(name: str, config: dict[str, Any], steps: int = 0) -> Language:
    """A component of the scheme BIOHD, trained on coordinated names: ``renal and hepatic failure``."""
    fix_random_seed(0)
    nlp = blank()
    nlp.add_pipe(name, config=config)
    examples = [Example(nlp.make_doc(one.text), to_doc(one, nlp)) for one in coordinated(30)]
    examples += [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in sentences(30)]
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.02
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer)
    return nlp


def crf_in_parts(folder: Path) -> Language:
    return _in_parts("bioner_crf", {"max_iterations": 30, "scheme": "BIOHD"})


def crf_in_layers(folder: Path) -> Language:
    return _in_parts("bioner_crf", {"max_iterations": 30, "layers": "labels", "levels": 2, "scheme": "BIOHD"})


def bilstm_crf_in_layers(folder: Path) -> Language:
    config = {"model": {"tok2vec": SMALL, "scheme": "BIOHD"}, "layers": "labels", "levels": 2}
    return _in_parts("bioner_bilstm_crf", config, 60)


def coordination(folder: Path) -> Language:
    """Return a component with the sentences' ends of ``texts``, after a recogniser of mentions in one part."""
    nlp = _in_parts("bioner_crf", {"max_iterations": 30})
    nlp.add_pipe("bioner_coordination")
    examples = [Example(nlp.make_doc(one.text), to_doc(one, nlp)) for one in coordinated(30)]
    nlp.get_pipe("bioner_coordination").initialize(lambda: examples, nlp=nlp)
    return nlp


def bilstm_crf_in_parts(folder: Path) -> Language:
    return _in_parts("bioner_bilstm_crf", {"model": {"tok2vec": SMALL, "scheme": "BIOHD"}}, 60)


def bilstm_crf(folder: Path) -> Language:
    return _fit("bioner_bilstm_crf", {"model": {"tok2vec": SMALL}}, 20)


def biobert(folder: Path) -> Language:
    from tiny_bert import make_tiny_bert

    tok2vec = {"name": str(make_tiny_bert(folder / "bert", length=256)), "max_pieces": 256, "overlap": 8}
    return _fit("bioner_biobert", {"model": {"tok2vec": tok2vec, "decoder": "crf", "scheme": "IOBES"}}, 20, 0.01, 24)


def tagger(folder: Path) -> Language:
    return _fit("bioner_tagger", {}, 5)


def bilm(folder: Path) -> Language:
    return _fit("bioner_bilm", {"model": {"min_count": 1, "tok2vec": SMALL}}, 5)


def sentence_splitter(folder: Path) -> Language:
    return _fit("bioner_sentences", {})


def abbreviations(folder: Path) -> Language:
    return _fit("bioner_abbreviations", {})


def answers(folder: Path) -> Language:
    """Train to answer one question, which every text is asked."""
    from tiny_bert import make_tiny_bert

    fix_random_seed(0)
    asked = "what was given?"
    nlp = blank()
    model = {
        "name": str(make_tiny_bert(folder / "bert", length=96)),
        "max_pieces": 64,
        "max_question": 16,
        "stride": 24,
    }
    nlp.add_pipe("bioner_answers", config={"model": model, "question": asked, "n_best": 3})
    examples = []
    for text, gold in sentences(24):
        given = [Answer(text[start:end], start) for start, end, label in gold if label == "Chemical"]
        document = Document(text, question=Question(asked, tuple(given), impossible=not given))
        examples.append(Example(nlp.make_doc(text), to_doc(document, nlp)))
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.005
    for _ in range(10):
        nlp.update(examples, sgd=optimizer)
    return nlp


def linker(folder: Path) -> Language:
    """Return a linker after a dictionary, whose mentions it links."""
    nlp = dictionary(folder)
    found = nlp.add_pipe("bioner_linker")
    found.add_names(
        [(name, "Disease", f"D{i}") for i, name in enumerate(["asthmas", "cancer of the breast", "kidneys"])]
    )
    found.add_names([("acetylsalicylic acid", "Chemical", "C1"), ("aspirin", "*", ["C1", "C2"])])
    return nlp


def linker_by_vectors(folder: Path) -> Language:
    """Return a linker of names that are only similar to the mentions of the dictionary before it."""
    from tiny_bert import make_tiny_bert

    nlp = dictionary(folder)
    encoder = {
        "@architectures": "spacy-bioner.NameTransformer.v1",
        "name": str(make_tiny_bert(folder / "bert")),
        "pooling": "mean",
    }
    rerank = {"@misc": "spacy-bioner.VectorReranker.v1", "encoder": encoder}
    found = nlp.add_pipe("bioner_linker", config={"rerank": rerank, "threshold": 0.2})
    found.add_names([(f"{name} {rest}", "*", f"{name[:3]}{rest}") for name in DISEASES + CHEMICALS for rest in "xyz"])
    return nlp


def relations(folder: Path) -> Language:
    return _related({"hidden": 32, "tok2vec": {"width": 32, "depth": 1, "embed_size": 300}}, 15, 0.01)


def relations_transformer(folder: Path) -> Language:
    from tiny_bert import PIECES, make_tiny_bert

    checkpoint = make_tiny_bert(folder / "pairs", length=256, pieces=[*PIECES, "@", "$"])
    model = {"@architectures": "spacy-bioner.PairTransformer.v1", "name": str(checkpoint), "max_pieces": 256}
    return _related(model, 15, 0.005)


def _related(model: dict[str, Any], steps: int, learn_rate: float) -> Language:
    """Return a dictionary of all names, and relations over its entities: a chemical causes the disease before it."""
    fix_random_seed(0)
    nlp = blank()
    terms = [*((name, "Chemical") for name in CHEMICALS), *((name, "Disease") for name in DISEASES)]
    nlp.add_pipe("bioner_dictionary", config={"prune": 0.0}).add_terms((*term, []) for term in terms)
    nlp.add_pipe("bioner_relations", config={"model": model, "threshold": 0.02})
    examples = []
    for text, gold in sentences(24):
        mentions = [Mention(*span, id=f"T{i}") for i, span in enumerate(gold)]
        ends = (("Arg1", "T1"), ("Arg2", "T0"))
        related = [Relation("causes", ends)] if " is caused by " in text else []
        reference = to_doc(Document(text, mentions, relations=related), nlp)
        examples.append(Example(nlp.make_doc(text), reference))
    pipe = nlp.get_pipe("bioner_relations")
    pipe.initialize(lambda: examples, nlp=nlp)
    optimizer = nlp.create_optimizer()
    optimizer.learn_rate = learn_rate
    for _ in range(steps):
        pipe.update(examples, sgd=optimizer)
    return nlp


def merge(folder: Path) -> Language:
    """Return a dictionary and a CRF, joined by their scores."""
    nlp = _fit("bioner_crf", {"max_iterations": 30, "spans_key": "ner"})
    some = [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in sentences(60)]
    first = nlp.add_pipe("bioner_dictionary", config={"prune": 0.0, "spans_key": "dictionary"}, first=True)
    first.initialize(lambda: some)
    nlp.config["training"]["annotating_components"] = list(nlp.pipe_names)
    more = [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in sentences(30, 1, True)]
    nlp.add_pipe("bioner_merge").initialize(lambda: more, nlp=nlp)
    return nlp


def agreement(folder: Path) -> Language:
    """Return a CRF and the component that lets its mentions agree, with all of its settings at work."""
    nlp = _fit("bioner_crf", {"max_iterations": 30})
    nlp.add_pipe("bioner_agreement", config={"spread": 0.3, "drop": 0.1})
    return nlp


BUILDERS: dict[str, Callable[[Path], Language]] = {
    "bioner_dictionary": dictionary,
    "bioner_dictionary, inside tokens": dictionary_inside_tokens,
    "bioner_crf": crf,
    "bioner_crf, in parts": crf_in_parts,
    "bioner_crf, in layers": crf_in_layers,
    "bioner_coordination": coordination,
    "bioner_bilstm_crf": bilstm_crf,
    "bioner_bilstm_crf, in parts": bilstm_crf_in_parts,
    "bioner_bilstm_crf, in layers": bilstm_crf_in_layers,
    "bioner_biobert": biobert,
    "bioner_tagger": tagger,
    "bioner_bilm": bilm,
    "bioner_sentences": sentence_splitter,
    "bioner_relations": relations,
    "bioner_relations, transformer": relations_transformer,
    "bioner_abbreviations": abbreviations,
    "bioner_answers": answers,
    "bioner_linker": linker,
    "bioner_linker, by vectors": linker_by_vectors,
    "bioner_merge": merge,
    "bioner_agreement": agreement,
}


class Near(float):
    """A number that equals others close to it: floats differ a little between batches, rounded ones now and then."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and isclose(self, other, rel_tol=1e-3, abs_tol=2e-3)

    __hash__ = None  # type: ignore[assignment]


def result(doc: Doc) -> tuple[Any, ...]:
    """Return all that our components write into a document; scores compare as ``Near``."""
    group = doc.spans.get("bioner")
    spans, scores = ([], []) if group is None else (list(group), group.attrs["scores"])
    found = [(s.start, s.end, s.label_, s.kb_id_, s.id_, Near(p)) for s, p in zip(spans, scores, strict=True)]
    ents = [(ent.start, ent.end, ent.label_, ent.kb_id_) for ent in doc.ents]
    related = [(r.head.start, r.tail.start, r.label, r.id, Near(r.score)) for r in get_relations(doc)]
    language_model = {key: Near(value) for key, value in doc.user_data.get("bioner_bilm", {}).items()}
    abbreviations = [(s.start, s.end, s.label_, s.id_) for s in doc.spans.get("bioner_abbreviations", ())]
    replies = sorted((one.start, one.end, Near(one.score)) for one in get_answers(doc))
    candidates = [] if group is None else group.attrs.get("candidates", [])
    linked = [[(concept, Near(score)) for concept, score in one] for one in candidates]
    return ents, found, abbreviations, language_model, [token.is_sent_start for token in doc], replies, linked, related
