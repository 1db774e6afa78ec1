"""``spacy bioner card``: writes the model card of a trained pipeline, which becomes part of its package."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from . import command, options


@command
def card(
    model: Annotated[Path, Argument(help="Folder of a trained pipeline", show_default=False)],
    metrics: Annotated[
        Path | None, Option("--metrics", "-m", help="Scores on test data: a file that `evaluate --output` wrote")
    ] = None,
    data: Annotated[str | None, Option(help="Training data: name and part of the corpus")] = None,
    test: Annotated[str | None, Option(help="Test data of the scores: name and part of the corpus")] = None,
    source: Annotated[
        list[str] | None,
        Option(help="Corpus or model it is based on, 'NAME|URL|LICENSE|AUTHOR' (only NAME is required); repeatable"),
    ] = None,
    license: Annotated[str | None, Option(help="Licence of the pipeline, such as 'CC BY 4.0'")] = None,
    author: Annotated[str | None, Option(help="Author of the pipeline")] = None,
    url: Annotated[str | None, Option(help="URL for more information")] = None,
    name: Annotated[
        str | None, Option(help="Name of the pipeline; the package is named after its language and this name")
    ] = None,
    version: Annotated[str | None, Option(help="Version of the pipeline")] = None,
    use: Annotated[str | None, Option(help="Intended use, in place of the card's default sentence")] = None,
    limit: Annotated[list[str] | None, Option(help="A limitation to add to the default ones; repeatable")] = None,
    output: Annotated[
        Path | None, Option("--output", "-o", help="Write the card here instead of README.md in the folder of MODEL")
    ] = None,
) -> None:
    """Write the model card of a trained pipeline: data, licence, scores by type, intended use, limitations.

    The card becomes README.md in the pipeline's folder. Its facts and the pipeline's requirements are added to
    meta.json. `spacy package` includes both in the package.

    Examples:

    spacy bioner card out/model-best -m metrics.json --data "NCBI-disease, train" --test "NCBI-disease, test" \\
        --license "CC BY 4.0" --source "NCBI-disease||US government work|Doğan et al. 2014"

    spacy package out/model-best packages --build wheel
    """
    from wasabi import msg

    from ..experiments.card import Facts, write_card

    options.check_outputs(output, beside=[model / "meta.json"])
    facts = Facts(
        data=data,
        test=test,
        sources=source or [],
        license=license,
        author=author,
        url=url,
        name=name,
        version=version,
        use=use,
        limits=limit or [],
    )
    path, missing = write_card(model, facts, metrics=metrics, output=output)
    msg.good(str(path))
    if missing:
        msg.warn(f"Missing in the card: {', '.join(missing)}")
