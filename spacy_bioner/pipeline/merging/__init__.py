"""Merging of the mentions of several systems by votes, priority or scores; their calibration; the component."""
