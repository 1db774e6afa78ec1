"""Masked language modelling: how a transformer learns the language of a domain."""
