"""What training needs besides spaCy: corpora, batches, schedules and callbacks."""
