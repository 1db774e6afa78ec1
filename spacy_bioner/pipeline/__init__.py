"""The pipeline components, one per file."""
