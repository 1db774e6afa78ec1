"""The LSTM over one sequence on a CPU, at prediction: oneDNN's, with weights in its own order.

torch's LSTM lets oneDNN reorder the weights at each call, which for a sentence takes as long as the products. Here they
are reordered once and kept.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from .arrays import to_torch
from .torch_setup import one_thread

if TYPE_CHECKING:
    from torch import Tensor

_LSTM = 2  # the number that oneDNN has for an LSTM, among recurrent nets
_TOKENS = 32  # a typical sentence: the order of the weights may depend on the length, the result does not


@cache
def can_pack() -> bool:
    """Return whether torch has the operators, which it does not document."""
    import torch

    return (
        torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_reorder_mkldnn_rnn_layer_weight")
        and hasattr(torch.ops.aten, "mkldnn_rnn_layer")
    )


class PackedLSTM:
    """A layer's weights in oneDNN's order, packed anew when the arrays of the parameters are replaced.

    An optimizer changes the arrays in place, so a layer that learns must not be packed: see ``forget``. Threads may
    share the object: what it keeps is one tuple, which is read and replaced atomically. It is not copied or saved.
    """

    def __init__(self) -> None:
        self._kept: tuple[Any, Any, list[tuple[Tensor, ...]]] | None = None
        self.has_learnt = False

    def __reduce__(self) -> tuple[Any, ...]:
        return PackedLSTM, ()

    def forget(self) -> None:
        """Drop the packed weights for good, because the layer is trained in this process."""
        self._kept, self.has_learnt = None, True

    def states(self, x: Tensor, W: Any, U: Any, b: Any, *, split: bool) -> Tensor:
        """Return the states over the tokens ``x`` of one sequence: (tokens, 2 * hidden), the forward half first.

        ``W``, ``U`` and ``b`` are the arrays of the parameters that ``lstm.lstm_layer`` takes as tensors.
        """
        import torch

        hidden = U.shape[2]
        zeros = x.new_zeros(1, 1, hidden)
        no_bias = x.new_zeros(4 * hidden)  # oneDNN adds two biases, one of the input and one of the state
        sequence = x.unsqueeze(1)
        inputs = sequence.chunk(2, dim=2) if split else (sequence, sequence)
        with one_thread:
            ways = [
                torch.ops.aten.mkldnn_rnn_layer(
                    *(inputs[d].contiguous(), w, u, bias, no_bias, zeros, zeros),
                    *(d == 1, [], _LSTM, hidden, 1, True, False, False, False),
                )[0]
                for d, ((w, u), bias) in enumerate(zip(self._packed(W, U), to_torch(b).unbind(0), strict=True))
            ]
        return torch.cat(ways, dim=2).squeeze(1)

    def _packed(self, W: Any, U: Any) -> list[tuple[Tensor, ...]]:
        import torch

        kept = self._kept
        if kept is None or kept[0] is not W or kept[1] is not U:
            reorder = torch.ops.mkldnn._reorder_mkldnn_rnn_layer_weight
            shape = [_TOKENS, 1, W.shape[2]]
            ways = enumerate(zip(to_torch(W), to_torch(U), strict=True))
            packed = [tuple(reorder(w, u, U.shape[2], d == 1, True, False, shape)) for d, (w, u) in ways]
            self._kept = kept = W, U, packed
        return kept[2]
