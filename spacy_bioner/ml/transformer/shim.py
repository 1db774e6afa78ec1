"""The thinc shim of a transformer: its tokenizer and network, and their serialisation.

It saves the files of a checkpoint: configuration and vocabulary as text, weights as safetensors. thinc and
spacy-transformers save torch's format, which is a pickle.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import srsly
from thinc.api import PyTorchShim, get_torch_default_device

from ...collecting import keep_collecting
from ...errors import BionerError
from ..torch_setup import threads_for
from .averages import with_weights
from .checkpoints import (
    TRUST,
    Checkpoint,
    check_config,
    check_finite,
    check_vocabulary,
    drop_pooler,
    first_line,
    longest_input,
    require_transformers,
    shapes_of,
)
from .frozen_layers import freeze_layers
from .precision import (
    FEWEST_PIECES,
    MIN_SIMILARITY,
    USELESS,
    MixedPrecision,
    Precision,
    computes_bfloat16,
    convert,
    different_pieces,
    similarity,
)
from .word_pieces import WordPieces

WEIGHTS = "model.safetensors"

_CONVERTING = Lock()
_CHECKING = Lock()


class TransformerShim(PyTorchShim):
    """A network of ``transformers`` and its tokenizer; it is empty before ``set`` or ``from_bytes``.

    mixed_precision: train and predict under torch's autocast to bfloat16; ``auto``: on devices that compute with it.
    precision: of the weights and sums at prediction; int8 is for a CPU. Training always uses 32 bits.
    pooler: keep the network's pooler, which classifiers of texts use and taggers do not.
    frozen_layers: see ``frozen_layers.freeze_layers``.

    ``at_start``: the network is one that a training may start from (``network.open_network``), and neither trained nor
    loaded since.
    """

    def __init__(
        self,
        mixed_precision: MixedPrecision = False,
        precision: Precision = "float32",
        *,
        pooler: bool = False,
        frozen_layers: int = 0,
    ) -> None:
        super().__init__(None)
        self.pooler = pooler
        self.frozen_layers = frozen_layers
        self.mixed_precision = mixed_precision
        self.precision = precision
        self._empty()

    def _empty(self) -> None:
        self._model = None
        self.at_start = False
        self.words: WordPieces | None = None
        self.longest = 0
        self.warned = False
        self._converted: Any = None
        self._evaluates = False
        self._unchecked = False
        self._gathered: list[dict[str, Any]] = []
        self._pieces: set[int] = set()

    @property
    def autocast(self) -> bool:
        """Whether the network trains and predicts under torch's autocast."""
        return computes_bfloat16(self.device.type) if self.mixed_precision == "auto" else bool(self.mixed_precision)

    @property
    def network(self) -> Any:
        """The network, or None while the shim is empty."""
        return self._model

    def set(self, checkpoint: Checkpoint) -> None:
        """Set the tokenizer and network of a checkpoint. Raises B794 if it has too few layers to freeze."""
        from torch.nn import Embedding

        self.words = WordPieces(checkpoint.tokenizer)
        self.longest = longest_input(checkpoint)
        network = checkpoint.network if self.pooler else drop_pooler(checkpoint.network)
        freeze_layers(network, self.frozen_layers)
        self._model = network.to(get_torch_default_device())
        # A dense gradient is as large as the vocabulary, for each batch of an update; see `sum_sparse_gradients`.
        for module in self._model.modules():
            if isinstance(module, Embedding):
                module.sparse = True
        self.at_start = False
        self._evaluates = False
        self._converted = None

    def take_weights(self, weights: Mapping[str, Any]) -> None:
        """Copy weights into the network; their names and shapes are its own."""
        self._model.load_state_dict(weights)
        self.at_start = False
        self._converted = None

    def predicting(self) -> Any:
        """Return the network to predict with, in evaluation mode and in the chosen precision.

        Raises B776 for int8 on a GPU.
        """
        if not self._evaluates:
            # `eval` tells a module before the modules inside it, so that its own flag is no sign that all have ended
            # training: another thread would predict with dropout in some of them.
            with _CONVERTING:
                self._model.eval()
                self._evaluates = True
        if self.precision == "float32":
            return self._model
        if self.precision == "int8" and self.device.type != "cpu":
            raise BionerError("B776", device=self.device.type)
        with _CONVERTING:  # several threads may predict at once; only one converts
            if self._converted is None:
                self._converted, self._unchecked = convert(self._model, self.precision), True
                self._gathered, self._pieces = [], set()
            return self._converted

    def check_precision(self, inputs: dict[str, Any]) -> None:
        """Compare, once, the vectors of the converted network with those in 32 bits; warn if they differ (B719).

        inputs: a batch to predict, which is in the language and domain of the user's text. Batches are gathered until
            they have FEWEST_PIECES different word pieces, at most as many batches, as each must have a new one: a
            service may be given one short sentence at a time, and often the same one.

        Raises B775 if the two have so little in common that predictions would be useless.
        """
        if not self._unchecked:
            return
        with _CHECKING:  # several threads may predict at once; only one compares, and the others wait for its answer
            if not self._unchecked:
                return
            if len(self._pieces) < FEWEST_PIECES and (new := different_pieces(inputs) - self._pieces):
                self._gathered.append(inputs)
                self._pieces |= new
            if len(self._pieces) < FEWEST_PIECES:
                return
            value = similarity(self._model, self._converted, self._gathered)
            if not value >= USELESS:  # so written, NaN is an error too
                raise BionerError("B775", precision=self.precision, similarity=value, least=USELESS)
            self._unchecked, self._gathered = False, []
        if value < MIN_SIMILARITY:
            warnings.warn(
                str(BionerError("B719", precision=self.precision, similarity=value, least=MIN_SIMILARITY)), stacklevel=5
            )

    def training(self) -> Any:
        """Return the network to train, in training mode."""
        self.at_start = False
        self._converted = None
        self._evaluates = False
        self._model.train()
        return self._model

    def finish_update(self, optimizer: Any) -> None:
        """Let an optimizer update the weights by their gradients."""
        if self._model is not None:
            self._converted = None
            with threads_for(self._model.config.hidden_size):
                super().finish_update(optimizer)

    def sum_sparse_gradients(self) -> None:
        """Make the gradients of embeddings dense, as optimizers expect them: once, for all batches of an update."""
        for weight in self._model.parameters():
            if weight.grad is not None and weight.grad.is_sparse:
                weight.grad = weight.grad.to_dense()

    @contextmanager
    def use_params(self, params: Mapping[Any, Any]) -> Iterator[None]:
        """Use other weights, averages, within a context: see ``with_weights``."""
        self._converted = None
        try:
            with with_weights(self, params):
                yield
        finally:
            self._converted = None

    def to_bytes(self) -> bytes:
        """Return the files of the checkpoint, by their names, as one message; empty for an empty shim."""
        return srsly.msgpack_dumps({} if self._model is None else self._files())

    def from_bytes(self, data: bytes) -> TransformerShim:
        """Load the bytes of ``to_bytes``. Code in them is not run.

        The weights must have the names and shapes that follow from the config; the header of the weights shows that
        before a network is built. Raises B584 for sizes above ``limits`` and B716 for any other fault.
        """
        try:
            with keep_collecting():
                files = srsly.msgpack_loads(data)
            if files:
                self.set(_read_files(files, self.pooler))
            else:
                self._empty()
        except BionerError:
            raise
        except Exception as error:  # forged bytes can raise errors of any type
            raise BionerError("B716", reason=first_line(error)) from error
        return self

    def _files(self) -> dict[str, bytes]:
        from safetensors.torch import save

        assert self.words is not None
        with TemporaryDirectory() as folder:
            self.words.tokenizer.save_pretrained(folder)
            self._model.config.save_pretrained(folder)
            files = {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}
        # Copies, because tied weights share memory, which safetensors refuses.
        weights = {name: value.detach().cpu().clone() for name, value in self._model.state_dict().items()}
        return {**files, WEIGHTS: save(weights)}


def _read_files(files: Mapping[str, bytes], pooler: bool) -> Checkpoint:
    from safetensors.torch import load

    transformers = require_transformers()
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            if name != WEIGHTS:
                # The last part only: a forged name, such as ../x, must not lead out of the folder.
                (Path(folder) / Path(name).name).write_bytes(content)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, **TRUST)
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True, **TRUST)
    check_config(config, "the transformer")
    stated = {key: tuple(entry["shape"]) for key, entry in _header(files[WEIGHTS]).items() if key != "__metadata__"}
    wanted = {key: shape for key, shape in shapes_of(config, "AutoModel", "the transformer").items() if key in stated}
    if wanted != stated:
        raise ValueError("its weights have other names or shapes than its config requires")
    network = transformers.AutoModel.from_config(config, **TRUST)
    if not pooler:
        network = drop_pooler(network)
    network.load_state_dict(load(files[WEIGHTS]))
    check_finite("the transformer", network)
    check_vocabulary("the transformer", tokenizer, network)
    return Checkpoint(tokenizer, network)


def _header(weights: bytes) -> dict[str, Any]:
    """Return the header of a safetensors file: eight bytes with its length, then JSON."""
    length = int.from_bytes(weights[:8], "little")
    header = srsly.json_loads(weights[8 : 8 + length].decode("utf8"))
    if not isinstance(header, dict):
        raise ValueError("its weights have no header")
    return header
