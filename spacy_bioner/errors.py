"""Coded messages: what went wrong, where, and how to mend it.

Codes by floor: B0 tags, spans, scoring; B1 formats; B2 tokenizers, corpora and, from B260, more formats; B3 dictionary
and lexicon; B4 CRF; B5 neural layers and tagger; B6 language models and transfer; B7 transformers; B8 experiments; B9
commands.
"""

from __future__ import annotations

from typing import Any

MESSAGES: dict[str, str] = {
    "B001": "unknown tag scheme '{scheme}': use one of {known}",
    "B002": "'{tag}' at position {position} is not a {scheme} tag: expected {expected}",
    "B003": "span ({start}, {end}, {label!r}) does not fit a sequence of {length} tokens",
    "B004": "spans ({first}) and ({second}) overlap: tags hold flat spans only; resolve the overlap first",
    "B005": "{scheme} does not allow '{tag}' at position {position} after '{previous}': repair the tags first",
    "B006": "unknown merge policy '{policy}': use one of {known}",
    "B007": "{spans} spans but {scores} scores: give one score for each span",
    "B008": "the gold spans have the labels {gold} and the predicted spans {found}, so that none is correct: if two mean the same, "
    "give both the same name (spacy bioner convert --labels OLD=NEW)",
    "B100": "{path} does not exist: check the path (a place inside an archive is written corpus.tar.gz/folder)",
    "B101": "{path}: {reason}",
    "B102": "{path}: no brat files: expected a folder or a .tar.gz, .tgz, .tar.xz or .zip archive with pairs of .txt "
    "and .ann (or .a1, .a2) files, or one such file",
    "B103": "{where}: not {encoding} text ({reason}): convert the file to UTF-8 or give its encoding to the reader",
    "B104": "{where}: starts with a byte order mark; in a text file offsets count it as one character",
    "B105": "{where}: hidden file, skipped",
    "B106": "{where}: has no .ann beside it: add one (empty for a text without mentions) or move the text away",
    "B107": "{where}: has no .txt beside it: add the text or move the annotations away",
    "B108": "{where}: {shown} is not a mention: expected id, TAB, label, space, start and end (fragments between "
    "semicolons), TAB, text",
    "B109": "{where}: {id} has the offsets '{offsets}', but {reason}: correct them (they count characters from 0){hint}",
    "B110": "{where}: {id} states {stated}, but the text at '{offsets}' is {actual}: correct the offsets, or the text "
    "changed after it was annotated{hint}",
    "B111": "{where}: the id {id} was used above: give this line another",
    "B112": "{where}: {shown} is of an unknown kind: a line starts with T, N, A, M, R, E, * or # (brat reads no other)",
    "B113": "{where}: {shown} lacks what a line of its kind needs: see https://brat.nlplab.org/standoff.html",
    "B114": "{where}: refers to {id}, which is not there: add it or remove this line",
    "B115": "{where}: the name {name} leaves the folder or is not UTF-8: rename it; nothing was read from it",
    "B116": "{where}: not an archive, or damaged ({reason}): create or download it again",
    "B117": "{where}: not a file of this format, skipped",
    "B118": "{where}: skipped, because the .ann file of that name has the annotations",
    "B119": "{where}: the archive contains this name twice: the last one is used",
    "B120": "{where}: has CRLF line ends; offsets count each as two characters",
    "B121": "{where}: {id} crosses a line end; it is kept whole",
    "B122": "{where}: {id} referred to {missing}, which was removed; the line is dropped",
    "B123": "{where}: {mention} cannot be written as brat: {reason}",
    "B124": "unknown encoding '{encoding}': use a name that Python knows, such as utf-8 or latin-1",
    "B125": "the document id {id} cannot be a file name in its folder (empty or hidden parts, '..', a slash at either "
    "end, characters outside UTF-8): rename the document",
    "B126": "two documents have the id '{id}': the second would overwrite the first; give each its own",
    "B127": "{path}: character {position} ({character}) is half a surrogate pair, which UTF-8 cannot hold: "
    "repair the text",
    "B128": "{path}: a .txt/.ann pair holds one document, but there is {count}: write to a folder or a .tar.gz",
    "B129": "{where}: {id} states {stated} for {actual}: blanks for punctuation, at the right offsets; accepted",
    "B130": "{path} does not exist: check the path",
    "B131": "unknown format '{format}': use one of {known}",
    "B132": "{path}: neither its suffix nor its content identifies the format: name it, one of {known} "
    '(in a config: format = "..."; convert: --from and --to)',
    "B133": "{path}: the folder holds files of several formats ({found}): name the one to read, or give the files",
    "B134": "'{option}' is not an option to {function} {format}: the options are {known}",
    "B135": "{path}: no {format} files in this folder: expected names that end in {suffixes}",
    "B136": "{where}: starts with a byte order mark, which is dropped",
    "B137": "{where}: has CRLF line ends, which are read as LF",
    "B138": "unknown alignment policy '{policy}': use one of {known}",
    "B139": "document '{id}': the tokenizer changed the text, so that the offsets are invalid: use one that keeps the text",
    "B140": "document '{id}': {what}, which does not fit the text: tokens must be in order, apart, and inside it",
    "B141": "document '{id}': the mention {mention} does not fit: {fault}",
    "B142": "{where}: columns: {found}, expected: {width}, as in the first row; the sentence is left out: mend the row "
    "(or name the separator: separator = ..., --separator tab or blank)",
    "B143": "{where}: the token {token} is empty or holds white space; the sentence is left out: mend the row",
    "B144": "{where}: '{tag}' is not a tag (O, or one of B, I, E, S, L, U with a hyphen and a type); the sentence is left "
    "out: mend it, or name the column that holds the tags (tag = ..., --tag)",
    "B145": "{where}: the tag '{tag}' has no type: name the type (label = \"...\", --label)",
    "B146": "{where}: {scheme} does not allow '{tag}' after '{previous}': read by conlleval's rule",
    "B147": "{where}: no column {column}: the columns are {known} (token = ..., tag = ...; --token, --tag)",
    "B148": "document '{id}': the label {label} holds white space that these columns cannot: give it another name",
    "B149": "document '{id}': the token {token} holds white space, which no column can: use another tokenizer",
    "B150": "{where}: {count} tags of this sentence are 'unknown'; they are read as outside",
    "B151": "{where}: document '{id}': a sentence starts inside a mention, at token {token}; they are written as one",
    "B152": "{where}: {counts}: written as the tokens allow",
    "B153": "{where}: not a JSON object ({reason}); the line is left out: mend it",
    "B154": "{where}: {fault}; the line is left out: mend it",
    "B155": "{where}: the entity {entity}: {fault}; the entity is left out: mend it (offsets count characters from 0)",
    "B156": "{where}: the answer is '{answer}', not 'accept': skipped",
    "B157": "document '{id}': its meta cannot be written as JSON ({reason})",
    "B158": "{where}: not a spaCy DocBin ({reason}): create or download it again",
    "B159": "{where}: {count} mentions were dropped: plain text cannot hold annotations",
    "B160": "unknown unit '{unit}' of plain text: use one of {known}",
    "B161": "this corpus has no path: give one (train --paths.train FILE --paths.dev FILE), or take it out of the config",
    "B162": "unknown policy '{policy}' for faults in files: use error (stop at the first) or skip (count and go on)",
    "B163": "unknown tokenizer '{name}' ({reason}): use bio, nltk, the code of a language, or a pipeline",
    "B164": "{path} is both input and output: write to another path",
    "B165": "unknown separator {separator} of columns: use tab or blank (any number of blanks)",
    "B166": "{where}: {shown} is neither PMID|sentence|effect|start|end|drug|start|end nor PMID NEG sentence; the line is left "
    "out: mend it",
    "B167": "{where}: {text} does not fit the sentence: {fault}; the row is left out: correct it",
    "B168": "{path}: the format {format} is read only: use one of {known} (convert: --to)",
    "B169": "{path}: relations of drugs and doses hold no adverse effects: give DRUG-AE.rel and ADE-NEG.txt",
    "B170": "document '{id}': doc.user_data['{key}'] is not what this project writes ({reason}): remove that key from the Doc",
    "B171": "document '{id}': its text holds half a surrogate pair, which UTF-8 cannot hold: repair the text",
    "B172": "offsets = '{unit}': use one of {known}",
    "B173": "{where}: {count} triggers of events count as entities; triggers = false leaves them out",
    "B174": "{where}: {count} annotations are not entities under labels and triggers; they are left out",
    "B175": "{path} is not empty: give a new path, or overwrite it as a whole (convert, split: --overwrite)",
    "B176": "{where}: a link to a folder, skipped: give the path of that folder itself",
    "B177": "{where}: {size}, above the limit of {most} (spacy_bioner.limits.{limit}); left out",
    "B178": "{path} is not overwritten, because it holds {file}, which does not belong in such a folder: give a new path",
    "B179": "{where}: its document {number} cannot be read ({reason}); it is left out",
    "B180": "document '{id}': its id or meta cannot be stored in a DocBin ({reason}): give strings, numbers below 2^63 and "
    "lists or objects of these",
    "B185": "{where}: {shown} is a comment; comments before a sentence are kept apart. Warned once per file",
    "B186": "{where}: the token and the tag are both column {column} of {width}: name them (token = ..., tag = ...; "
    "--token, --tag)",
    "B187": "{option} = {value!r}: expected {expected}",
    "B188": "{path}: not a complete file of word2vec's binary format: {reason}: download it again",
    "B189": "{path}: the pipeline's tokenizer splits {tokens_cut} of the {tokens} tokens of this corpus differently "
    "({first}): {mentions_cut} of {mentions} mentions contain such a token, and {mentions_lost} start or end inside a token "
    "and cannot be found in raw text. Scores on the corpus's own tokens do not show that (spacy bioner evaluate --raw "
    "does): use the tokenizer that the corpus was created with ([nlp.tokenizer]). Warned once",
    "B190": "document '{id}': a row of a column file cannot start with the token {token}, which has a special meaning there: "
    "write another format, or join the token with its neighbour",
    "B191": "{where}: relation {number}, {relation}: {fault}; the relation is left out: mend it",
    "B201": "unknown NLTK tokenizer '{variant}': use one of {known}",
    "B202": "line_breaks = {value!r}: use 'all', 'blank' or 'none'",
    "B210": "{path} does not exist: vectors are a word2vec file, text or binary (also .gz, .xz), or a folder that spaCy saved",
    "B211": "{path}: no vectors can be read from this folder ({reason}): expected a saved spaCy pipeline with vectors, "
    "or its vocab",
    "B212": "{where}: expected a word and {expected} numbers, but found {found} numbers: is this the word2vec text "
    "format, and complete?",
    "B213": "{where}: the vector of {word!r} holds a number that is not finite: remove the row",
    "B214": "{path}: the first line states {stated} vectors, but the file has {found}: it was truncated or edited; download it "
    "again or correct the line",
    "B215": "{path}: no vectors in this file: give a word2vec text file",
    "B216": "[initialize.before_init] rms is {rms}: expected a number above 0, or null to keep the vectors unscaled",
    "B217": "the score at position {position} is not a number (nan): give each span a score",
    "B220": "Sample: n = {n}, fraction = {fraction}: give one of them, n from 1 or a fraction above 0 up to 1",
    "B221": "Fold: k = {k}, fold = {fold}: k must be at least 2 and fold from 0 to k - 1",
    "B222": "Split: proportions = {shares}: give two (train, test) or three (train, dev, test) that sum to 1 or 100",
    "B223": "Relabel: the label {label!r} (document '{id}') is not in the mapping, which has {known}: add it, or set "
    'unmapped = "keep" or "drop"',
    "B224": "{wrapper}: part = '{part}' of {parts}: use one of {known}",
    "B225": "MaxWords: limit = {limit}: must be at least 1",
    "B226": "SampleUnannotated: share = {share}: give a number from 0 to 1",
    "B230": "similar = {similar}: give a share above 0, up to 1",
    "B231": "two systems have different texts for the document '{id}' ({one} and {other}): annotations can only be merged for the "
    "same texts",
    "B232": "votes = {votes} for {systems} systems: give a number from 1 to the number of systems",
    "B233": "{path}: no terms in this list: expected one a line",
    "B234": "times = {times}: give the number, 1 or more, of unmarked occurrences after which a mention is removed",
    "B235": "labels: {given}: expected OLD=NEW, several separated by commas; nothing after the = drops the label, "
    "*= drops all other labels",
    "B236": "unknown rule '{given}' for {what}: use one of {known}",
    "B237": "--group {rule}: {reason}: give re: and a regular expression that is searched for in ids, as in re:^[0-9]+",
    "B260": "{where}: {shown} is not a PubTator line: expected id, TAB, start, TAB, end, TAB, text, TAB, type, TAB, concept id, "
    "or id, TAB, relation, TAB, concept, TAB, concept; the line is left out",
    "B261": "{where}: the mention {shown}: {fault}; it is left out: correct it (offsets count characters from 0)",
    "B262": "{where}: {shown} belongs to no document: a document starts with id|t|title; the line is left out",
    "B263": "{where}: document '{id}': {count} {what}, which this format cannot hold",
    "B264": "{where}: this XML cannot be read ({reason}); the rest of the file is skipped: create or download it again",
    "B265": "{where}: document {id}: {fault}; it is left out: mend it",
    "B266": "{where}: document {id}: the annotation {shown}: {fault}; it is left out: correct it (offsets count characters "
    "from the start of the document)",
    "B267": "{where}: document {id}: the relation {shown}: {fault}; it is left out",
    "B268": "{where}: document '{id}': {count} characters that XML cannot hold are written as U+FFFD",
    "B269": "{where}: this JSON cannot be read ({reason}); the rest of the file is skipped: create or download it again",
    "B270": "{where}: article {id}: {what}; it is left out",
    "B271": "{where}: not a Parquet file of documents ({reason}): create or download it again",
    "B272": "no component of this pipeline sets entities (it has {components}): train or add one first",
    "B273": "no component of this pipeline predicts the label '{label}': they predict {known}",
    "B274": "{path}: this shard is missing or damaged ({reason}): run the same command again, which recreates it",
    "B275": "{path} has {what}: name another output, or allow it to be replaced (--overwrite)",
    "B276": "{path}: another process is running this job: wait for it, or stop it and run the same command again",
    "B278": "a process was killed, often for lack of memory: finished shards are kept; run the same command again, with fewer "
    "processes or smaller shards",
    "B279": "this pipeline has no component '{component}': it has {known}",
    "B280": "the Ray cluster at {address} cannot be reached ({reason}): start one with 'ray start --head', or leave --address out",
    "B281": "unknown engine '{engine}': use one of {known}",
    "B303": "{where}: {found} columns where term, label and concept ids are expected: remove the others, or read the "
    'columns by name with spacy-bioner.CsvLexicon.v1 and delimiter = "\\t"',
    "B304": "{where}: empty term: fill it in or remove the entry",
    "B305": "{where}: '{term}' has no label: add one, or give the lexicon a label",
    "B306": "{where}: no column '{column}' in the header: the columns are {known}",
    "B307": "{where}: {found} cells where the header has {expected}: quote cells that hold the delimiter",
    "B308": "{where}: quotes do not match ({reason}): double the quotes inside a quoted cell",
    "B309": "{where}: {shown} is not a synonym: expected a text in double quotes and a scope",
    "B310": "unknown synonym scope '{scope}': use some of {known}",
    "B311": "{entry} is not a term ({fault}): give (term, label) or (term, label, concept ids), all of them texts",
    "B312": "{setting} = {value}: give a whole number from 0 up",
    "B313": "inside_tokens = '{inside_tokens}': use one of {known}",
    "B314": "alignment = 'split' is for training corpora; a pipeline keeps the tokens it was given: use one of expand, "
    "contract and strict, or a tokenizer that cuts finer, such as spacy-bioner.BioTokenizer.v1",
    "B315": "{where}: a label or id holds a control character or half a surrogate pair: {values}: remove it",
    "B316": "delimiter = {delimiter}: give one character, no quote and no line end",
    "B317": "{where}: several columns are named '{column}': rename them, so that the name is unique",
    "B318": "{where}: a term without an id: every [Term] of an OBO file has one",
    "B319": "{where}: {id} is obsolete, skipped (obsolete = true reads such terms)",
    "B320": "unknown step '{step}' to normalise terms: use some of {known}",
    "B321": "conflicts = '{conflicts}': use one of {known}",
    "B322": "prune = {prune}: give a share from 0 to 1",
    "B323": "{name} learns from the whole training corpus, but [training] max_epochs = -1 streams it: set max_epochs "
    "= 1, or set gold = false in [initialize.components] and prune = 0 to learn from lexicons only",
    "B324": "{name} has learned no term: the training corpus holds no gold mentions, and no lexicon has entries",
    "B326": "{where}: a synonym of scope {scope}, skipped (scopes = {scopes})",
    "B400": "a CRF cannot learn tags of the scheme '{scheme}': use IOBES, BILOU or BIO",
    "B401": "the feature block '{block}' refers to '{of}', which is not a block of word features: use one of {known}",
    "B402": "the CRF has no features: give its config at least one block with a window or pairs",
    "B403": "{block}: offset {offset} is too far from the token: use offsets from -{limit} to {limit}",
    "B404": "{block}: pairs = {pairs}: give pairs of offsets, such as [[-1, 0], [0, 1]]",
    "B405": "NeighbourFeatures: nearest = {nearest}, steps = {steps}: give at least 1 of each, and at most 255 steps",
    "B406": "ClusterFeatures: sizes = {sizes}: give numbers of clusters, 1 or more",
    "B407": "DictionaryFeatures: no training document has a match in doc.spans['{spans_key}']: put the component that "
    "sets them before the CRF, list it in [training] annotating_components, and check its lexicon and its spans_key",
    "B408": "{name} is fitted to the whole training corpus at once, but with max_epochs = -1 the corpus is a stream and "
    "only its first examples are available: set [training] max_epochs = 0",
    "B409": "{name}: nothing to learn: no entity in the {examples} training examples; check the path and the format",
    "B410": "these {size} bytes are not a valid crfsuite model ({reason}): fit the component again",
    "B411": "crfsuite could not fit the CRF with the algorithm '{algorithm}' ({reason}); its last messages: {log}",
    "B413": "threshold {threshold} is not a probability: use a number from 0 to 1, or null for the best tag sequence",
    "B414": "{name} is not fitted: call nlp.initialize() with training examples, or load a trained pipeline",
    "B415": "{name}: the model in {place} was fitted with other feature blocks than the config has (differs: "
    "{blocks}): load it with its own config, or train it again",
    "B416": "the scores of crfsuite's algorithm '{algorithm}' are not probabilities: set threshold = null, or use lbfgs",
    "B417": "{name}: the tokenization differs from training at {places} of {known} places, such as "
    "{examples} (a bar: split here only), which lowers recall and precision: give the pipeline the tokenizer of its training "
    "([nlp.tokenizer] of its own config.cfg), or train it with this one. Warned once",
    "B418": "{name}: the documents have {what}: it reads {length} tokens at once, {trained} in training. Put the components "
    "before it that its training had, such as bioner_sentences, and no others. Warned once",
    "B419": "DictionaryFeatures: a document has no doc.spans['{spans_key}'], which the training documents had: put the "
    "component that sets them before the CRF. Warned once",
    "B420": "the score {score} of '{span}' is not a number from 0 to 1: give a probability, or none for 1.0",
    "B421": "'{span}' (tokens {start} to {end}) has no label: create it with Span(doc, start, end, label=...)",
    "B430": "doc.spans['{key}'] holds {number} spans that are not pairs of head and tail with one type and id each: set it "
    "with set_relations",
    "B431": "{pair} is no pair type: write the type of the head, an arrow and the type of the tail, as in 'Chemical -> Disease' "
    "(* for any type)",
    "B432": "max_sentences is {value}: give the number of ends of sentences that may lie between two mentions (0 for the same "
    "sentence), or null for any",
    "B433": "{name}: there is no relation in the {examples} training examples, or no label: give a corpus with relations between "
    "mentions or between their concepts",
    "B434": "{name}: no two entities of the training data are a candidate of the type '{pair}'; relations there are of {known}: "
    "correct the type, or allow more sentences between the two (max_sentences)",
    "B435": "{name}: the network listens to another component, which is shown other documents than those with candidate pairs: "
    "give it a tok2vec or a transformer of its own",
    "B436": "{name}: {option} is {value!r}: give {wanted}",
    "B437": "{name}: no two entities of the training data are candidates; its relations: {outcomes}",
    "B438": "{name}: {lost} of the {all} gold relations of the training data cannot be learned: {outcomes}",
    "B439": "{long} of {pairs} pairs are in texts of more than {most} word pieces (the longest has {longest}): of these a window "
    "centred on the pair is read; raise max_pieces, if the transformer reads more, or lower max_sentences",
    "B440": "unknown style '{style}' of marking a pair: use one of {known}",
    "B441": "{where}: {shown} is no pair with a label: expected sentence, TAB, 0 or 1 (GAD, EU-ADR; a number before them), or the six "
    "columns of ChemProt in SNLI form",
    "B442": "{where}: {found} masked mentions, not two: left out",
    "B510": "the word embedding has width {given} and the vectors have width {width}: set word_width = {width}, or null",
    "B530": "sequence {sequence} of the batch: {scheme} does not allow '{tag}' at token {position} after '{previous}': "
    "repair the gold tags first (spacy_bioner.tags.repair)",
    "B531": "sequence {sequence} of the batch: no legal {scheme} sequence agrees with its known tags: "
    "set doubtful tags to unknown, or check the scores for infinite values",
    "B532": "unknown decoder '{decoder}': use one of {known}",
    "B533": "sequence {sequence} of the batch has scores for {tokens} tokens and tags for {known}: give one per token",
    "B550": "{name}: the loss is {loss} on a batch of {documents} documents ({words} words) that begins with "
    "{first!r}, after {updates} updates; no weights were updated. The last good model is in model-best. "
    "Lower [training.optimizer] learn_rate or grad_clip, or inspect that batch",
    "B551": "train_by_epochs: evaluate_every = {evaluate_every}: give a number of epochs above 0, such as 1 or 0.5",
    "B553": "train_by_epochs: the training corpus '{corpus}' is empty: check [paths] train",
    "B554": "spacy-bioner.plateau.v1 receives no development score: add to the config\n"
    '[training.before_update]\n@callbacks = "spacy-bioner.watch_dev_score.v1"',
    "B557": "{name}: out of memory while training on a batch of {documents} documents ({words} words, the longest "
    "{longest}): lower [training.batcher] size, raise [training] accumulate_gradient, or cut long documents into "
    "sentences",
    "B558": "{name}: out of memory while predicting {documents} documents ({words} words, the longest {longest}): lower "
    "[nlp] batch_size, or cut long documents into sentences",
    "B559": "{name}: no labels: the training examples hold no entities. Give annotated examples to nlp.initialize, call "
    "add_label, or set [initialize.components.{name}] labels",
    "B560": "{name}: {labels} cannot be labels of entities. Give names such as Disease, to which the scheme {scheme} adds its "
    "prefixes, not tags such as B-Disease and not an empty name",
    "B561": "{name}: the training data has entities labelled {unknown}, which are not among the labels {labels}: they "
    "are trained as outside. Add them to [initialize.components.{name}] labels, or leave labels out",
    "B562": "{name}: {cut} entities of a batch cross the end of a sentence, where no entity can be predicted: their tokens "
    "are left out of training. Correct the sentence starts of the predicted documents. Warned once",
    "B580": "{name}: the files in {place} cannot be used: {reason}. Load an intact copy of the pipeline "
    "(spacy bioner verify lists the damage), or train it again",
    "B581": "{name}: {path} could not be written ({reason}): the saved pipeline is incomplete and will not "
    "load; free disk space or choose another folder, and save it again",
    "B582": "{name}: {file} differs from when {place} was saved, so that predictions would change: load an intact copy of "
    "the pipeline, or save it again from memory (nlp.to_disk); an interrupted save leaves such a folder, too",
    "B583": "{name}: {file} was changed after the pipeline was saved, which may change its predictions: if intended, save "
    "the pipeline again (nlp.to_disk), or give settings to spacy.load(..., config={{...}}); if not, load an intact copy",
    "B584": "{place}: {what} is {value}, more than the limit of {most}: the file is damaged or malicious; if it is valid, set "
    "spacy_bioner.limits.{limit} higher before you load it",
    "B585": "the dictionary has the term, label or concept {text}, which holds half a surrogate pair, as no file can: remove it "
    "before you save it",
    "B600": "a language model over '{tok2vec}' would see the words that it has to predict: its encoder must be "
    'spacy-bioner.CharCnnBiLSTM.v1 or spacy-bioner.CharBiLSTM.v1 with directions = "independent", or with depth = 1',
    "B601": "a vocabulary needs a word that occurs at least {min_count} times; there are {words} distinct words: check the "
    "path of the corpus, or lower min_count",
    "B602": "{name}: backward_weight = {backward_weight}: give a share from 0 (forward only) to 1 (backward only)",
    "B603": "{name}: the training corpus is streamed ([training] max_epochs = -1), so that only its first 100 examples "
    "would name the vocabulary: give the words, as in\n[initialize.components.{name}.words]\n"
    '@readers = "spacy-bioner.TextCorpus.v1"\npath = ${{paths.train}}',
    "B605": "the optimizer's state in {path} belongs to another network ({reason}): remove the file to continue training without it",
    "B606": "TextCorpus: max_chars = {max_chars}: must be at least 1",
    "B607": "{path} holds no text: check [paths]",
    "B610": "no pipeline at {path} to transfer weights from: give the folder that `spacy train` wrote, such as "
    "OUT/model-best (path = null transfers nothing)",
    "B611": "the pipeline {where} has no component '{component}': it has {known}",
    "B612": "the pipeline {where} has {found} components whose weights can be transferred ({known}): name one "
    '({option} = "...")',
    "B613": "unknown layer '{layer}': use some of {known}, or all",
    "B614": "the {where} component '{component}' has no layer '{layer}': it has {known}",
    "B615": "{layer} cannot be transferred from {path}: {fault}. Give both the same sizes (transformers: the "
    "same word pieces, too), leave the layer out, or set strict = false to skip it",
    "B616": "nothing was transferred from {path}:\n{table}",
    "B617": "freeze: {layer} = {batches}: give one of char, word and encode, with a whole number of training batches "
    "above 0, or -1 for all of them",
    "B618": "labels = {labels}: {unknown} is not a label of the {where} ({known})",
    "B619": "{layer}: the encoder of the {where} component '{component}' is a transformer, which has no directions: give encode",
    "B620": "the word vectors of {path} differ from those of the pipeline to be trained: {fault}. The copied weights were trained "
    "with the source's vectors; use the same file and the same rms in both trainings ([initialize.before_init])",
    "B621": "freeze: the transformer that '{component}' listens to cannot be frozen for a number of batches: set "
    "grad_factor = 0 in its listener, which freezes it for the whole training",
    "B622": "transfer_weights: {setting} = {value}: give {wanted}",
    "B623": "{name}: {setting} = {value}: give {wanted}",
    "B700": "no transformer '{name}' ({reason}): give the folder of a checkpoint, with config.json, a vocabulary and "
    "model.safetensors (train: --paths.transformer FOLDER). For a machine without network access: run huggingface-cli "
    "download NAME --local-dir FOLDER on another machine",
    "B701": "the tokenizer of '{name}' has {pieces} word pieces and the network {rows} rows for them: they do not belong "
    "together; give a folder with the tokenizer and weights of one checkpoint",
    "B702": "the weights of '{name}' are pickled together with other objects ({reason}), which would be executed to read "
    "them: nothing was read. Give a checkpoint with model.safetensors, or with weights alone",
    "B703": "the checkpoint '{name}' lacks {missing} weights of its {type} network ({first}, ...): it is incomplete, or "
    "its config.json is another network's",
    "B704": "{long} of {sequences} sentences or documents of a batch have more than {most} word pieces, the longest "
    "{longest}: they are read in overlapping windows, and no token is left out. Warned once; spacy bioner check "
    "--transformer counts them",
    "B705": "Transformer: '{value}' is none of {known}",
    "B706": "windows of {most} word pieces cannot overlap by {overlap}: max_pieces must be more than twice overlap, and 2",
    "B707": "{long} of {sequences} sentences or documents of a batch have more than {most} word pieces, the longest "
    "{longest}: they are read in parts, and no token is left out. Warned once; spacy bioner check --transformer counts them",
    "B708": "the checkpoint '{name}' has no head: {missing} weights of the head ({first}, ...) are initialised with random "
    "numbers, and their first gradients damage the encoder: train the head alone first (pretrain-mlm --head-only)",
    "B710": "pretrain-mlm: {name} = {value}: {what}",
    "B711": "the text has more distinct characters than a vocabulary of {size} word pieces can hold: give --vocab-size "
    "{needed} or more",
    "B712": "{path} is not empty: give another folder, --resume to continue a run that was interrupted there, or "
    "--overwrite to replace the files of a run",
    "B713": "{path} has too little text for evaluation: give a development text with --dev",
    "B714": "no vocabulary of word pieces can be read from {path} ({reason}): give a text file with a piece a line, among "
    "them [PAD], [UNK], [CLS], [SEP] and [MASK]",
    "B715": "the weights of '{name}' contain a number that is not finite ({weight}): download or train it again",
    "B716": "the saved transformer cannot be used: {reason}. Load an intact copy of the pipeline, or train it again",
    "B717": "{path} is incomplete ({fault}) and is skipped: the run resumes from an older state, or from the start",
    "B718": "pretrain-mlm: {path} cannot be written ({reason}): free disk space, then continue with --resume",
    "B719": "precision = {precision} changes the vectors of this transformer: their similarity to those in 32 bits is {like:.2f} "
    "(1 for equal ones, expected {least} or more), so that a tagger's predictions may change: compare its "
    "scores (spacy bioner evaluate), or set precision = float32",
    "B801": "no such file or folder: {path}",
    "B802": "{path} holds no scores: give a file that `spacy bioner evaluate --output` wrote",
    "B803": "no scores in {paths}: run `spacy bioner evaluate … --output FILE.json` first",
    "B804": "no pipeline {model}: give the folder that `spacy train` wrote (model-last, model-best) or an installed "
    "package ({reason})",
    "B805": "no system '{base}' among those to compare: there are {known}",
    "B806": "{path} is a folder: give the name of a file to write",
    "B807": "--gpu-id {gpu}: spaCy sees {number} GPUs here: give -1 for the CPU, or install the cupy of your CUDA",
    "B808": "{path}: no documents to score: check the path and the format",
    "B809": "document '{id}' has {length} characters, more than the {limit} of the pipeline: cut it into smaller ones, or raise "
    "the limit (nlp.max_length; a CRF or a dictionary takes any length)",
    "B810": "an iteration of the CRF takes {seconds} s, {n} about {minutes} minutes: the time grows with the square of its "
    '{tags} tags. Fewer labels (spacy bioner convert --labels, or a Relabel reader), scheme = "BIO" in place of IOBES, '
    'algorithm = "ap" or fewer max_iterations make it shorter',
    "B811": "{path} is a file: give the name of a folder to write to",
    "B820": "{path}: {fault}: expected an object of systems, each with its F1 in percent, or with an object that holds f1 "
    "and, if known, p, r, corpus, source and differs, or a list of those",
    "B822": "the source {source!r} is not NAME|URL|LICENSE|AUTHOR: give a name, and the others or nothing for them",
    "B830": "no runs in {paths}: expected folders with a run.json, such as `spacy bioner crossval --output` writes",
    "B831": "{path}: {fault}: the run is damaged or unfinished; remove its folder and run it again",
    "B832": "{path} holds a run with different data, config or overrides: give another --output, or --overwrite to run it again",
    "B833": "the run {path} failed (exit code {status}); correct the error and start again: finished runs are kept. The log is "
    "{log}; it ends:\n{last}",
    "B834": "no documents are left of {path}: check the path and the filters",
    "B835": "{documents} documents (or groups of them) cannot be divided into {folds} folds: give fewer folds",
    "B836": "dev = {share}: give a path, or a share from 0 up to 1 that leaves documents on both sides",
    "B837": "two runs would be written to {path}: give their configs other names (NAME=PATH)",
    "B838": "{config} does not accept initial weights: it has no setting {setting}, for spacy-bioner.transfer_weights.v1",
    "B839": "the name '{name}' (of {path}) is empty, given twice or holds a slash: give NAME=PATH",
    "B840": "{path} is not a config: {reason}",
    "B841": "--{setting}: {reason}",
    "B842": "size {size}: give a number of sentences, or a percentage up to 100%; 0 only with a source (--source)",
    "B843": "two runs of {system} have the same corpus, fold, seed and size ({one} and {other}): compare folders that hold one "
    "of them",
    "B844": "no run of {systems} has the same corpus, fold, seed and size in all: compare runs of one experiment",
    "B845": "the runs {one} and {other} were tested on different documents: compare runs of the same folds",
    "B846": "--group {field}: no document has this in its metadata (known: {known}); a separator in ids has no letter or digit",
    "B847": "{path}: process {pid} on {host} has been making this run since {started}: wait until it is done, or stop it, and start again",
    "B848": "the document '{id}' has different words in the two sets: the texts differ, or the ids of one set are wrong",
    "B849": "no document of set {number} is in the gold, by id or by text: is it another part of the corpus?",
    "B900": "this needs the package '{module}': pip install 'spacy-bioner[{extra}]'",
    "B920": "once {output}: no command: give it after --, as in spacy bioner once OUTPUT -- train CONFIG --output OUTPUT",
    "B921": "{path}: the command succeeded but did not write this file ({command}): name its output",
    "B922": "the project's own files are not in this installation (looked in {path}): install spacy-bioner again",
    "B923": "no config '{name}': use one of {known}",
    "B924": "{path} already exists: give another name, or --overwrite",
    "B926": "this needs the package '{module}', which spacy-bioner depends on and which is missing: pip install "
    "--force-reinstall spacy-bioner",
    "B925": "{path} already exists and is not empty: give another name",
    "B901": "the pipeline needs {needed}, but {found} is installed: pip install '{needed}'",
}


class BionerError(ValueError):
    """A problem that the user can mend; ``code`` names it, ``str()`` says what, where and how."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        super().__init__(f"[{code}] {MESSAGES[code].format(**values)}")


def require(module: str, extra: str = "", code: str = "B900") -> Any:
    """Import and return a module that is not imported with ours; raise a BionerError that says how to install it.

    extra: of this package, which brings it; where there is none, the package itself depends on it (B926).
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as err:
        raise BionerError(code if extra else "B926", module=module, extra=extra) from err
