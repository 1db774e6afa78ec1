"""Twice the input takes about twice the time: the times of two sizes, compared with one another, never with a clock."""

import gc
import time

FACTOR, LIMIT = 8, 24
"""From a base size to eight times of it, linear time grows 8-fold and quadratic time 64-fold."""


def timed(function, *values):
    """Return the processor time of one call, without garbage collection.

    A collection looks at all objects of the process, most of which belong to other tests; only large inputs cause one.
    """
    gc.disable()
    try:
        start = time.process_time()
        function(*values)
        return time.process_time() - start
    finally:
        gc.enable()


def best(function, value):
    """Return the least processor time of three runs, and of more if they are short."""
    times = []
    while len(times) < 3 or (len(times) < 20 and sum(times) < 0.05):
        times.append(timed(function, value))
    return min(times)


def check_growth(seconds, size, least=0.0005):
    """Fail if ``seconds(n)`` grows as the square of n. Times below ``least`` are too short to be compared."""
    for _ in range(3):  # a machine that was busy just then is asked again
        small, large = seconds(size), seconds(FACTOR * size)
        if large <= LIMIT * max(small, least):
            return
    assert large <= LIMIT * small, f"{FACTOR} times the input took {large / small:.0f} times as long"
