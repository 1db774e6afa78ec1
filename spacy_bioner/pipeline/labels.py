"""What spaCy asks of a component with labels."""

from __future__ import annotations

from typing import Any


class HasLabels:
    """A component whose ``labels`` are all that ``initialize`` needs of the data to have the same rows again."""

    labels: Any

    @property
    def label_data(self) -> Any:
        """The labels as ``spacy init labels`` saves them and ``initialize`` accepts them."""
        return self.labels
