"""What turns scores of tags into tags: the linear-chain CRF and the softmax head, and their losses."""
