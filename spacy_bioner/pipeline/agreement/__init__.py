"""One label for one form through a document: ``forms`` finds forms, ``component`` is ``bioner_agreement``."""
