"""Figures shared by the comparison and the report: pairing, significance, confidence, errors."""
