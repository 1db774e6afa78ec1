"""Abbreviations and what they stand for: ``schwartz_hearst`` finds, ``doc_abbreviations`` keeps them on a Doc."""
