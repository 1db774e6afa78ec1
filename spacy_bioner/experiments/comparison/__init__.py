"""Systems compared on the runs they left: significance, overlap, errors by kind, the worth of scores."""
