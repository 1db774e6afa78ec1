"""B72, B73 and B78: suggestions, likely errors of the gold, adjudication; names and labels of outputs."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "B720": "unknown strategy '{strategy}': use one of {known}",
    "B721": "the strategy {strategy} needs a component with probabilities of tag sequences (bioner_crf, or a tagger), but the "
    "pipeline has only {components}: use another strategy, or such a pipeline",
    "B722": "the strategy committee needs two or more recognisers, each with a span key of its own, but the pipeline has "
    "{components}: join pipelines with spacy bioner merge",
    "B723": "sizes {sizes}: give increasing numbers of words, all below the {total} words of the data",
    "B724": "sizes {sizes}: with --strategies give numbers of words, such as 1000,2000,4000",
    "B725": "no budget: give a number of texts (-n 50), a total number of words (--words 2000), or both",
    "B726": "{pool} has nothing to suggest: each of its texts is in --known{limit}",
    "B727": "check --model needs a component with probabilities of tag sequences (bioner_crf, or a tagger), but the pipeline has "
    "only {components}: use another pipeline",
    "B728": "{number} of the {total} documents were tested in none of the runs, the first of them '{id}': give the folder of a "
    "complete cross-validation of these documents",
    "B730": "{folder}: {number} disputed or proposed mentions are not decided: of overlapping mentions delete the wrong ones (or, "
    "if all are right, their notes); of mentions that only some annotators marked delete the mention if it is wrong, or else its "
    "note; give a mention labelled missing_... its right label, or delete it",
    "B731": "{where}: document '{id}': the {label} from character {start} to {end} is white space alone; it is left out",
    "B732": "{where}: document '{id}': left out of the merged document: {lost}",
    "B733": "{path}: the table of likely errors is a .tsv or a .json file: give a name with one of these suffixes",
    "B781": "brat cannot hold the labels {labels}, because a label is one word there: rename them (convert --labels "
    "'{old}={new}' of the training data, before a pipeline is trained on it, or of these files; adjudicate has "
    "--labels, too), or write another format",
    "B780": "{path}: the suffix of this output names no format: name the format to write, as in --to brat; it is one of {known} (in Python: "
    "format = ...)",
}
