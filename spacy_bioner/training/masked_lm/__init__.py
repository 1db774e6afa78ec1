"""Masked language modelling: pretraining of a transformer on domain text."""
