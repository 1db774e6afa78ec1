"""B72, B73 and B78: suggestions, likely errors of the gold, adjudication; names of outputs."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "B720": "unknown strategy '{strategy}': use one of {known}",
    "B721": "the strategy {strategy} needs a component that gives probabilities of tag sequences (bioner_crf, bioner_tagger and "
    "its like), and the pipeline has none (it has {components}): use another strategy, or such a pipeline",
    "B722": "the strategy committee needs two or more recognisers, each with a span key of its own (spacy bioner merge joins "
    "pipelines so); the pipeline has {components}",
    "B723": "sizes {sizes}: give growing numbers of words, all below the {total} words of the data",
    "B724": "sizes {sizes}: with --strategies give numbers of words, such as 1000,2000,4000",
    "B725": "no budget: give the number of texts (-n 50), the words of all together (--words 2000), or both",
    "B726": "{pool} holds nothing to suggest: all of its texts are among --known, or each has more than {words} words",
    "B727": "check --model needs a component that gives probabilities of tag sequences (bioner_crf, bioner_tagger and its like); "
    "the pipeline has {components}",
    "B728": "{number} of the {total} documents were tested in none of the runs, the first of them '{id}': give the folder of a whole "
    "cross-validation of these documents",
    "B730": "{folder}: {number} disputed mentions are not decided: of those that overlap delete the wrong ones; of those that only "
    "some have delete the mention, or its note if it is right",
    "B780": "{path}: the suffix of this output names no format: name the format to write, as in --to brat; it is one of {known} (in Python: "
    "format = ...)",
}
