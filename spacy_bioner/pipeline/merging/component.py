"""``bioner_merge``: merges the mentions of several components of a pipeline, each with its own span key."""

# No `from __future__ import annotations`: spaCy checks [initialize.components] against the types of `initialize`.

import json
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import logger

from ...documents.concept_ids import join_concepts, split_ids
from ...documents.doc_mentions import mention_id, span_scores
from ...documents.document import Mention
from ...documents.gold import get_gold
from ...errors import BionerError
from ...ml.check_settings import check_choice, check_share, check_text, is_number
from .. import sealed
from ..annotated import annotated
from ..own_group import ScoresOwnGroup
from ..scorer import of_known_gold
from ..set_entities import SPANS_KEY, WholeMention, annotate
from .ballots import Method, Ties, best_mentions, by_priority, by_score, elect, without_overlaps
from .calibration import temper
from .fitting import Fitted, Scored, fit

CALIBRATION_FILE = "calibration.json"


class Merge(ScoresOwnGroup):
    """Set the entities of a Doc, and ``doc.spans[spans_key]``, to the merged mentions of the parts.

    parts: the span keys of the components to merge, in order of priority.
    method: ``score`` keeps the spans whose mean score over the parts is at least the threshold; a part that lacks a
        span counts with the score 0. ``vote`` keeps the spans of at least ``votes`` parts (None: more than half).
        ``priority`` keeps all spans of the first part, and those of each later part that overlap no earlier ones.
    weights: one for each part; None for the fitted weights (equal ones before a fit). threshold: None for the fitted
        one (0.5 before a fit). least: the minimum score of a span for vote and priority.
    ties: where several labels of a place have the most votes: "first", that of the first part, or "drop", none.

    Entities that earlier components set in ``doc.ents`` are replaced. Raises B685 for parts that cannot be merged, and
    B686 for weights or a number of votes that do not fit the number of parts.
    """

    def __init__(
        self,
        name: str = "bioner_merge",
        *,
        parts: Sequence[str] = ("bioner",),
        method: Method = "score",
        votes: int | None = None,
        weights: Sequence[float] | None = None,
        threshold: float | None = None,
        least: float = 0.4,
        ties: Ties = "first",
        spans_key: str = SPANS_KEY,
        scorer: Callable | None = None,
    ) -> None:
        parts = [parts] if isinstance(parts, str) else list(parts)
        for part in parts:
            check_text(name, parts=part)
        check_text(name, spans_key=spans_key)
        check_choice(name, get_args(Method), method=method)
        check_choice(name, get_args(Ties), ties=ties)
        check_share(name, least=least)
        if threshold is not None:
            check_share(name, threshold=threshold)
        if len({*parts, spans_key}) <= len(parts) or not parts:
            raise BionerError("B685", name=name, parts=parts, fault="give each part a span key of its own")
        if votes is not None and (type(votes) is not int or not 1 <= votes <= len(parts)):
            raise BionerError("B686", name=name, setting="votes", value=votes, parts=len(parts))
        given = [weight for weight in weights or () if is_number(weight) and weight >= 0]
        if weights is not None and (len(given) != len(parts) or len(given) != len(weights) or not sum(given)):
            raise BionerError("B686", name=name, setting="weights", value=weights, parts=len(parts))
        self.name = name
        self.parts = parts
        self.method = method
        self.votes = len(parts) // 2 + 1 if votes is None else votes
        self.least = least
        self.ties = ties
        self.spans_key = spans_key
        self.scorer = scorer
        self._weights, self._threshold = weights, threshold
        self._set(Fitted([1.0] * len(parts), [1.0] * len(parts), 0.5, 0.0))
        self._warned: set[str] = set()

    def _set(self, fitted: Fitted) -> None:
        self.fitted = fitted
        self.weights = list(self._weights or fitted.weights)
        self.threshold = fitted.threshold if self._threshold is None else self._threshold

    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Fit a temperature for each part on the examples, and the weights and the threshold that were not given.

        get_examples: development data that no component was trained on: on training data their scores are too high.
        The components in ``[training] annotating_components`` annotate it first.
        Raises B687 if no part found a mention in it.
        """
        examples = annotated(get_examples(), nlp, self.name)
        documents = []
        for example in examples:
            gold = get_gold(example.reference)
            if gold is not None:
                # Only spans are fitted: a gold mention in several parts gets a place that no part can find, as a miss.
                right = {
                    (-m.start, -m.end, m.label) if m.fragments else (m.start, m.end, m.label) for m in gold.mentions
                }
                ballots = [self._ballot(example.predicted, part) for part in self.parts]
                documents.append((right, [_scored(ballot, example) for ballot in ballots]))
        if not any(part for _, parts in documents for part in parts):
            raise BionerError("B687", name=self.name, parts=", ".join(self.parts), examples=len(documents))
        self._set(fit(documents, self._weights))
        logger.info(
            "%s: temperatures %s, weights %s, threshold %.3f",
            self.name,
            ", ".join(f"{part} {value:.2f}" for part, value in zip(self.parts, self.fitted.temperatures, strict=True)),
            ", ".join(f"{part} {value:g}" for part, value in zip(self.parts, self.weights, strict=True)),
            self.threshold,
        )

    def __call__(self, doc: Doc) -> Doc:
        """Merge the mentions of the parts in a Doc."""
        ballots = [self._ballot(doc, part) for part in self.parts]
        if self.method == "score":
            found = by_score(ballots, self.weights, self.threshold, self._calibrate)
        else:
            sure = [_best(ballot, self.least) for ballot in ballots]
            found = by_priority(sure) if self.method == "priority" else self._elected(sure)
        self._write(doc, found)
        return doc

    def _elected(self, ballots: Sequence[Sequence[Mention]]) -> list[Mention]:
        chosen = without_overlaps(elect(ballots, self.votes, self.ties), "votes")
        return [one.mention for one in chosen]

    def _calibrate(self, part: int, score: float) -> float:
        temperature = self.fitted.temperatures[part]
        if temperature == 1.0:
            return score
        return float(temper(np.array(score), temperature))

    def _ballot(self, doc: Doc, part: str) -> list[Mention]:
        """Return the mentions of a part; their offsets count tokens."""
        if part not in doc.spans:
            if part not in self._warned:
                self._warned.add(part)
                warnings.warn(str(BionerError("B688", name=self.name, part=part)), stacklevel=3)
            return []
        group = doc.spans[part]
        scores = span_scores(group)
        several: dict[str, list[tuple[Span, float]]] = {}
        for i, span in enumerate(group):
            several.setdefault(mention_id(span) or f"#{i}", []).append((span, scores[i]))
        return [_mention(spans) for spans in several.values()]

    def _write(self, doc: Doc, found: Sequence[Mention]) -> None:
        plain = [mention for mention in found if not mention.fragments]
        whole: list[WholeMention] = [(m.fragments, m.label, m.score or 0.0) for m in found if m.fragments]
        spans = [Span(doc, m.start, m.end, label=m.label, kb_id=join_concepts(m.concepts)) for m in plain]
        doc.spans.pop(self.spans_key, None)
        annotate(
            doc,
            spans,
            [mention.certainty for mention in plain],
            spans_key=self.spans_key,
            merge_policy="replace",
            whole=whole,
        )

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the fitted values as bytes."""
        return sealed.to_bytes(self._saved(), self._about())

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Merge":
        """Read the fitted values. Raises B580 for invalid bytes."""
        return self._load(sealed.from_bytes(data, self.name, (CALIBRATION_FILE,)), f"{len(data)} bytes")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the fitted values into a folder. Raises B581 if that fails."""
        sealed.write_folder(path, self.name, self._saved(), self._about())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "Merge":
        """Read the fitted values. Raises B580 or B582 if the folder is damaged or the components before it changed."""
        return self._load(sealed.read_folder(path, self.name, (CALIBRATION_FILE,)), path)

    def _about(self) -> dict[str, Any]:
        return {"method": self.method, "parts": ", ".join(self.parts), "threshold": round(self.threshold, 4)}

    def _saved(self) -> dict[str, bytes]:
        one = self.fitted
        content = {"temperatures": one.temperatures, "weights": one.weights, "threshold": one.threshold, "f1": one.f1}
        return {CALIBRATION_FILE: json.dumps(content).encode()}

    def _load(self, saved: sealed.Saved, place: object) -> "Merge":
        with sealed.explain_damage(self.name, place):
            fitted = Fitted(**json.loads(saved.parts[CALIBRATION_FILE]))
            numbers = [*fitted.temperatures, *fitted.weights, fitted.threshold]
            lengths = {len(fitted.temperatures), len(fitted.weights), len(self.parts)}
            if len(lengths) > 1 or not all(is_number(x) and x >= 0 for x in numbers) or not all(fitted.temperatures):
                raise ValueError("the calibration is of other parts, or holds invalid numbers")
            self._set(fitted)
        return self


def _mention(spans: Sequence[tuple[Span, float]]) -> Mention:
    ordered = sorted(spans, key=lambda one: one[0].start)
    first, score = ordered[0]
    parts = [(span.start, span.end) for span, _ in ordered]
    return Mention.of_parts(parts, first.label_, concepts=split_ids(first.kb_id_), score=score)


def _scored(mentions: Iterable[Mention], example: Example) -> list[Scored]:
    """Return the mentions in one part that a score is of, with character offsets and scores."""
    doc = example.predicted
    spans = [(doc[m.start : m.end], m) for m in mentions if not m.fragments]
    found = [Mention(span.start_char, span.end_char, m.label, score=m.certainty) for span, m in spans]
    return [(m.start, m.end, m.label, m.certainty) for m in of_known_gold(found, example.reference)]


def _best(mentions: Sequence[Mention], least: float) -> list[Mention]:
    """Return the mentions with at least this score, and of overlapping ones the best."""
    return best_mentions([mention for mention in mentions if mention.score is None or mention.score >= least])
