"""Trials, the trainings of an experiment: their design, data and processes."""
