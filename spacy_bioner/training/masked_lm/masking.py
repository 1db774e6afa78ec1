"""Masking: the choice of the pieces to predict, single pieces or whole words.

The collators of ``transformers`` recognise whole words by WordPiece's ``##`` only. Here the words are known for every
tokenizer, because the text is split into words before these are split into pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .data import Input

IGNORED = -100
"""Label of a piece that is not to be predicted."""

MASKED, RANDOM = 0.8, 0.1
"""Of the pieces to be predicted, the share that is replaced by the mask, and by a random piece (Devlin et al. 2019)."""


class WholeWordCollator:
    """Pads inputs to a batch, and masks all pieces of a word or none.

    Words are drawn in random order until the share ``mask`` of an input's pieces is reached; a word that would exceed
    it is skipped, as in BERT's whole word masking. At least one word per input is masked. The collator has a random
    generator of its own, seeded with ``seed``.
    """

    def __init__(self, tokenizer: Any, mask: float, seed: int) -> None:
        self.tokenizer = tokenizer  # the Trainer saves this attribute with each checkpoint
        self.mask = mask
        self.draw = np.random.default_rng(seed)

    def __call__(self, inputs: Sequence[Input]) -> dict[str, Any]:
        """Return ``input_ids``, ``attention_mask`` and ``labels``, each of shape (inputs, pieces of the longest)."""
        import torch

        shape = len(inputs), max(len(one["input_ids"]) for one in inputs)
        ids = np.full(shape, self.tokenizer.pad_token_id, dtype=np.int64)
        attention, labels = np.zeros(shape, dtype=np.int64), np.full(shape, IGNORED, dtype=np.int64)
        for row, one in enumerate(inputs):
            pieces = np.array(one["input_ids"], dtype=np.int64)
            chosen = self._choose(np.array(one["words"]))
            labels[row, : len(pieces)][chosen] = pieces[chosen]
            ids[row, : len(pieces)] = self._replace(pieces, chosen)
            attention[row, : len(pieces)] = 1
        batch = {"input_ids": ids, "attention_mask": attention, "labels": labels}
        return {name: torch.from_numpy(values) for name, values in batch.items()}

    def _choose(self, words: np.ndarray) -> np.ndarray:
        """Return a mask of the pieces to predict; special pieces (word -1) are never among them."""
        numbers, sizes = np.unique(words[words >= 0], return_counts=True)
        budget = max(1, round(self.mask * int(sizes.sum())))
        order = self.draw.permutation(len(numbers))
        chosen: list[int] = []
        for place in order.tolist():
            if sizes[place] <= budget:
                chosen.append(numbers[place])
                budget -= sizes[place]
        if not chosen and len(numbers):  # all words are longer than the share: mask the shortest
            chosen.append(numbers[sizes.argmin()])
        return np.isin(words, chosen)

    def _replace(self, pieces: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        #   kind   0 ........... 0.8 ..... 0.9 ..... 1
        #          [MASK]        random    unchanged       BERT's 80/10/10 of the chosen pieces; all keep their label
        kind = self.draw.random(len(pieces))
        others = self.draw.integers(len(self.tokenizer), size=len(pieces))
        shown = np.where(kind < MASKED, self.tokenizer.mask_token_id, pieces)
        shown = np.where((kind >= MASKED) & (kind < MASKED + RANDOM), others, shown)
        return np.where(chosen, shown, pieces)


class PieceCollator:
    """Pads inputs to a batch and masks single pieces: the collator of ``transformers``, which does not see words."""

    def __init__(self, tokenizer: Any, mask: float, seed: int) -> None:
        from transformers import DataCollatorForLanguageModeling

        self.tokenizer = tokenizer
        # With a seed other than 0 it has its own random generator: the same masks after an interruption.
        self.collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=mask, seed=seed)

    def __call__(self, inputs: Sequence[Input]) -> Any:
        """Return the batch of the ``transformers`` collator for the pieces."""
        return self.collate([{"input_ids": one["input_ids"]} for one in inputs])
