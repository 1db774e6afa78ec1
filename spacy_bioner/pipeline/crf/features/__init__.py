"""Feature blocks of ``bioner_crf``: one kind of feature a file, and the set that plugs them together."""
