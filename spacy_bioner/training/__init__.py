"""Corpus readers, batching, learning rate schedules, loggers and callbacks for ``spacy train``."""
