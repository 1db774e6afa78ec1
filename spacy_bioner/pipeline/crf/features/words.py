"""The word itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ....ml.check_settings import check_choice
from .block import WordBlock

Form = Literal["text", "lower", "digits"]


@dataclass(kw_only=True)
class WordFeatures(WordBlock):
    """``spacy-bioner.WordFeatures.v1``: one feature.

    form: the word as it stands (``text``), in lower case (``lower``), or so and with every digit as 0 (``digits``).
    """

    form: Form = "text"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("WordFeatures", get_args(Form), form=self.form)

    def of_word(self, word: str) -> list[str]:
        """Return the word in its form."""
        if self.form != "text":
            word = word.lower()
        if self.form == "digits":
            word = "".join("0" if char.isdigit() else char for char in word)
        return [f"{self.form}={word}"]
