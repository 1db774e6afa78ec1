"""Figures of runs that both the comparison and the report show: pairs, significance, confidence, errors."""
