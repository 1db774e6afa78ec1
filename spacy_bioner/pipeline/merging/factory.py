"""The factory ``bioner_merge`` and its defaults."""

# No `from __future__ import annotations`: spaCy checks the config against the types of the factory.

from collections import Counter
from collections.abc import Callable

from spacy.language import Language

from ...errors import BionerError
from ..set_entities import SPANS_KEY
from .ballots import Method, Ties
from .component import Merge


@Language.factory(
    "bioner_merge",
    assigns=["doc.ents", "doc.spans", "token.ent_iob", "token.ent_type", "token.ent_kb_id"],
    default_config={
        "parts": ["dictionary", "ner"],
        "method": "score",
        "votes": None,
        "weights": None,
        "threshold": None,
        "least": 0.4,
        "ties": "first",
        "spans_key": SPANS_KEY,
        "scorer": {"@scorers": "spacy-bioner.exact_span_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_merge(
    nlp: Language,
    name: str,
    parts: list[str],
    method: Method,
    votes: int | None,
    weights: list[float] | None,
    threshold: float | None,
    least: float,
    ties: Ties,
    spans_key: str,
    scorer: Callable | None,
) -> Merge:
    """Return the component; its settings are those of ``Merge``. Raises B685 for two components with one span key."""
    writers = Counter(key for _, pipe in nlp.components if isinstance(key := getattr(pipe, "spans_key", None), str))
    for part in parts:
        if writers[part] > 1:
            fault = f"{writers[part]} components write to doc.spans['{part}']: give each a span key of its own"
            raise BionerError("B685", name=name, parts=parts, fault=fault)
    return Merge(
        name,
        parts=parts,
        method=method,
        votes=votes,
        weights=weights,
        threshold=threshold,
        least=least,
        ties=ties,
        spans_key=spans_key,
        scorer=scorer,
    )
