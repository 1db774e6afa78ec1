"""The bidirectional language model: its head, the model around an encoder, and spaCy's pretraining objective."""
