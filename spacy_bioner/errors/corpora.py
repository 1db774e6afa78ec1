"""B0: tags, spans, scoring. B1: formats. B2: tokenizers, corpora and, from B260, more formats and annotation."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "B001": "unknown tag scheme '{scheme}': use one of {known}",
    "B002": "'{tag}' at position {position} is not a {scheme} tag: expected {expected}",
    "B003": "the span ({start}, {end}, {label!r}) does not fit a sequence of {length} tokens: give 0 <= start < end "
    "<= the length, and a label",
    "B004": "spans ({first}) and ({second}) overlap, which tags cannot represent: resolve the overlap first",
    "B005": "{scheme} does not allow '{tag}' at position {position} after '{previous}': repair the tags first",
    "B006": "unknown merge policy '{policy}': use one of {known}",
    "B007": "{spans} spans but {scores} scores: give one score for each span",
    "B008": "the gold spans have the labels {gold}, the predicted spans {found}, so that none is correct: if two labels mean the "
    "same, give them one name (spacy bioner convert --labels OLD=NEW)",
    "B100": "{path} does not exist: check the path (a place inside an archive is written corpus.tar.gz/folder)",
    "B101": "{path}: {reason}",
    "B102": "{path}: no brat files: expected a folder or a .tar.gz, .tgz, .tar.xz or .zip archive with pairs of .txt "
    "and .ann (or .a1, .a2) files, or one such file",
    "B103": "{where}: not {encoding} text ({reason}): convert the file to UTF-8, or name its encoding (--encoding; in "
    "Python and configs: encoding = ...)",
    "B104": "{where}: starts with a byte order mark; in a text file offsets count it as one character",
    "B105": "{where}: hidden file, skipped",
    "B106": "{where}: has no .ann beside it: add one (empty for a text without mentions) or move the text away",
    "B107": "{where}: has no .txt beside it: add the text or move the annotations away",
    "B108": "{where}: {shown} is not a mention: expected id, TAB, label, space, start and end (fragments between "
    "semicolons), TAB, text",
    "B109": "{where}: {id} has the offsets '{offsets}', but {reason}: correct them (they count characters from 0){hint}",
    "B110": "{where}: {id} states {stated}, but the text at '{offsets}' is {actual}: correct the offsets, or the text "
    "changed after it was annotated{hint}",
    "B111": "{where}: the id {id} was used above: give this line another id",
    "B112": "{where}: {shown} is of an unknown kind: a line must start with T, N, A, M, R, E, * or #",
    "B113": "{where}: {shown} is incomplete for a line of its kind: see https://brat.nlplab.org/standoff.html",
    "B114": "{where}: refers to {id}, which does not exist: add it or remove this line",
    "B115": "{where}: the name {name} points outside the archive or is not UTF-8: rename it; nothing was read from it",
    "B116": "{where}: not an archive, or a damaged one ({reason}): create or download it again",
    "B117": "{where}: not a file of this format, skipped",
    "B118": "{where}: skipped, because the .ann file of that name has the annotations",
    "B119": "{where}: the archive contains this name twice: the last one is used",
    "B120": "{where}: has CRLF line ends; offsets count each as two characters",
    "B121": "{where}: {id} crosses a line end; it is kept whole",
    "B122": "{where}: {id} referred to {missing}, which was removed; this line is dropped, too",
    "B123": "{where}: {what}, labelled '{label}', cannot be written as brat: {reason}",
    "B124": "unknown encoding '{encoding}': use a name that Python knows, such as utf-8 or latin-1",
    "B125": "the document id {id} cannot be a file name in its folder (empty or hidden parts, '..', a slash at either "
    "end, more than 251 bytes between two, characters outside UTF-8): rename the document",
    "B126": "two documents have the id '{id}': the second would overwrite the first; give each its own",
    "B127": "{path}: character {position} ({character}) is an unpaired surrogate, which UTF-8 cannot encode: "
    "repair the text",
    "B128": "{path}: a .txt/.ann pair holds one document, but there is {count}: write to a folder or a .tar.gz",
    "B129": "{where}: {id} states {stated} for {actual}: other characters, one for one, with the right offsets: accepted",
    "B130": "{path} does not exist: {hint}",
    "B131": "unknown format '{format}': use one of {known}",
    "B132": "{path}: neither its suffix nor its content identifies the format: name it, one of {known} "
    '(in a config: format = "..."; in commands: --from)',
    "B133": "{path}: the folder holds files of several formats ({found}): name the one to read, or give the files",
    "B134": "'{option}' is not an option to {function} {format}: use {known}",
    "B135": "{path}: no {format} files in this folder: expected names that end in {suffixes}",
    "B136": "{where}: starts with a byte order mark, which is dropped",
    "B137": "{where}: has CRLF line ends, which are read as LF",
    "B138": "unknown alignment policy '{policy}': use one of {known}",
    "B139": "document '{id}': the tokenizer changed the text, so that the offsets are invalid: use one that keeps the text",
    "B140": "document '{id}': {what}, which does not fit the text: tokens must be in order, apart, and inside it",
    "B141": "document '{id}': the mention {mention} does not fit the text: {fault}: correct it",
    "B142": "{where}: columns: {found}, expected: {width}, as in the first row; the sentence is left out: correct the row "
    "(or name the separator: separator = ..., --separator tab or blank)",
    "B143": "{where}: the token {token} is empty or contains white space; the sentence is left out: correct the row",
    "B144": "{where}: '{tag}' is not a tag (O, or one of B, I, E, S, L, U with a hyphen and a type); the sentence is left "
    "out: correct it, or name the column that holds the tags (tag = ..., --tag)",
    "B145": "{where}: the tag '{tag}' has no type: name the type (label = \"...\", --label)",
    "B146": "{where}: {scheme} does not allow '{tag}' after '{previous}': read by conlleval's rule",
    "B147": "{where}: no column {column}: name one of {known} (token = ..., tag = ...; --token, --tag)",
    "B148": "document '{id}': the label {label} contains white space, which a column file cannot store: rename it",
    "B149": "document '{id}': the token {token} contains white space, which a column file cannot store: use another tokenizer",
    "B150": "{where}: {count} tags of this sentence are 'unknown'; they are read as O",
    "B151": "{where}: document '{id}': a sentence starts inside a mention, at token {token}; they are written as one",
    "B152": "{where}: {counts}: written as far as the tokens allow",
    "B153": "{where}: not a JSON object ({reason}); the line is left out: correct it",
    "B154": "{where}: {fault}; the line is left out: correct it",
    "B155": "{where}: the entity {entity}: {fault}; the entity is left out: correct it (offsets count characters from 0)",
    "B156": "{where}: the answer is '{answer}', not 'accept': skipped",
    "B157": "document '{id}': its meta cannot be written as JSON ({reason}): give strings, numbers, lists and objects "
    "of these",
    "B158": "{where}: not a spaCy DocBin ({reason}): create or download it again",
    "B159": "{where}: {count} mentions and {related} relations were left out: plain text has no annotations",
    "B160": "unknown unit '{unit}' of plain text: use one of {known}",
    "B161": "{corpus} has no path: give one (train --paths.train FILE --paths.dev FILE), or remove the corpus from the config",
    "B162": "unknown policy '{policy}' for faults in files: use error (stop at the first) or skip (count and continue)",
    "B163": "unknown tokenizer '{name}' ({reason}): use bio, nltk, the code of a language, or a pipeline",
    "B164": "{path} is an input of this command, contains one, or lies in a folder (or fits a pattern) of the input: "
    "write to another path",
    "B165": "unknown separator {separator} of columns: use tab or blank (any number of blanks)",
    "B166": "{where}: {shown} is neither PMID|sentence|effect|start|end|drug|start|end nor PMID NEG sentence; the line is left "
    "out: correct it",
    "B167": "{where}: {text} does not fit the sentence: {fault}; the row is left out: correct it",
    "B168": "{path}: the format {format} is read only: use one of {known} (convert: --to)",
    "B169": "{path}: relations of drugs and doses have no adverse effects: give DRUG-AE.rel and ADE-NEG.txt",
    "B170": "document '{id}': doc.user_data['{key}'] is not valid gold annotation ({reason}): remove that key from the Doc",
    "B171": "document '{id}': its text contains an unpaired surrogate, which UTF-8 cannot encode: repair the text",
    "B172": "offsets = '{unit}': use one of {known}",
    "B173": "{where}: {count} triggers of events count as entities; triggers = false leaves them out (convert --no-triggers)",
    "B174": "{where}: {count} annotations are not entities under labels and triggers; they are left out",
    "B175": "{path} is not empty: give a new path, or replace it as a whole (--overwrite; in Python: overwrite = True)",
    "B176": "{where}: a link to a folder, skipped: give the path of that folder itself",
    "B177": "{where}: {size}, above the limit of {most} (spacy_bioner.limits.{limit}); left out",
    "B178": "{path} is not replaced, because it contains {file}, which is not of an earlier run: give a new path",
    "B179": "{where}: its document {number} cannot be read ({reason}); it is left out",
    "B180": "document '{id}': its id or meta cannot be stored in a DocBin ({reason}): give strings, numbers below 2^63 and "
    "lists or objects of these",
    "B181": "{where}: {id}: {fault}: brat itself does not read this line, or not whole; it is written, and can be read here",
    "B182": "{where}: document {id}: {count} results of the type {type}, which are no spans of the text, are left out",
    "B183": "{path}: this folder has no files, except hidden ones: check the path",
    "B184": "{where}: cannot be read ({reason}); it is left out: check the permission to read it, or the target of the link",
    "B185": "{where}: {shown} is read as a comment, and kept as one. Warned once per file",
    "B186": "{where}: the token and the tag are both column {column} of {width}: name the columns (token = ..., tag = ...; "
    "--token, --tag)",
    "B187": "{option} = {value!r}: expected {expected}",
    "B188": "{path}: not a complete file in word2vec's binary format: {reason}: download it again",
    "B189": "{path}: the pipeline's tokenizer splits {tokens_cut} of the {tokens} tokens of this corpus differently "
    "({first}): {mentions_cut} of {mentions} mentions contain such a token, and {mentions_lost} start or end inside a token "
    "and cannot be found in raw text. Scores on the corpus's own tokens do not show that (spacy bioner evaluate --raw "
    "does): use the tokenizer that the corpus was created with ([nlp.tokenizer]). Warned once",
    "B190": "document '{id}': a row of a column file cannot start with the token {token}, which has a special meaning there: "
    "write another format, or use a tokenizer that does not produce this token",
    "B191": "{where}: relation {number}, {relation}: {fault}; the relation is left out: correct it",
    "B192": "{where}: no column 'text' (its columns are {columns}): give the column of the texts this name",
    "B194": "{where}: document '{id}': the gold of {count} of its {tokens} tokens is unknown (their tags are missing); they are read as "
    "outside of all mentions, which they may not be: annotate them, or train (spacy train) and score (spacy bioner evaluate) with this "
    ".spacy file itself, where they count neither as right nor as wrong",
    "B201": "unknown NLTK tokenizer '{variant}': use one of {known}",
    "B240": "{where}: {count} tasks without an annotation by {annotator} are left out",
    "B241": "{where}: the place of the mention {mention} in its sentence cannot be found; the row is left out",
    "B242": "{where}: {shown} is not a row of label, CHEMICAL, GENE-Y or GENE-N, two tokens, sentence, two ids and PMID; the "
    "line is left out: correct it",
    "B243": "{where}: document {id}: the entity {shown}: {fault}; it is left out: correct it (tokens are numbered from 0, "
    "through the document)",
    "B244": "{where}: document {id}: {count} tokens are white space; they are left out",
    "B245": "{where}: document {id}: the relation {shown} names tokens with several entities: read as {types}",
    "B247": "{place} does not hold the settings of an NLTK tokenizer ({reason}): load an intact copy of the pipeline",
    "B248": "{where}: no task has an annotation by {annotator}: give the id or e-mail of one of its annotators: {known}",
    "B249": "{where}: {count} documents without mentions are written as finished annotations, those with scores as "
    "predictions: if a program annotated all, write all as predictions (convert --predicted; in Python: predicted = True)",
    "B202": "line_breaks = {value!r}: use 'all', 'blank' or 'none'",
    "B210": "{path} does not exist: give a word2vec file, text or binary (also .gz, .xz), or a folder that spaCy saved",
    "B211": "{path}: no vectors can be read from this folder ({reason}): expected a saved spaCy pipeline with vectors, "
    "or its vocab",
    "B212": "{where}: expected a word and {expected} numbers, but found {found} numbers: is this the word2vec text "
    "format, and complete?",
    "B213": "{where}: the vector of {word!r} contains a number that is not finite: remove the row",
    "B214": "{path}: the first line states {stated} vectors, but the file has {found}: it was truncated or edited; download it "
    "again or correct the line",
    "B215": "{path}: no vectors in this file: give a word2vec text file",
    "B216": "[initialize.before_init] rms is {rms}: give a number above 0, or null to keep the vectors unscaled",
    "B217": "the score at position {position} is not a number (nan): give each span a score",
    "B220": "Sample: n = {n}, fraction = {fraction}: give one of them, n from 1 or a fraction above 0 up to 1",
    "B221": "Fold: k = {k}, fold = {fold}: give a k of at least 2, and a fold from 0 to k - 1",
    "B222": "Split: proportions = {shares}: give two (train, test) or three (train, dev, test) that sum to 1 or 100",
    "B223": "Relabel: the label {label!r} (document '{id}') is not in the mapping, which has {known}: add it, or set "
    'unmapped = "keep" or "drop"',
    "B224": "{wrapper}: part = '{part}' of {parts}: use one of {known}",
    "B225": "MaxWords: limit = {limit}: give a number of words from 1",
    "B226": "SampleUnannotated: share = {share}: give a number from 0 to 1",
    "B230": "similar = {similar}: give a share above 0, up to 1",
    "B231": "two systems have different texts for the document '{id}' ({one} and {other}): give annotations of the "
    "same texts",
    "B232": "votes = {votes} for {systems} systems: give a number from 1 to the number of systems",
    "B233": "{path}: no terms in this list: expected one per line",
    "B234": "times = {times}: give a number of 1 or more: a mention is removed if its text has that many unmarked "
    "occurrences",
    "B235": "labels: {given}: expected OLD=NEW, several separated by commas; nothing after the = drops the label, "
    "*= drops all other labels",
    "B236": "unknown rule '{given}' for {what}: use one of {known}",
    "B237": "--group {rule}: {reason}: give re: and a regular expression that is searched for in ids, as in re:^[0-9]+",
    "B238": "{where}: {what} dropped: column files store only tokens and flat mentions",
    "B239": "{where}: {count} documents have other columns than the first: of these only token and tag are written, "
    "and _ for the others",
    "B246": "{where}: the parts of the composite mention {shown} are not in its text: it stays one mention",
    "B253": "{where}: the term {id} has no reference to {xref}; it is left out",
    "B251": "a process was killed twice as it annotated this document, often for lack of memory; it is left out: split it, or annotate "
    "it where there is more memory",
    "B250": "{where}: {shown} is a second abstract of one document; the line is left out: join the two, or start a document "
    "(id|t|title) before the second",
    "B255": "{shown} is a {kind}, not a Document: for a text give Document(text); of a Doc, annotate gives the Document "
    "(spacy_bioner.annotate(nlp, [Document(text)]))",
    "B260": "{where}: {shown} is not a PubTator line: expected id, TAB, start, TAB, end, TAB, text, TAB, type, TAB, concept id, "
    "or id, TAB, relation, TAB, concept, TAB, concept; the line is left out",
    "B261": "{where}: the mention {shown}: {fault}; it is left out: correct it (offsets count characters from 0)",
    "B262": "{where}: {shown} belongs to no document: a document starts with id|t|title; the line is left out",
    "B263": "{where}: document '{id}': {count} {what}, which this format cannot store",
    "B264": "{where}: this XML cannot be read ({reason}); the rest of the file is skipped: create or download it again",
    "B265": "{where}: document {id}: {fault}; it is left out: correct it",
    "B266": "{where}: document {id}: the annotation {shown}: {fault}; it is left out: correct it (offsets count characters "
    "from the start of the document)",
    "B267": "{where}: document {id}: the relation {shown}: {fault}; it is left out",
    "B268": "{where}: document '{id}': {count} characters that XML does not allow are written as a blank (white space) or as U+FFFD",
    "B269": "{where}: this JSON cannot be read ({reason}); the rest of the file is skipped: create or download it again",
    "B270": "{where}: article {id}: {what}; it is left out",
    "B271": "{where}: not a Parquet file of documents ({reason}): create or download it again",
    "B272": "no component of this pipeline sets entities (it has {components}): train or add one first",
    "B273": "no component of this pipeline predicts the label '{label}': use one of {known}",
    "B274": "{path}: this shard is missing or damaged ({reason}): run the same command again, which recreates it",
    "B275": "{path} has {what}: name another output, or allow it to be replaced (--overwrite)",
    "B276": "{path}: another process is running this job: wait for it, or stop it and run the same command again",
    "B277": "{where}: document {id}: {count} infons are replaced by a later one with the same name in the same "
    "element, the first of them {shown}",
    "B278": "a process was killed as it loaded the pipeline, often for lack of memory: finished shards are kept; run the same command "
    "again, with fewer processes",
    "B279": "this pipeline has no component '{component}': use one of {known}",
    "B280": "the Ray cluster at {address} cannot be reached ({reason}): start one with 'ray start --head', or leave --address out",
    "B281": "unknown engine '{engine}': use one of {known}",
    "B282": "shard_size = {size}: give the number of documents in a shard, from 1 up",
    "B283": "{path}: this format holds questions only, and none of the {documents} documents has one: write another "
    "format",
    "B284": "{where}: {count} tasks without an annotation: their predictions are read, which nobody has corrected",
    "B285": "document {id}: one of its labels, ids or numbers cannot be written as Parquet ({reason}): correct it",
    "B286": "the question {question} does not fit this text: {fault}: give a question that is not empty, and answers with their "
    "offsets in the text",
    "B287": "doc.spans['{key}'] has {spans} spans, {places} places and {scores} scores, not equally many: set it with "
    "spacy_bioner.documents.doc_questions.set_answers",
    "B288": "{where}: question {id}: {fault}; it is left out: correct it",
    "B289": "{where}: question {id}: the answer {answer} is not at {start}; it is moved to {moved}, its only occurrence in the text",
    "B290": "{where}: question {id}: the answer {answer} is not at {start} and occurs {occurs} times in the text: it counts as an answer, but "
    "is not used for training; correct the offset (it counts characters from 0)",
    "B291": "{where}: document '{id}' has no question; it is left out",
    "B292": "{where}: question {id} is of the type {type} and is left out: name the types to read, of {known} "
    "(convert --questions factoid,list; in Python and configs: questions = 'factoid,list'); by default factoid",
    "B293": "{where}: question {id} has no context: no snippet, or no paragraph in the file of contexts; it is left out",
    "B294": "{where}: {id}: the answer {answer} {reason}: it counts as an answer, but is not used for training",
    "B295": "questions = {types!r}: give some of {known}, separated by commas",
    "B296": "{where}: question {id} has no answer of 1 to 100 characters; it is written without one",
    "B297": "{where}: {count} tasks that were skipped (all their annotations are cancelled) are left out",
    "B298": "{where}: {count} tasks with several annotations: the last of each is read; those of one annotator are read with "
    "convert --annotator (in Python and configs: annotator = ...)",
    "B299": "{where}: {count} tasks with neither annotations nor predictions are read as texts without mentions",
}
