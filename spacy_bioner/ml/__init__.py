"""Layers and architectures for thinc, one per file."""
