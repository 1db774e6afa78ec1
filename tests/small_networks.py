"""The sizes of a small encoder over words and characters."""

ENCODER = {
    "@architectures": "spacy-bioner.CharCnnBiLSTM.v1",
    "hidden": 6,
    "word_width": 5,
    "char_dim": 4,
    "max_char_width": 3,
    "filters_per_width": 4,
    "directions": "independent",
    "numbers": "keep",
}
