"""A logger of perplexities for training language models by ``spacy train``."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import IO, Any

from spacy.language import Language
from wasabi import Printer

from ..errors import BionerError
from ..ml.check_settings import check_text
from ..pipeline.training_settings import training_settings

_COLUMNS = {"E": 3, "#": 7, "TRAIN": 9, "DEV": 9, "FORWARD": 9, "BACKWARD": 9, "ADJUSTED": 9, "UNK %": 6, "WORDS/S": 8}
_SCORES = ("bilm_ppl", "bilm_ppl_forward", "bilm_ppl_backward", "bilm_ppl_adjusted")

LogStep = Callable[[dict[str, Any] | None], None]


def make_perplexity_logger(component: str = "bilm") -> Callable[..., tuple[LogStep, Callable[[], None]]]:
    """Return the logger ``spacy-bioner.perplexity_logger.v1``, which writes one line per evaluation.

    component: the name of the ``bioner_bilm`` in the pipeline.

    The columns: TRAIN, the perplexity on the training text since the last line, with dropout; DEV, FORWARD, BACKWARD
    and ADJUSTED, the perplexity on the development text, of both directions, of each trained direction, and with
    distinct unknown words; UNK %, the share of unknown words in it; WORDS/S, the training speed since the last line,
    evaluation included. (spaCy's own logger multiplies scores by 100.) On a terminal a progress bar shows the steps
    until the next evaluation.

    Raises B623 for a component that is not a string. The logger raises B279 if the pipeline has no such component.
    """
    check_text("perplexity_logger", component=component)

    def setup(nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr) -> tuple[LogStep, Callable]:
        if component not in nlp.pipe_names:
            raise BionerError("B279", component=component, known=", ".join(nlp.pipe_names) or "none")
        row = _row(stdout)
        row(_COLUMNS)
        row(["-" * width for width in _COLUMNS.values()])
        words, seconds = 0, 0
        bar = None

        def log_step(info: dict[str, Any] | None) -> None:
            nonlocal words, seconds, bar
            if info is None:
                if bar is not None:
                    bar.update()
                return
            if bar is not None:
                bar.close()
            loss, scores = info["losses"].get(component, 0.0), info["other_scores"]
            new, spent = info["words"] - words, info["seconds"] - seconds
            words, seconds = info["words"], info["seconds"]
            # The loss is summed in nats over the words since the last line; exp(700) is near the largest float.
            train = math.exp(min(loss / new, 700.0)) if new else math.nan
            row(
                [
                    info["epoch"],
                    info["step"],
                    *map(_shown, (train, *(scores.get(name, math.nan) for name in _SCORES))),
                    _shown(100 * scores.get("bilm_unknown", math.nan)),
                    f"{new / spent:.0f}" if spent else "",
                ]
            )
            bar = _bar(training_settings(nlp)["eval_frequency"], info["epoch"], stderr)

        return log_step, lambda: None

    return setup


def _bar(steps: int, epoch: int, stderr: IO[str]) -> Any:
    """Return a progress bar; ``disable=None`` shows it only on a terminal."""
    import tqdm

    return tqdm.tqdm(total=steps, desc=f"Epoch {epoch}", disable=None, leave=False, file=stderr)


def _shown(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"


def _row(stdout: IO[str]) -> Callable[[Any], None]:
    printer = Printer(no_print=True)
    widths = tuple(_COLUMNS.values())

    def write(cells: Any) -> None:
        line = printer.row(list(cells), widths=widths, aligns=["r"] * len(widths), spacing=2)
        stdout.write(f"{line}\n")
        stdout.flush()

    return write
