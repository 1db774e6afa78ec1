"""Concepts of mentions: a table of names, an index of their character n-grams, the candidates, the component."""
