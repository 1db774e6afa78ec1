"""The model card of a pipeline (Mitchell et al. 2019): contents, scores, limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import srsly
from spacy.language import Language

from ..errors import BionerError
from ..formats.output_places import check_file
from ..formats.text_io import encoded, open_output, write_json
from ..pipeline.answers.component import AnswerFinder
from ..pipeline.load import load_pipeline
from ..pipeline.relations.component import RelationExtractor
from ..pipeline.requirements import state_requirements
from ..scoring import without_entities
from ..tags import BIOHD
from ..text_tables import escape_markdown, percent, size_text
from .tables import Metrics, read_metrics

FEW = 100
"""Number of gold mentions of a type below which the card calls its score uncertain."""

LIMITS_OF = {
    "bioner_dictionary": "It finds the terms it contains and no others, whatever they mean in the context.",
    "bioner_crf": "It reads single sentences and relies on word forms; it misses names unlike those in training.",
    "bioner_tagger": "It reads single sentences, without the context of the rest of the text.",
}
LIMITS_OF["bioner_relations"] = (
    "It relates entities that earlier components find: what these miss is in no relation, and it considers only the "
    "pairs of types, and the distance in sentences, that it was set to."
)
LIMITS_OF["bioner_answers"] = (
    "Its answers are words of the text that it is given. It does not know whether the text is true, and unless "
    "null_threshold is set it answers from any text."
)
LIMITS_OF["entity_ruler"] = LIMITS_OF["span_ruler"] = LIMITS_OF["bioner_dictionary"]
LIMITS_OF["bioner_bilstm_crf"] = LIMITS_OF["bioner_biobert"] = LIMITS_OF["bioner_tagger"]

_SOURCE = ("name", "url", "license", "author")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that only the author knows. sources: "NAME|URL|LICENSE|AUTHOR"; only the name is required."""

    data: str | None = None
    test: str | None = None
    sources: Sequence[str] = field(default_factory=list)
    license: str | None = None
    author: str | None = None
    url: str | None = None
    name: str | None = None
    version: str | None = None
    use: str | None = None
    limits: Sequence[str] = field(default_factory=list)


def write_card(
    model: Path, facts: Facts, *, metrics: Path | None = None, output: Path | None = None
) -> tuple[Path, list[str]]:
    """Write the card of the pipeline in a folder; return its path, and the names of missing facts.

    metrics: scores on test data, as ``spacy bioner evaluate --output`` writes them. output: by default README.md in
    the folder. Description, sources, notes, licence, author, address, name and version, as far as they are known, and
    the requirements are added to meta.json there; ``spacy package`` includes both files in the package.

    Raises B101 if a file cannot be written, B804 if no pipeline can be loaded, B801 and B802 for missing or invalid
    metrics, B822 for an invalid source.
    """
    path = output or model / "README.md"
    check_file(path)
    check_file(model / "meta.json")
    nlp = load_pipeline(model)
    scores = next(iter(read_metrics([metrics]).values())) if metrics else None
    sources = [_source(text) for text in facts.sources]
    state_requirements(nlp)
    meta = {**srsly.read_json(model / "meta.json"), "requirements": nlp.meta.get("requirements", [])}
    for key in ("license", "author", "url", "name", "version"):
        meta[key] = getattr(facts, key) or meta.get(key, "")
    meta["sources"] = sources or meta.get("sources") or []
    size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    meta["description"] = meta.get("description") or describe(nlp)
    card = render(nlp, meta, facts, scores, size)
    meta["notes"] = card[card.index("\n## ") + 1 :]
    write_json(model / "meta.json", meta)
    with open_output(path) as file:
        file.write(encoded(card, path))
    stated = {"data": facts.data, "test": facts.test or not metrics, "metrics": metrics}
    stated |= {"license": meta["license"], "author": meta["author"]}
    return path, [f"--{name}" for name, value in stated.items() if not value]


def _source(text: str) -> dict[str, str]:
    parts = [part.strip() for part in text.split("|")]
    if not parts[0] or len(parts) > len(_SOURCE):
        raise BionerError("B822", source=text)
    return dict(zip(_SOURCE, [*parts, *[""] * (len(_SOURCE) - len(parts))], strict=True))


def labels_of(nlp: Language) -> list[str]:
    """Return the entity types of the components of a pipeline, in alphabetical order."""
    return sorted({label for name, labels in nlp.pipe_labels.items() for label in labels if _finds(nlp, name)})


def _finds(nlp: Language, name: str) -> bool:
    return "doc.ents" in nlp.get_pipe_meta(name).assigns


def describe(nlp: Language) -> str:
    """Return sentences on what the pipeline finds, relates and answers, with the components that do it."""
    found = labels_of(nlp)
    finders = [nlp.get_pipe_meta(name).factory for name in nlp.pipe_names if _finds(nlp, name)]
    relations, answers = relations_of(nlp), answers_of(nlp)
    sentences = []
    if finders or not (relations or answers):
        by = " and ".join(finders) or "no component"
        sentences.append(f"Finds mentions of {', '.join(found) or 'nothing yet'} in text, by {by}.")
    if relations:
        pairs = ", ".join(dict.fromkeys(f"{head} -> {tail}" for pipe in relations for head, tail in pipe.scope.pairs))
        sentences.append(
            f"Relates entities ({pairs or 'no types yet'}) as {', '.join(_related(nlp)) or 'nothing yet'}, by "
            "bioner_relations."
        )
    if answers:
        sentences.append("Answers questions by words of a text, by bioner_answers.")
    return " ".join(sentences)


def relations_of(nlp: Language) -> list[RelationExtractor]:
    """Return the components for relations of a pipeline."""
    return [pipe for _, pipe in nlp.pipeline if isinstance(pipe, RelationExtractor)]


def answers_of(nlp: Language) -> list[AnswerFinder]:
    """Return the components for answers of a pipeline."""
    return [pipe for _, pipe in nlp.pipeline if isinstance(pipe, AnswerFinder)]


def _related(nlp: Language) -> list[str]:
    return sorted({label for pipe in relations_of(nlp) for label in pipe.labels})


def _uses(nlp: Language) -> str:
    """Return the use that the components are made for."""
    found, related = labels_of(nlp), _related(nlp)
    parts = [f"finding mentions of {', '.join(found)}"] if found else []
    parts += [f"relating {'them' if found else 'entities'} as {', '.join(related)}"] if related else []
    parts += ["answering questions"] if answers_of(nlp) else []
    text = " and ".join(parts) or "finding nothing yet"
    return text[0].upper() + text[1:]


def limits_of(nlp: Language, metrics: Metrics | None) -> list[str]:
    """Return the limitations: of the components, of the scores, and of any such pipeline."""
    factories = [nlp.get_pipe_meta(name).factory for name in nlp.pipe_names]
    limits = list(dict.fromkeys(LIMITS_OF[factory] for factory in factories if factory in LIMITS_OF))
    pipes = [pipe for _, pipe in nlp.pipeline]
    finds = any(_finds(nlp, name) for name in nlp.pipe_names)
    if finds and not any(getattr(pipe, "layered", False) for pipe in pipes):
        limits.append("It finds one of several nested mentions.")
    if (
        finds
        and BIOHD not in (getattr(pipe, "scheme", "") for pipe in pipes)
        and "bioner_coordination" not in factories
    ):
        limits.append("It finds no discontinuous mentions.")
    metrics = metrics or {}
    if _scored(metrics):
        missed, wrong = 1 - metrics["ents_r"], 1 - metrics["ents_p"]
        limits.append(
            f"On the test data it missed {100 * missed:.0f} of 100 gold mentions, and {100 * wrong:.0f} of 100 "
            "predicted entities were not exactly right."
        )
        if metrics.get("ents_unreachable"):
            limits.append(
                "Gold mentions of the test data that no pipeline with these tokens can find, as they start or end "
                f"inside a token: {metrics['ents_unreachable']}."
            )
        for label, counts in (metrics.get("ents_per_type") or {}).items():
            mentions = counts.get("tp", 0) + counts.get("fn", 0)
            if mentions < FEW:
                limits.append(f"The score of {label} is uncertain, because its gold mentions are few: {mentions:g}.")
    if metrics.get("relations_f") is not None:
        missed, wrong = 1 - metrics["relations_r"], 1 - metrics["relations_p"]
        limits.append(
            f"On the test data it missed {100 * missed:.0f} of 100 gold relations, and {100 * wrong:.0f} of 100 "
            f"predicted relations were wrong{', between gold entities' if metrics.get('gold_entities') else ''}."
        )
    if metrics.get("gold_entities"):
        limits.append("It was tested on gold entities: expect lower scores where a program finds the entities.")
    if metrics.get("answers_em") is not None:
        wrong = 1 - metrics["answers_em"]
        limits.append(f"On the test data {100 * wrong:.0f} of 100 answers were not exactly right.")
    others = ("relations_f", "concepts_f", "answers_em")
    if not (_scored(metrics) or any(metrics.get(name) is not None for name in others)):
        limits.append("It has no scores on test data: evaluate it on text like yours before you rely on it.")
    limits.append("Expect lower scores on text of another kind or time than its training data.")
    return limits


def render(nlp: Language, meta: Mapping[str, Any], facts: Facts, metrics: Metrics | None, size: int = 0) -> str:
    """Return the card in Markdown. size: bytes of the pipeline's files; 0 leaves it out."""
    from jinja2 import Environment, StrictUndefined

    use = facts.use or (
        f"{_uses(nlp)} in text like its training data, in research and in other work whose results are checked by "
        "people. It has not been validated for clinical decisions."
    )
    package = meta.get("name") or "pipeline"
    if not package.startswith(f"{nlp.lang}_"):  # as spacy package names it
        package = f"{nlp.lang}_{package}"
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["md"] = escape_markdown
    template = environment.from_string(files(__package__).joinpath("card.md").read_text(encoding="utf8"))
    values = {key: meta.get(key, "") for key in ("description", "version", "license", "author", "url")}
    return template.render(
        title=package,
        package=package,
        lang=nlp.lang,
        pipeline=", ".join(f"{name} ({nlp.get_pipe_meta(name).factory})" for name in nlp.pipe_names),
        labels=labels_of(nlp),
        related=_related(nlp),
        answers=bool(answers_of(nlp)),
        vectors=_vectors(nlp),
        size=size_text(size) if size else "",
        speed=f"{speed:,.0f} tokens per second where it was tested" if (speed := (metrics or {}).get("speed")) else "",
        requires=", ".join([f"spaCy {meta.get('spacy_version', '')}", *meta["requirements"]]),
        scored=_spans_key(nlp) is not None,
        spans_key=_spans_key(nlp),
        use=use,
        data=facts.data,
        test=facts.test,
        sources=meta["sources"],
        rows=_rows(metrics, "ents") if metrics and _scored(metrics) else [],
        relation_rows=_rows(metrics, "relations") if metrics and metrics.get("relations_f") is not None else [],
        concept_rows=_rows(metrics, "concepts") if metrics and metrics.get("concepts_f") is not None else [],
        gold_entities=bool(metrics and metrics.get("gold_entities")),
        answer_rows=_answer_rows(metrics) if metrics and metrics.get("answers_em") is not None else [],
        documents=f"{(metrics or {}).get('documents', 0):,}",
        tokens=f"{(metrics or {}).get('tokens', 0):,}",
        limits=[*limits_of(nlp, metrics), *facts.limits],
        **values,
    )


def _spans_key(nlp: Language) -> str | None:
    keys = (getattr(component, "spans_key", None) for _, component in nlp.pipeline)
    return next((key for key in keys if key), None)


def _vectors(nlp: Language) -> str:
    rows, width = nlp.vocab.vectors.shape if nlp.vocab.vectors_length else (0, 0)
    return f"{rows:,} of {width} dimensions" if rows else "none"


def _scored(metrics: Metrics) -> bool:
    """Return whether there are scores of entities: not of given ones, nor of a corpus of questions without any."""
    return metrics.get("ents_f") is not None and not without_entities(metrics)


def _answer_rows(metrics: Metrics) -> list[list[str]]:
    names = {"answers_em": "exact match", "answers_f1": "F1"}
    names |= {f"bioasq_{key}": f"BioASQ, {key}" for key in ("strict", "lenient", "mrr")}
    return [[name, percent(metrics[key])] for key, name in names.items() if metrics.get(key) is not None]


def _rows(metrics: Metrics, task: str) -> list[list[str]]:
    named = [*(metrics.get(f"{task}_per_type") or {}).items()]
    named.append(("all", {**{k: metrics.get(f"{task}_{k}") for k in "prf"}, **(metrics.get(f"{task}_counts") or {})}))
    return [
        [name, *(percent(row.get(k)) for k in "prf"), *(f"{row.get(k, 0):g}" for k in ("tp", "fp", "fn"))]
        for name, row in named
    ]
