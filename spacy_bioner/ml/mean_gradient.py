"""The gradient of a batch that goes through a network in parts, with one update for all (``accumulate_gradient``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from thinc.api import Model


class MeanGradient:
    """Makes gradients that add up in a network, each of the mean over a part, that of the mean over all parts.

    A batch of one part has its gradient as it is: nothing is multiplied.
    """

    # Held between the parts is    G = sum of count_i * gradient_i / unit,    unit: the count of the last part,
    # so that a part adds its gradient as it comes: a network need not know of how many parts there will be, and what it
    # passes on to a tok2vec that is not its own is the gradient of the part, as spaCy's components pass it on.

    def __init__(self) -> None:
        self._unit = 0
        self._count = 0

    @contextmanager
    def part(self, model: Model, count: int) -> Iterator[None]:
        """Prepare for a part, whose gradient is that of a mean over ``count`` and is added within the context."""
        if self._count and count != self._unit:
            scale_gradients(model, self._unit / count)
        self._unit = count
        yield
        self._count += count

    def finish(self, model: Model) -> None:
        """Make the gradient that of the mean over all parts, before their update; the next part begins a new batch."""
        if self._count and self._count != self._unit:
            scale_gradients(model, self._unit / self._count)
        self._unit = self._count = 0


def scale_gradients(model: Model, factor: float) -> None:
    """Multiply the gradients of a network, also those in the shims of torch networks."""
    for node in model.walk():
        for name in node.grad_names:
            gradient = node.get_grad(name)
            gradient *= factor
        for shim in node.shims:
            for weight in shim._model.parameters() if hasattr(shim._model, "parameters") else ():
                if weight.grad is not None:
                    weight.grad.mul_(factor)
