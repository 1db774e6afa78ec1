"""Likely errors of gold annotation: by a model, by strings, by the edges of mentions."""
