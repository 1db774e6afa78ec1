"""A pipeline as a small HTTP service: ``app`` answers requests, ``page.html`` is what a person sees."""
