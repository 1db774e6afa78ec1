"""BioC (Comeau et al. 2013): ``xml`` and ``json`` read and write files, ``documents`` converts their content."""
