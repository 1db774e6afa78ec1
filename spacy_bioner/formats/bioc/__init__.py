"""BioC: ``xml`` and ``json`` read and write the files, ``documents`` is what both hold (Comeau et al. 2013)."""
