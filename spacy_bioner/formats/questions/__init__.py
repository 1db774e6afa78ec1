"""Questions and answers: the files of SQuAD and BioASQ, and their storage on a Doc."""
