"""Pretrained transformers as token encoders: checkpoints, word pieces, windows and serialisation."""
