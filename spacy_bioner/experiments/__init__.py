"""Measured runs: the evaluation of a pipeline on a corpus, and what compares them."""
