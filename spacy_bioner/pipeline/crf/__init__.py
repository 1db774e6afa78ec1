"""``bioner_crf``: features, crfsuite to fit them, and numpy to tag."""
