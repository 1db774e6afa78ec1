"""``spacy bioner merge``: combines the recognisers of several trained pipelines into one pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def merge(
    parts: Annotated[
        list[str], Argument(metavar="NAME=MODEL...", help="Trained pipelines, in the order of their priority")
    ],
    output: Annotated[Path, Option("--output", "-o", help="Folder for the pipeline", show_default=False)],
    dev: Annotated[
        str | None,
        Option(help="Annotated data that no pipeline was trained on, to fit temperatures, weights and threshold"),
    ] = None,
    fitted: Annotated[
        str | None,
        Option(help="In place of --dev: a merged pipeline whose temperatures, weights and threshold are reused"),
    ] = None,
    method: Annotated[str, Option(help="score (mean of calibrated scores), vote or priority")] = "score",
    votes: Annotated[
        int | None, Option(help="Votes that a mention needs; by default more than half of the pipelines", min=1)
    ] = None,
    format: options.Format = None,
    label: options.Label = None,
    encoding: options.Encoding = None,
    on_error: options.OnError = "error",
    overwrite: options.Overwrite = False,
) -> None:
    """Combine the recognisers of several pipelines into one pipeline, which merges their mentions.

    The method score keeps the spans with the highest weighted mean of the systems' calibrated probabilities. The
    temperature and weight of each system, and the threshold, are fitted to --dev. For pipelines that were trained on
    train and dev together, first merge pipelines trained on train alone, with --dev, and pass the result as --fitted.

    Example:

    spacy bioner merge dictionary=d/model-last crf=c/model-last ner=b/model-last --dev devel.tsv -o merged
    """
    from wasabi import msg

    from ..errors import BionerError
    from ..experiments.trials.systems import named
    from ..pipeline.load import load_pipeline
    from ..pipeline.merging.assemble import MERGE, calibrate_as, join_pipelines
    from ..pipeline.save import pipeline_folder
    from ..training.corpora import make_corpus

    options.check_outputs(beside=[output], data=dev)
    paths = named(parts)
    if (method == "score") != ((dev is None) != (fitted is None)):
        raise BionerError("B884", method=method)
    with pipeline_folder(output, overwrite) as folder:
        nlp = join_pipelines({name: load_pipeline(path) for name, path in paths.items()}, method=method, votes=votes)
        merged = nlp.get_pipe(MERGE)
        if fitted is not None:
            calibrate_as(nlp, load_pipeline(fitted))
        if dev is not None:
            given = options.reading(label, encoding)
            corpus = make_corpus(dev, format, "contract", on_error, options=given)  # type: ignore[arg-type]
            nlp.config["training"]["annotating_components"] = nlp.pipe_names[:-1]
            merged.initialize(lambda: corpus(nlp), nlp=nlp)  # type: ignore[attr-defined]
        nlp.to_disk(folder)
    if method == "score":
        for name, temperature, weight in zip(paths, merged.fitted.temperatures, merged.weights, strict=True):  # type: ignore[attr-defined]
            print(f"{name}: temperature {temperature:.2f}, weight {weight:g}")
        print(f"threshold {merged.threshold:g}")  # type: ignore[attr-defined]
    msg.good(f"{output}: {', '.join(nlp.pipe_names)}")
