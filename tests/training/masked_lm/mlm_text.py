"""A text and its words, for the tests of masked language modelling."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
NAMES = ["asthma", "aspirin", "breast cancer", "carcinoma", "hepatitis"]
LINES = [f"the {NAMES[i % 5]} of {NAMES[i // 5 % 5]} is common in {i % 7} of {i % 11} cases" for i in range(450)]
