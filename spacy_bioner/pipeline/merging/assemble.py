"""Combine the recognisers of several trained pipelines, each with its own span key, before a ``bioner_merge``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from spacy.language import Language
from spacy.util import get_lang_class

from ...errors import BionerError
from ..sealed import digest_vectors
from .component import Merge

MERGE = "merge"
CANDIDATES = 0.02
"""Minimum probability of the spans that a part gives to a merge by score."""


def join_pipelines(parts: Mapping[str, Language], **settings: Any) -> Language:
    """Return a pipeline of the parts' recognisers and a ``bioner_merge`` named ``merge``, not yet fitted.

    parts: trained pipelines in order of priority; each name becomes the name and the span key of a recogniser. The
        tokenizer and the vocabulary come from the first pipeline with word vectors, or from the first if none has them.
        settings: of ``bioner_merge``.

    The components before the recognisers, such as ``bioner_sentences``, come first, each once. Those after them are
    left out, with a warning (B885). For a merge by score, CRFs and taggers are set to give all spans of at least
    ``CANDIDATES`` probability. Raises B881 for a pipeline without a recogniser of this package, or with several, and
    B882 for parts with different word vectors, tokenizers, or components of one name before their recognisers; B886 for
    a part with the name of another component.
    """
    base = next((nlp for nlp in parts.values() if _vectors(nlp)), next(iter(parts.values())))
    plain = {
        "lang": base.lang,
        "tokenizer": base.config.interpolate()["nlp"]["tokenizer"],
        "batch_size": base.batch_size,
    }
    joined = get_lang_class(str(base.lang)).from_config({"nlp": {**plain, "pipeline": []}}, vocab=base.vocab)
    joined.tokenizer.from_bytes(base.tokenizer.to_bytes())  # type: ignore[union-attr]
    recognisers = {name: _recogniser(name, nlp) for name, nlp in parts.items()}
    for own, nlp in parts.items():
        place = nlp.pipe_names.index(recognisers[own])
        for name in nlp.pipe_names[:place]:
            if name not in joined.pipe_names:
                _add(joined, nlp, name, name)
            elif not _alike(joined, nlp, name):
                raise BionerError("B882", name=own, what=f"a component '{name}'")
        if after := nlp.pipe_names[place + 1 :]:
            warnings.warn(str(BionerError("B885", name=own, components=", ".join(after))), stacklevel=2)
    taken = [*joined.pipe_names, MERGE]
    if clash := next((own for own in parts if own in taken), ""):
        raise BionerError("B886", name=clash, components=", ".join(taken))
    by_score = settings.get("method", "score") == "score"
    for own, nlp in parts.items():
        if _vectors(nlp) not in ("", _vectors(base)):
            raise BionerError("B882", name=own, what="word vectors")
        if nlp.config.interpolate()["nlp"]["tokenizer"] != plain["tokenizer"]:
            raise BionerError("B882", name=own, what="a tokenizer")
        given = nlp.config.interpolate()["components"][recognisers[own]]
        changed: dict[str, Any] = {"spans_key": own}
        if by_score and given["factory"] == "bioner_crf" and given.get("threshold") is not None:
            changed["threshold"] = CANDIDATES
        elif by_score and "alternatives" in given:
            changed["alternatives"] = CANDIDATES
        _add(joined, nlp, recognisers[own], own, **changed)
    joined.add_pipe("bioner_merge", name=MERGE, config={"parts": list(parts), **settings})
    joined._link_components()  # a tagger over a shared transformer listens to it, as after loading
    return joined


def calibrate_as(nlp: Language, other: Language) -> None:
    """Copy the fitted values of another pipeline's ``bioner_merge``. Raises B883 if it has none or several."""
    found = [pipe for _, pipe in other.pipeline if isinstance(pipe, Merge)]
    if len(found) != 1:
        raise BionerError("B883", components=", ".join(other.pipe_names))
    merge: Any = nlp.get_pipe(MERGE)
    merge.from_bytes(found[0].to_bytes())


def _recogniser(name: str, nlp: Language) -> str:
    found = [
        own
        for own, pipe in nlp.pipeline
        if isinstance(getattr(pipe, "spans_key", None), str) and "doc.ents" in nlp.get_pipe_meta(own).assigns
    ]
    if len(found) != 1:
        raise BionerError("B881", name=name, number=len(found), components=", ".join(nlp.pipe_names) or "none")
    return found[0]


def _add(joined: Language, nlp: Language, name: str, own: str, **changed: Any) -> None:
    """Add a copy of a component with other settings."""
    config = {**nlp.config.interpolate()["components"][name], **changed}
    pipe: Any = joined.add_pipe(config.pop("factory"), name=own, config=config)
    source: Any = nlp.get_pipe(name)
    if hasattr(pipe, "from_bytes") and hasattr(source, "to_bytes"):
        pipe.from_bytes(source.to_bytes())


def _alike(one: Language, other: Language, name: str) -> bool:
    """Return whether a component has the same settings and content in two pipelines."""
    settings = [nlp.config.interpolate()["components"][name] for nlp in (one, other)]
    pipes: list[Any] = [nlp.get_pipe(name) for nlp in (one, other)]
    content = [pipe.to_bytes() if hasattr(pipe, "to_bytes") else b"" for pipe in pipes]
    return settings[0] == settings[1] and content[0] == content[1]


def _vectors(nlp: Language) -> str:
    vectors = nlp.vocab.vectors
    return digest_vectors(vectors.data, vectors.key2row) if vectors.shape[0] else ""
