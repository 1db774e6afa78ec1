"""Abbreviations and their long forms: ``schwartz_hearst`` finds them, ``doc_abbreviations`` stores them on a Doc."""
