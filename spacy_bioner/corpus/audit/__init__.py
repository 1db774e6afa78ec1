"""Contents and faults of a corpus: counts, tokens that a tokenizer splits differently, word pieces, text tables."""
