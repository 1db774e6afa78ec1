"""B8: experiments. B9: commands."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "B801": "{path} does not exist: check the path",
    "B802": "{path} holds no scores: give a file that `spacy bioner evaluate --output` wrote",
    "B803": "no scores in {paths}: run `spacy bioner evaluate … --output FILE.json` first",
    "B804": "no pipeline {model} ({reason}): give the folder that `spacy train` wrote (model-last, model-best) or an "
    "installed package",
    "B805": "no system '{base}' among those to compare: use one of {known}",
    "B806": "{path} is a folder: give the name of a file to write",
    "B807": "--gpu-id {gpu}: spaCy sees {number} GPUs here: give -1 for the CPU, or install the cupy for your CUDA version",
    "B808": "{path}: no documents to score: check the path and the format",
    "B809": "document '{id}' has {length} characters, more than the limit of the pipeline, {limit}: split the document, or raise "
    "the limit (nlp.max_length), which a CRF or a dictionary does not need",
    "B810": "an iteration of the CRF will take about {seconds} s, {n} about {minutes} minutes: the time grows with the square of the "
    'number of tags, {tags}. To shorten it use fewer labels (spacy bioner convert --labels, or a Relabel reader), scheme = "BIO", '
    'algorithm = "ap", or fewer max_iterations',
    "B811": "{path} is a file: give the name of a folder to write to",
    "B820": "{path}: {fault}: expected an object with, for each system, its F1 in percent, or an object with f1 and, if "
    "known, p, r, corpus, type, source and differs, or a list of such objects",
    "B822": "the source {source!r} is not NAME|URL|LICENSE|AUTHOR: the name is required, the other parts may be empty",
    "B830": "no runs in {paths}: expected folders with a run.json, such as `spacy bioner crossval --output` writes",
    "B831": "{path}: {fault}: the run is damaged or unfinished; remove its folder and run it again",
    "B832": "{path} holds a run with different data, config or overrides: give another --output, or --overwrite to run it again",
    "B833": "the run {path} failed (exit code {status}); correct the error and start again: finished runs are kept. The log is "
    "{log}; it ends:\n{last}",
    "B834": "{path}: no documents are left after filtering: check the path and the filters",
    "B835": "{documents} documents (or groups of them) cannot be divided into {folds} folds: give fewer folds",
    "B836": "dev = {share}: give a path, or a share from 0 up to 1 that leaves documents on both sides",
    "B837": "two runs would be written to {path}: give their configs other names (NAME=PATH)",
    "B838": "{config} cannot start from given weights: it has no setting {setting} for spacy-bioner.transfer_weights.v1",
    "B839": "the name '{name}' (of {path}) is empty or given twice: give NAME=PATH, with a name without slashes",
    "B840": "{path} is not a config: {reason}: correct it, or write a new one with spacy bioner init",
    "B841": "--{setting}: {reason}: leave it out, or override another setting of the configs",
    "B842": "size {size}: give a number of sentences, or a percentage up to 100%; 0 only with a source (--source)",
    "B843": "two runs of {system} have the same corpus, fold, seed and size ({one} and {other}): compare folders with only "
    "one of them",
    "B844": "the systems {systems} have no common corpus, fold, seed and size: compare runs of one experiment",
    "B845": "the runs {one} and {other} were tested on different documents: compare runs of the same folds, "
    "and give each corpus a name of its own (--name)",
    "B846": "--group {field}: no document has this metadata field (known: {known}); to group by a separator in the ids, "
    "give one without letters and digits",
    "B847": "{path}: process {pid} on {host} has worked on this run since {started}: wait until it is done, or stop "
    "it, and start again",
    "B848": "the document '{id}' has different words in the two sets: correct the text, or the ids of one set",
    "B849": "no document of set {number} has the id or the text of a gold document: check that both are the same part of "
    "the corpus",
    "B850": "{path}: {fault}: expected a line for each run, as `spacy bioner scoreboard --keep` writes",
    "B851": "{path}: these runs have scores of {tasks} only, and a scoreboard shows those of entities: use `spacy "
    "bioner compare` or `spacy bioner report`",
    "B852": "runs without scores of entities are left out, {number} in all ({path}): `spacy bioner compare` and `spacy bioner report` "
    "show relations and answers",
    "B853": "the runs {one} (of {of_one}) and {other} (of {of_other}) of {system} are of different designs, and their "
    "mean has no meaning: give folders with only one of the two, or remove the folders of the others",
    "B854": "{number} gold relations are between mentions that do not have exactly one concept each, and those of {names} between "
    "concepts: they are not comparable and count as missed; give these mentions of the gold their concepts",
    "B855": "none of the relations of {name} can be right: they are between mentions that have no concept in the gold, and the gold "
    "relations between concepts: give the mentions of the gold their concepts, or relations of one kind",
    "B856": "{path}: this run does not record whether documents belong together (--group), so that no interval and no "
    "p value can be given: repeat the command that made it, which adds this; finished runs are kept",
    "B857": "{text} is a path, and so is {path}, which NAME=PATH would give a name: write ./{text} for the first, or another name for "
    "the second",
    "B858": "the outputs {one} and {other} are in the same place, so that one would replace the other: give each its "
    "own path",
    "B859": "{path}: the pipeline was given the gold entities (--gold-entities), and nothing else could be scored: "
    "give data with {others}, or leave --gold-entities out",
    "B877": "{path}: in {documents} documents tags of the gold are missing, and what is found there would count as "
    "wrong: annotate them, leave them out, or use spacy bioner evaluate without --raw on the .spacy file itself",
    "B873": "--tags: the document '{id}' of the gold has no tokens: give a column file, or another format that has them",
    "B874": "{reason}; the shards in {path} that are finished are kept: free disk space and run the same command again",
    "B862": "{path} is {what}: give the name of a file to write",
    "B866": "DATA {data} and --test {test}: for folds that are given as files, both must contain {fold}, as in "
    '"GAD/{fold}/train.tsv" --test "GAD/{fold}/test.tsv"',
    "B868": "{small} is part of the demonstration's small corpus, but {own} is not: give all paths of your data (in a "
    "project, the variables train, dev and test)",
    "B867": "{pipeline} is a trained pipeline, and a learning curve trains its systems: give the config, or test the pipeline with "
    "`spacy bioner crossval`",
    "B860": "{files}: no text in these files: give files with texts to search for answers",
    "B881": "merge: the pipeline '{name}' has {number} recognisers, components with a span key that set entities (of "
    "{components}): give pipelines with exactly one",
    "B882": "merge: the pipeline '{name}' has {what} that differs from that of the others: train all pipelines with the same",
    "B883": "merge --fitted: this pipeline has no component bioner_merge, or several (it has {components}): give a pipeline "
    "that spacy bioner merge wrote",
    "B884": "merge --method {method}: score needs either --dev (data to fit to) or --fitted (a merged pipeline); vote and "
    "priority take neither of them",
    "B885": "merge: of the pipeline '{name}' the components after its recogniser are left out ({components}): add them to the "
    "merged pipeline",
    "B886": "merge: '{name}' is the name of a pipeline and of another component of the merged one ({components}): give the "
    "pipeline another name, NAME=MODEL",
    "B900": "this needs the package '{module}': pip install 'spacy-bioner[{extra}]'",
    "B920": "once {output}: no command: give it after --, as in spacy bioner once OUTPUT -- train CONFIG --output OUTPUT",
    "B921": "{path}: the command succeeded but did not write this file ({command}): give the path that it writes",
    "B922": "the project's own files are not in this installation (looked in {path}): install spacy-bioner again",
    "B923": "no config '{name}': use one of {known}",
    "B924": "{path} already exists: give another name, or --overwrite",
    "B926": "this needs the package '{module}', which spacy-bioner depends on and which is missing: pip install "
    "--force-reinstall spacy-bioner",
    "B925": "{path} already exists and is not empty: give another name",
    "B901": "the pipeline needs {needed}, but {found} is installed: pip install '{needed}'",
}
