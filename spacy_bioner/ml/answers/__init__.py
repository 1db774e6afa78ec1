"""Questions and contexts for a network: windows over word pieces, the transformer over them, the best spans."""
