"""What is done to Documents: audit, splitting, relabelling, overlap, conversion, silver standards."""
