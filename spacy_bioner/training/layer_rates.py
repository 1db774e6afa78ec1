"""Layers that learn faster or slower than the others: ``spacy-bioner.layer_rates.v1``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spacy.language import Language

from ..errors import BionerError
from ..ml.check_settings import check_choice, check_rate, check_table, check_text
from ..ml.layer_rates import set_rate
from ..pipeline.network_component import NetworkComponent
from .transfer.layers import ENCODER, LAYERS
from .transfer.source_model import find_component


def make_layer_rates(
    rates: Mapping[str, float] | None = None, component: str | None = None
) -> Callable[[Language], None]:
    """Return a callback for ``[initialize.after_init]`` that sets the learning rates of layers.

    rates: the rate of ``char``, ``word``, ``encode``, ``output`` or ``crf``, as a multiple of the optimizer's:
        ``{"word": 0.1}`` for word vectors that move little, ``{"output": 20}`` for a new layer over a pretrained
        transformer (discriminative fine-tuning, Howard & Ruder 2018, section 3.1). 0 keeps a layer as it is, and
        ``freeze`` of ``transfer_weights`` also saves the time of its gradients.
    component: the component to be trained; by default the only one that has such layers.

    Inside ``spacy pretrain``, whose pipeline has no components, the callback does nothing. Raises B623 for an unknown
    layer, a rate that is not a number from 0 on, or a component that is no name; the callback raises B611 and B612 for
    a missing or ambiguous component, B625 for one of another package, such as spaCy's ``ner``, whose update knows no
    rates of layers, B614 for a layer that it lacks, B624 for one of the component that it listens to.
    """
    rates = {} if rates is None else rates
    check_table("layer_rates", rates=rates)
    for layer in rates:
        check_choice("layer_rates", LAYERS, layer=layer)
    check_rate("layer_rates", **rates)
    if component is not None:
        check_text("layer_rates", component=component)

    def set_rates(nlp: Language) -> None:
        if not rates or not nlp.pipe_names:
            return
        target = find_component(nlp, component, "to be trained", "component")
        if not isinstance(nlp.get_pipe(target.name), NetworkComponent):
            raise BionerError("B625", component=target.name)
        for layer in rates:
            target.check_has(layer, "target's")
            if target.listens and layer in ENCODER:
                raise BionerError("B624", layer=layer, component=target.name)
        for layer, rate in rates.items():
            set_rate(getattr(target.layers, layer), rate)

    return set_rates
