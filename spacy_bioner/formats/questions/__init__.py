"""Questions to texts: SQuAD's and BioASQ's files, questions on a Doc, answers found in a text."""
