"""Trials in the test's own process: each process of theirs takes seconds to start."""

from spacy_bioner.experiments.trials.worker import read_trial, run_trial


def trials_here(planned, jobs, launch, watch):
    """Stand in for ``runner._in_processes``."""
    for trial, make_parts in planned:
        trial.prepare(make_parts())
        yield trial, run_trial(read_trial(trial.path))
