"""The Trainer of ``transformers`` for masked language modelling; imported only when it is needed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from transformers.trainer import Trainer
from transformers.trainer_callback import PrinterCallback, TrainerCallback


class MaskedLMTrainer(Trainer):
    """A Trainer that computes the loss for the masked pieces only and always evaluates on the same held-out pieces.

    dev: batches of the collator. report: called with the step and the figures of each row of the log.
    """

    def __init__(
        self,
        network: Any,
        arguments: Any,
        collator: Any,
        stream: Any,
        dev: list[dict[str, Any]],
        report: Callable[[dict[str, float]], None],
    ) -> None:
        super().__init__(network, arguments, collator, stream, dev, callbacks=[_Reporter(report)])
        # The loss is the mean of its own part of the batch, so the Trainer must divide it by the number of parts. It
        # does not where the network's forward takes further keywords: such a network could use the number of items.
        self.model_accepts_loss_kwargs = False
        self.dev = dev
        self.remove_callback(PrinterCallback)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Return the mean loss of the masked pieces of a batch."""
        total, number = masked_loss(model, inputs)
        return total / number.clamp(min=1)

    def compute_loss_context_manager(self) -> torch.autocast:
        """Return the context of the losses: products in bfloat16 with ``bf16`` of the arguments.

        Accelerate's own context covers calls of the whole network, and ``masked_loss`` calls its parts.
        """
        return torch.autocast(self.args.device.type, torch.bfloat16, enabled=self.args.bf16)

    def evaluate(self, *_: Any, metric_key_prefix: str = "eval", **__: Any) -> dict[str, float]:
        """Return and log the mean loss of the held-out pieces, and its exponential, the perplexity."""
        model: Any = self.model
        model.eval()
        with torch.no_grad(), self.compute_loss_context_manager():
            sums = [masked_loss(model, self._prepare_inputs(batch)) for batch in self.dev]
        model.train()
        loss = sum(float(total) for total, _ in sums) / max(1, sum(int(number) for _, number in sums))
        figures = {f"{metric_key_prefix}_loss": loss, f"{metric_key_prefix}_perplexity": math.exp(min(loss, 700.0))}
        self.log(figures)
        return figures


class _Reporter(TrainerCallback):
    def __init__(self, report: Callable[[dict[str, float]], None]) -> None:
        self.report = report
        self.last: dict[str, float] = {}

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        row = {"step": state.global_step, **kwargs["logs"]}
        if row != self.last:  # the Trainer may evaluate twice after the last step
            self.report(row)
        self.last = row


def masked_loss(model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss of a batch, summed over its masked pieces, in nats, and the number of these.

    The output layer, which takes most of the time of a small network with a large vocabulary, is computed for the
    masked pieces only, if the network's class has it as an attribute of its own.
    """
    # Selecting the masked pieces first, (batch, length, width) -> (masked pieces, width) -> (masked pieces,
    # vocabulary), avoids logits of shape (batch, length, vocabulary), 85% of which the loss would ignore.
    labels = inputs["labels"]
    masked = labels != -100
    bare = getattr(model, "module", model)
    head = getattr(bare, "cls", None) or getattr(bare, "lm_head", None)
    mask = inputs["attention_mask"]
    if head is None:
        logits = model(input_ids=inputs["input_ids"], attention_mask=mask).logits[masked]
    else:
        encoder = getattr(bare, bare.base_model_prefix)
        logits = head(encoder(input_ids=inputs["input_ids"], attention_mask=mask).last_hidden_state[masked])
    return cross_entropy(logits.float(), labels[masked], reduction="sum"), masked.sum()
