"""``bioner_answers``: the component, its gold answers and scores, and a function to ask questions from Python."""
