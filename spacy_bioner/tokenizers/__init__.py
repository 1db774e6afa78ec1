"""Tokenizers that keep the text unchanged, and a sentence splitter that needs no download."""
