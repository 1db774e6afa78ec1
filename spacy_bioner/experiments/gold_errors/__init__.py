"""Likely errors of gold annotation: by a model, by repeated strings, by boundaries of similar mentions."""
