"""Contents and faults of a corpus: counts, word pieces, and both as tables of text."""
