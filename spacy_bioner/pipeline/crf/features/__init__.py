"""Feature blocks of ``bioner_crf``: one kind of feature per file, and the set that combines them."""
