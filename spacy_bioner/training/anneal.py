"""A learning rate schedule that ends at zero, for a fixed number of steps without early stopping."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal, get_args

from ..ml.check_settings import check_choice, check_rate, check_share, check_whole

Shape = Literal["linear", "cosine"]


def make_anneal(
    initial_rate: float, total_steps: int = 0, warmup: float = 0.0, shape: Shape = "linear"
) -> Iterator[float]:
    """Yield the learning rate of each step; registered as the schedule ``spacy-bioner.anneal.v1``.

    The rate rises linearly from zero over a warm-up, then falls to zero, linearly or along half a cosine (Loshchilov &
    Hutter 2017, SGDR, eq. 5, without restarts).

    initial_rate: the rate after the warm-up.
    total_steps: number of steps until zero. 0 is filled in by ``spacy-bioner.train_by_epochs.v1``; without that
        callback, as in a notebook, the rate is then constant.
    warmup: share of ``total_steps`` for the warm-up, from 0 to below 1.
    shape: ``linear`` or ``cosine``.

    Raises B623 for invalid values.
    """
    check_rate("anneal", initial_rate=initial_rate)
    check_whole("anneal", least=0, total_steps=total_steps)
    check_share("anneal", below_one=True, warmup=warmup)
    check_choice("anneal", get_args(Shape), shape=shape)
    warmup_steps = total_steps * warmup
    step = 0
    while True:
        if not total_steps:
            yield initial_rate
        elif step < warmup_steps:
            yield initial_rate * (step + 1) / (warmup_steps + 1)  # + 1: the first step must not have a rate of zero
        else:
            done = min(1.0, (step - warmup_steps) / (total_steps - warmup_steps))
            yield initial_rate * (1 - done if shape == "linear" else (1 + math.cos(math.pi * done)) / 2)
        step += 1
