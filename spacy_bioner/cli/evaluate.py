"""``spacy bioner evaluate``: scores a pipeline by exact spans on annotated files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from . import command, options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.language import Language
    from spacy.training import Example

    from ..documents.alignment import AlignmentPolicy
    from ..experiments.evaluation import Evaluation
    from ..training.reader_transforms import Reader


@command
def evaluate(
    model: Annotated[str, Argument(help="Folder or package of a trained pipeline", show_default=False)],
    data: options.Data,
    output: Annotated[Path | None, Option("--output", "-o", help="Write the scores to this JSON file")] = None,
    predictions: Annotated[
        Path | None, Option("--predictions", "-p", help="Write the predicted entities to this file")
    ] = None,
    to: Annotated[str | None, Option("--to", help="Format of the predictions; by default that of their suffix")] = None,
    format: options.Format = None,
    token: options.Token = None,
    tag: options.Tag = None,
    separator: options.Separator = None,
    encoding: options.Encoding = None,
    label: options.Label = None,
    labels: options.Labels = "",
    policy: Annotated[
        str, Option(help="Treatment of mentions that do not fit the tokens: strict, contract or expand")
    ] = "contract",
    raw: Annotated[
        bool,
        Option("--raw", help="Also score on raw text, with the pipeline's own tokenizer instead of the tokens of DATA"),
    ] = False,
    gold_entities: Annotated[
        bool, Option("--gold-entities", help="Give the pipeline the gold entities, to score relations alone")
    ] = False,
    tags: Annotated[
        bool,
        Option(
            "--tags",
            help="Also show the scores of seqeval, in strict and in conlleval mode (extra seqeval)",
        ),
    ] = False,
    overwrite: options.Overwrite = False,
    on_error: options.OnError = "error",
    batch_size: options.BatchSize = None,
    gpu_id: options.Gpu = -1,
) -> None:
    """Score a pipeline by exact spans: precision, recall and F1 by type and overall, with their counts.

    Gold mentions that the pipeline cannot represent (such as nested, discontinuous, or not aligned to tokens) count as
    missed. A corpus with tokens is scored on these tokens; --raw also scores it as raw text, with the pipeline's own
    tokenizer.

    To score a pipeline on a corpus with other labels, rename the labels of the gold mentions:

    spacy bioner evaluate training/cdr/crf/model-last reviews.jsonl --labels ADR=Disease,DI=Disease,Drugform=
    """
    from wasabi import msg

    from ..corpus.relabel import parse_labels
    from ..documents.alignment import check_policy
    from ..errors import BionerError, require
    from ..experiments.evaluation import check_gold_known, raw_examples
    from ..experiments.evaluation import evaluate as run
    from ..experiments.evaluation import predictions as predicted
    from ..experiments.tables import evaluation_tables
    from ..formats import check_output, known_options, write
    from ..formats.brat.rendering import check_labels
    from ..pipeline.load import load_pipeline
    from ..pipeline.outputs import outputs_of
    from ..text_tables import counted
    from ..training.corpora import make_corpus
    from ..training.corpus_paths import trained_on
    from ..training.gold_entities import make_gold_entities

    options.check_outputs(output, beside=[predictions], data=data)
    if predictions is not None:
        written = check_output(predictions, to, overwrite)
    if tags:
        require("seqeval", extra="seqeval")
    options.use_gpu(gpu_id)
    given = options.reading(label, encoding, token, tag, separator)
    aligned = check_policy(policy)
    corpus = make_corpus(data, format, aligned, on_error, options=given)  # type: ignore[arg-type]
    nlp = load_pipeline(model)
    if predictions is not None and written == "brat":
        outputs = outputs_of(nlp)
        check_labels([*outputs.labels, *outputs.relations])
    examples = _examples(corpus, nlp, parse_labels(labels), aligned, gold_entities)
    if not examples:
        raise BionerError("B808", path=data)
    if raw:
        check_gold_known(examples, data)
    result = run(nlp, examples, batch_size)
    metrics = {**result.metrics(), **corpus.counts()}
    print("\n\n".join(evaluation_tables(metrics)))
    _tell_unscored(result)
    _tell_meaningless(result, trained_on(nlp, data), data)
    if raw:
        untokenized = partial(raw_examples, examples=examples, policy=aligned)
        given_again = make_gold_entities(untokenized) if gold_entities else untokenized
        metrics["raw"] = run(nlp, given_again(nlp), batch_size).metrics()
        print("On raw text, split by the pipeline's own tokenizer:", *evaluation_tables(metrics["raw"]), sep="\n")
    if tags:
        from ..experiments.tag_scores import beyond_tags, tag_scores, tags_table

        metrics["seqeval"] = tag_scores(result.examples)
        print(tags_table(metrics, metrics["seqeval"]))
        untagged = beyond_tags(result.examples)
        if untagged:
            lost = counted(untagged, "gold mention")
            msg.warn(f"{lost} that tags cannot represent: missed in the exact scores, left out of seqeval's")
    options.write_figures(output, metrics)
    if predictions is not None:
        writing = known_options(written, "write", {"predicted": True})
        write(predicted(result.examples), predictions, written, overwrite=overwrite, **writing)


def _examples(
    corpus: Reader, nlp: Language, renamed: dict[str, str | None], policy: AlignmentPolicy, gold_entities: bool
) -> list[Example]:
    """Read the documents, with new labels and gold entities; warn of labels that no mention has, and of repeats."""
    from ..training.gold_entities import make_gold_entities
    from ..training.reader_transforms import make_relabel

    met: set[str] = set()
    read = make_relabel(_watched(corpus, met), renamed, alignment=policy) if renamed else corpus
    examples = list((make_gold_entities(read) if gold_entities else read)(nlp))
    if examples:
        options.tell_unmet(renamed, met)
    _tell_repeats(examples)
    return examples


def _watched(corpus: Reader, met: set[str]) -> Reader:
    """Return a reader that adds to ``met`` what labels its gold mentions have (``relabel.keys_of``)."""
    from ..corpus.relabel import keys_of
    from ..documents.gold import entity_mentions, get_gold

    def read(nlp: Language) -> Iterator[Example]:
        for example in corpus(nlp):
            gold = get_gold(example.reference)
            met.update(keys_of(gold.mentions if gold else entity_mentions(example.reference.ents)))
            yield example

    return read


def _tell_repeats(examples: Sequence[Example]) -> None:
    """Warn of documents that are given twice, as by a folder and one of its files: they count twice."""
    from wasabi import msg

    from ..documents.gold import get_id
    from ..text_tables import counted

    named = [(name, one.reference.text) for one in examples if (name := get_id(one.reference))]
    if again := len(named) - len(set(named)):
        msg.warn(f"{counted(again, 'document')} with the id and text of an earlier one: each counts once more")


def _mentions(result: Evaluation) -> float:
    """Return the number of gold mentions."""
    return result.scores.exact.tp + result.scores.exact.fn


def _tell_meaningless(result: Evaluation, trained: list[Path], data: str) -> None:
    """Warn of scores that do not measure the pipeline. trained: the paths of the data that it was trained on."""
    from wasabi import msg

    for path in trained:
        msg.warn(f"{path}: the pipeline was trained on it, as its config says: do not expect this score on other text")
    if result.gold_entities:
        msg.warn("the entities are those of the gold: their scores are not shown, and do not measure the pipeline")
    elif not _mentions(result) and not result.answers:
        msg.warn(f"no gold mention in {data}: a score of 0 does not measure the pipeline")


def _tell_unscored(result: Evaluation) -> None:
    """Say what of the gold no prediction can match, and what is not scored."""
    from wasabi import msg

    from ..text_tables import counted

    if result.unreachable:
        lost = counted(result.unreachable, "gold mention")
        msg.info(f"Missed, because a part starts or ends inside a token: {lost}")
    if result.unscored_relations:
        msg.info(f"No component looks for relations: {counted(result.unscored_relations, 'gold relation')} not scored")
    if result.unscored_concepts:
        msg.info(f"Concepts are not scored: {result.unscored_concepts}")
