"""Tokenizers that keep every character, and a sentence splitter that needs no download."""
