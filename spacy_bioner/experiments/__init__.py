"""Evaluation of pipelines on corpora, and comparison of their runs."""
