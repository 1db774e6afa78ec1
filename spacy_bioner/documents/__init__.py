"""Documents as values, and what they are in spaCy's Docs: tokens, mentions, relations, questions, gold annotation."""
