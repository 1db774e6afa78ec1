"""Decoders from tag scores to tags, the linear-chain CRF and the softmax head, with their losses."""
