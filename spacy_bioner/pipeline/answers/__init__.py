"""``bioner_answers``: gold answers as word pieces, the component, its scores, questions from Python."""
