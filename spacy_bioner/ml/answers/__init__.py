"""Extractive question answering: windows over word pieces, the transformer over them, the best spans."""
