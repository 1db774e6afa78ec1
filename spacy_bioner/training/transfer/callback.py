"""Transfer of weights from a trained pipeline to a new one: ``spacy-bioner.transfer_weights.v1``.

spaCy's ``source =`` cannot do this, because a sourced component keeps its own labels and words. Here the new component
is initialised for its own corpus and then receives the weights of the old one, row by row, by the names of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from spacy.language import Language
from spacy.util import logger

from .freezing import check_freeze, freeze_layers
from .layer_plans import Transfer
from .plan import make_plan, table
from .settings import TransferSettings
from .source_model import find_component


def make_transfer_weights(
    path: str | Path | None = None,
    layers: str | Sequence[str] = "all",
    source_component: str | None = None,
    component: str | None = None,
    labels: Mapping[str, str] | None = None,
    extend: bool = True,
    strict: bool = True,
    freeze: Mapping[str, int] | None = None,
) -> Callable[[Language], None]:
    """Return a callback for ``[initialize.after_init]``: see ``TransferSettings`` for its options.

    ``path = null`` copies nothing, so that one config serves training with and without transfer; the layers of
    ``freeze`` are frozen all the same. Inside ``spacy pretrain``, whose pipeline has no components, the callback does
    nothing.
    """
    settings = TransferSettings(
        path or "", layers, source_component, component, labels or {}, extend, strict, freeze or {}
    )

    def transfer(nlp: Language) -> None:
        if not nlp.pipe_names:
            return
        if path:
            transfer_weights(nlp, settings)
        elif settings.freeze:
            freeze_untransferred(nlp, settings)

    return transfer


def freeze_untransferred(nlp: Language, settings: TransferSettings) -> None:
    """Freeze the layers of ``freeze`` in a pipeline that receives no weights.

    Raises B611 and B612 for a missing or ambiguous component, and as ``check_freeze``; nothing is frozen then.
    """
    target = find_component(nlp, settings.component, "to be trained", "component")
    check_freeze(nlp, target, settings.freeze)
    freeze_layers(target, settings.freeze)


def transfer_weights(nlp: Language, settings: TransferSettings) -> list[Transfer]:
    """Copy weights from a trained pipeline into an initialised one; return and log the plan of each parameter.

    Warns of word vectors that differ (B620). Raises the errors of ``make_plan`` and ``TransferPlan.check``; the target
    is then unchanged.
    """
    # Everything is planned and checked before the first weight is set: an error leaves no half-copied network.
    plan = make_plan(nlp, settings)
    plan.check()
    plan.apply()
    names = settings.path, plan.source.name, plan.target.name
    logger.info("Transferred from %s, %s, to %s:\n%s", *names, table(plan.transfers))
    return plan.transfers
