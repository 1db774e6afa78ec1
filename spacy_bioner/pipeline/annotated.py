"""Training examples annotated by the earlier components that annotate in training."""

from __future__ import annotations

from collections.abc import Iterable

from spacy.language import Language
from spacy.training import Example

from .training_settings import training_settings


def annotated(examples: Iterable[Example], nlp: Language | None, name: str) -> list[Example]:
    """Return copies of the examples whose predicted documents are annotated by components before ``name`` in ``nlp``.

    These are the components in ``[training] annotating_components``, in the order of the pipeline. The examples
    themselves are not changed.
    """
    examples = list(examples)
    if nlp is None or name not in nlp.pipe_names:
        return examples
    chosen = training_settings(nlp)["annotating_components"]
    earlier = [other for other in nlp.pipe_names[: nlp.pipe_names.index(name)] if other in chosen]
    if not earlier:
        return examples
    docs = [example.predicted.copy() for example in examples]
    for pipe in map(nlp.get_pipe, earlier):
        docs = list(pipe.pipe(docs)) if hasattr(pipe, "pipe") else [pipe(doc) for doc in docs]
    return [Example(doc, example.reference) for doc, example in zip(docs, examples, strict=True)]
