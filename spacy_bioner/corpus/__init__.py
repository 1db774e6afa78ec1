"""Operations on Documents: audit, splitting, relabelling, overlap, conversion, silver standards."""
