"""What several systems found in one text, joined: votes, priority or scores; their calibration; the component."""
