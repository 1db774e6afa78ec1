"""Comparison of systems by their runs: significance, overlap, errors by kind, calibration."""
