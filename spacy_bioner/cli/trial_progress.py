"""Progress of trials: how many are done, the training steps of the running ones, and the remaining time."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..experiments.trials.worker import Trial

FIRST = 10.0
"""Seconds before anything is shown: short trials need no progress."""
BAR = "{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} trials [{elapsed}<{remaining}{postfix}]"


class TrialProgress:
    """Shows the progress on stderr: a bar in a terminal, a line a minute in a file; use it as a context.

    A running trial counts by its share of the training steps. The remaining time assumes that the other trials take as
    long, on average.

    before, total: the number of trials that were run before these, and of all.
    """

    def __init__(self, before: int, total: int) -> None:
        from tqdm import tqdm

        self.done = before
        self.terminal = sys.stderr.isatty()
        self.next = monotonic() + FIRST
        # An infinite delay: the bar is drawn by `watch` alone. No smoothing: the speed is the mean of the whole time.
        self.bar: Any = tqdm(
            total=total, initial=before, delay=float("inf"), smoothing=0, dynamic_ncols=True, bar_format=BAR
        )

    def __enter__(self) -> TrialProgress:
        return self

    def __exit__(self, *_: Any) -> None:
        self._clear()
        self.bar.close()

    def watch(self, running: Sequence[Trial]) -> None:
        """Show the progress, if it is time to. Called about once a second with the running trials."""
        if monotonic() < self.next:
            return
        steps = [trial.steps() for trial in running]
        self.bar.n = round(self.done + sum(done / of for done, of in steps), 2)
        texts = []
        for trial, (done, of) in zip(running, steps, strict=True):
            # The system, its fold or size if it has one, and the seed.
            name = "/".join(trial.path.parts[-3 if trial.path.parent.name.startswith(("fold-", "size-")) else -2 :])
            texts.append(f"{name}: {done:,} of {of:,} steps" if done else name)
        self.bar.set_postfix_str("; ".join(texts), refresh=False)
        if self.terminal:
            self.bar.refresh()
        else:
            print(self.bar, file=sys.stderr, flush=True)
        self.next = monotonic() + (1 if self.terminal else 60)

    def finish(self, line: str, existing: bool) -> None:
        """Count a trial that is done, and print its line; one that ``existing`` says was there tells no speed."""
        self._clear()
        print(line, flush=True)
        self.done += 1
        self.bar.initial += existing

    def _clear(self) -> None:
        if self.terminal:
            self.bar.clear()
