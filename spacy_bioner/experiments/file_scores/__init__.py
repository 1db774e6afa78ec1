"""Scores of annotated files against each other: ``matching``, ``scores``, ``agreement``, ``adjudication``."""
