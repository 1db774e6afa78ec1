"""The scorer of a component reads the span group that the component writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from spacy.pipeline import Pipe
from spacy.training import Example


class ScoresOwnGroup(Pipe):
    """A component that hands its ``spans_key`` to its scorer, as spaCy does with ``labels``."""

    spans_key: str

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Score Examples with the component's scorer, which a ``spans_key`` in ``kwargs`` points to another group."""
        return super().score(examples, **{"spans_key": self.spans_key, **kwargs})
