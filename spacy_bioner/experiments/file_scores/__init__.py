"""Two sets of annotated files scored against one another: ``matching``, ``scores``, ``agreement``."""
