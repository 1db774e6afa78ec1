"""Trials: which an experiment is made of, each in a process of its own, and what they say together."""
