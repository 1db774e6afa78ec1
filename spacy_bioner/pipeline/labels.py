"""The interface of spaCy for components with labels."""

from __future__ import annotations

from typing import Any


class HasLabels:
    """A component for which ``labels`` are all that ``initialize`` needs of the data to create the same rows."""

    labels: Any

    @property
    def label_data(self) -> Any:
        """The labels as ``spacy init labels`` saves them and ``initialize`` accepts them."""
        return self.labels
