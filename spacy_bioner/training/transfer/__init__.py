"""Weight transfer by row names, and freezing of layers."""
