"""A pipeline as a small HTTP service: ``app`` answers requests, ``page.html`` is its web page."""
