"""Selection of the documents or sentences to annotate next (active learning)."""
