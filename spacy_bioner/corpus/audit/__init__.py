"""What is in a corpus, and what is wrong with it: counts, word pieces, and both as tables of text."""
