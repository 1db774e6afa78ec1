"""B3: dictionary and lexicon. B4: CRF and relations. B5: neural layers and tagger. B6: language models and transfer. B7: transformers."""

from __future__ import annotations

MESSAGES: dict[str, str] = {
    "B302": "{where}: the double quotes around {shown} are left out, as a spreadsheet puts them around a cell; quotes of the "
    "term itself need another pair around them",
    "B303": "{where}: {found} columns where term, label and concept ids are expected: remove the others, or read the "
    'columns by name with spacy-bioner.CsvLexicon.v1 and delimiter = "\\t"',
    "B304": "{where}: empty term: fill it in or remove the entry",
    "B305": "{where}: '{term}' has no label: add one, or set a label for the whole lexicon",
    "B306": "{where}: no column '{column}' in the header: use one of {known}",
    "B307": "{where}: {found} cells where the header has {expected}: quote cells that hold the delimiter",
    "B308": "{where}: quotes do not match ({reason}): double the quotes inside a quoted cell",
    "B309": "{where}: {shown} is not a synonym: expected a text in double quotes and a scope",
    "B310": "unknown synonym scope '{scope}': use some of {known}",
    "B311": "{entry} is not a term ({fault}): give (term, label) or (term, label, concept ids), all of them texts",
    "B312": "{setting} = {value}: give a whole number from 0 up",
    "B313": "inside_tokens = '{inside_tokens}': use one of {known}",
    "B314": "alignment = 'split' is for training corpora; a pipeline keeps the tokens it was given: use one of expand, "
    "contract and strict, or a tokenizer with smaller tokens, such as spacy-bioner.BioTokenizer.v1",
    "B315": "{where}: a label or id contains a control character or an unpaired surrogate: {values}: remove it",
    "B316": "delimiter = {delimiter}: give a single character other than a quote or a line break",
    "B317": "{where}: several columns are named '{column}': rename them, so that the name is unique",
    "B318": "{where}: a term without an id: every [Term] of an OBO file has one",
    "B319": "{where}: {id} is obsolete, skipped (obsolete = true reads such terms)",
    "B320": "unknown step '{step}' to normalise terms: use some of {known}",
    "B321": "conflicts = '{conflicts}': use one of {known}",
    "B322": "prune = {prune}: give a share from 0 to 1",
    "B323": "{name} learns from the whole training corpus, but [training] max_epochs = -1 streams it: set max_epochs "
    "= 1, or set gold = false in [initialize.components] and prune = 0 to learn from lexicons only",
    "B324": "{name} has no terms: the training corpus has no gold mentions, and no lexicon has entries: check their paths",
    "B325": "{name}: no mention of the training corpus has the labels of lexicons {labels}; it has {known}. Terms "
    "found under another label count as wrong: check the spelling, and that the second column of the list is the label",
    "B331": "{name} has no terms, so it finds nothing: call nlp.initialize() with gold mentions or lexicons, add terms, or load a "
    "trained pipeline. Warned once",
    "B326": "{where}: a synonym of scope {scope}, skipped (scopes = {scopes})",
    "B400": "a CRF cannot learn tags of the scheme '{scheme}': use IOBES, BILOU, BIO or BIOHD",
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
    "B410": "these {size} bytes are not a valid crfsuite model ({reason}): train the component again",
    "B411": "crfsuite could not fit the CRF with the algorithm '{algorithm}' ({reason}; its last messages: {log}): free "
    "memory and disk space, or choose another algorithm",
    "B413": "threshold {threshold} is not a probability: use a number from 0 to 1, or null for the best tag sequence",
    "B414": "{name} is not trained: call nlp.initialize() with training examples, or load a trained pipeline",
    "B415": "{name}: the model in {place} was trained with other feature blocks than those of the config (differences: "
    "{blocks}): load it with its own config, or train it again",
    "B416": "the scores of crfsuite's algorithm '{algorithm}' are not probabilities: set threshold = null, or use lbfgs",
    "B417": "{name}: the tokens differ from those of training at {places} of {known} compared places, such as "
    "{examples} (| is a split that training does not have), which lowers the scores: give the pipeline the tokenizer "
    "of its training ([nlp.tokenizer] of its own config.cfg), or train it with this one. Warned once",
    "B418": "{name}: the documents have {what}: it reads {length} tokens at once, but read {trained} in training. Put "
    "the same components before it as in training, such as bioner_sentences. Warned once",
    "B419": "DictionaryFeatures: a document has no doc.spans['{spans_key}'], which the training documents had: put the "
    "component that sets them before the CRF. Warned once",
    "B420": "the score {score} of '{span}' is not a number from 0 to 1: give a probability, or none, which means 1.0",
    "B421": "'{span}' (tokens {start} to {end}) has no label: create it with Span(doc, start, end, label=...)",
    "B430": "doc.spans['{key}'] holds {number} spans that are not pairs of head and tail with one type and id each: set it "
    "with set_relations",
    "B431": "{pair} is not a pair type: write the type of the head, an arrow and the type of the tail, as in 'Chemical -> Disease' "
    "(* for any type)",
    "B432": "max_sentences is {value}: give the number of sentence boundaries that may lie between two mentions (0 for "
    "the same sentence), or null for no limit",
    "B433": "{name}: the {examples} training examples have no relation, or none with a label: give a corpus with relations between "
    "mentions or between their concepts",
    "B434": "{name}: no two entities of the training data form a candidate pair of the type '{pair}'; its relations are of "
    "{known}: correct the type, or allow more sentence boundaries between the two (max_sentences)",
    "B435": "{name}: its network listens to another component, which reads all documents, whereas this component "
    "reads only those with candidate pairs: give it a tok2vec or a transformer of its own",
    "B436": "{name}: {option} is {value!r}: give {wanted}",
    "B437": "{name}: no two entities of the training data form a candidate pair; its relations: {outcomes}",
    "B438": "{name}: {lost} of the {all} gold relations of the training data cannot be learned: {outcomes}",
    "B439": "{long} of {pairs} pairs are in texts of more than {most} word pieces (the longest has {longest}): only a window "
    "around the pair is read; raise max_pieces if the transformer allows more, or lower max_sentences",
    "B440": "unknown {name} '{value}' of a transformer over pairs: use one of {known}",
    "B441": "{where}: {shown} is not a pair with a label: expected sentence, TAB, 0 or 1 (GAD, EU-ADR; a number before them), or the six "
    "columns of ChemProt in SNLI form",
    "B442": "{where}: {found} masked mentions, not two; the row is left out: correct it",
    "B443": "{name}: the training data has relations labelled {unknown}, which are not among the labels {labels}: they "
    "are trained as no relation. Add them to [initialize.components.{name}] labels, or leave that setting out. A "
    "component that is trained further cannot get new labels: train a new one. Warned once",
    "B510": "the word embedding has width {given} and the vectors have width {width}: set word_width = {width}, or null",
    "B530": "sequence {sequence} of the batch: {scheme} does not allow '{tag}' at token {position} after '{previous}': "
    "repair the gold tags first (spacy_bioner.tags.repair)",
    "B531": "sequence {sequence} of the batch: no valid {scheme} sequence agrees with its known tags: "
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
    "are trained as O, no entity. Add them to [initialize.components.{name}] labels, or leave that setting out. A "
    "tagger that is trained further gets a new label by add_label, or train a new one from its weights "
    "(--paths.source). Warned once",
    "B562": "{name}: {cut} entities of a batch cross the end of a sentence, where no entity can be predicted: their tokens "
    "are left out of training. Correct the sentence starts of the predicted documents. Warned once",
    "B580": "{name}: the files in {place} cannot be used: {reason}. Load an intact copy of the pipeline "
    "(spacy bioner verify lists the damage), or train it again",
    "B581": "{name}: {path} could not be written ({reason}): the saved pipeline is incomplete and will not "
    "load; free disk space or choose another folder, and save it again",
    "B582": "{name}: {file} is not the one with which {place} was saved, so that predictions would change: load an "
    "intact copy of the pipeline, or save it again from memory (nlp.to_disk); an interrupted save leaves such a "
    "folder, too",
    "B583": "{name}: {file} was changed after the pipeline was saved, which may change its predictions: if intended, save "
    "the pipeline again (nlp.to_disk), or give settings to spacy.load(..., config={{...}}); if not, load an intact copy",
    "B584": "{place}: {what} is {value}, more than the limit of {most}: the file is damaged or malicious; if it is valid, set "
    "spacy_bioner.limits.{limit} higher before you load it",
    "B585": "the term, label or concept {text} of the dictionary contains an unpaired surrogate, which no file can store: remove "
    "it, then save again",
    "B586": "the layer '{layer}' was saved with {setting} = {saved!r}, which its weights were made for, and the config has "
    "{given!r}: load the pipeline without this change, or train it again",
    "B600": "a language model over '{tok2vec}' would see the words that it has to predict: its encoder must be "
    'spacy-bioner.CharCnnBiLSTM.v1 or spacy-bioner.CharBiLSTM.v1 with directions = "independent", or with depth = 1',
    "B601": "a vocabulary needs a word that occurs at least {min_count} times; there are {words} distinct words: check the "
    "path of the corpus, or lower min_count",
    "B602": "{name}: backward_weight = {backward_weight}: give a number from 0 (forward only) to 1 (backward only)",
    "B603": "{name}: the training corpus is streamed ([training] max_epochs = -1), so that the vocabulary would be that of "
    "its first 100 examples: set its source, as in\n[initialize.components.{name}.words]\n"
    '@readers = "spacy-bioner.TextCorpus.v1"\npath = ${{paths.train}}',
    "B605": "the optimizer's state in {path} belongs to another network ({reason}): remove the file to continue training without it",
    "B606": "TextCorpus: max_chars = {max_chars}: give a number of characters from 1",
    "B607": "{path} holds no text: check [paths]",
    "B610": "no pipeline at {path} to transfer weights from: give the folder that `spacy train` wrote, such as "
    "OUT/model-best (path = null transfers nothing)",
    "B611": "the pipeline {where} has no component '{component}': use one of {known}",
    "B612": "the pipeline {where} has {found} components whose weights can be transferred ({known}): name one "
    '({option} = "...")',
    "B613": "unknown layer '{layer}': use some of {known}, or all",
    "B614": "the {where} component '{component}' has no layer '{layer}': use one of {known}",
    "B615": "{layer} cannot be transferred from {path}: {fault}. Give both the same sizes (transformers: the "
    "same word pieces, too), leave the layer out, or set strict = false to skip it",
    "B616": "nothing was transferred from {path}; the last column has the reasons:\n{table}",
    "B617": "freeze: {layer} = {batches}: give one of char, word and encode, with a whole number of training batches "
    "above 0, or -1 for all of them",
    "B618": "labels = {labels}: {unknown} is not a label of the {where}: use one of {known}",
    "B619": "{layer}: the encoder of the {where} component '{component}' is a transformer, which has no directions: give encode",
    "B620": "the word vectors of {path} differ from those of the pipeline to be trained: {fault}. The copied weights were trained "
    "with the source's vectors; use the same file and the same rms in both trainings ([initialize.before_init])",
    "B621": "freeze: the transformer that '{component}' listens to cannot be frozen for a number of batches: set "
    "grad_factor = 0 in its listener, which freezes it throughout training",
    "B623": "{name}: {setting} = {value}: give {wanted}",
    "B624": "layer_rates: '{layer}' is in the component that '{component}' listens to, which has one rate for all of "
    "its layers: give the rates of output and crf, and the optimizer that of the rest",
    "B625": "layer_rates: '{component}' is a component of another package, which updates all of its layers at the optimizer's rate: "
    "give no rates, or name a component of spacy-bioner (component = ...)",
    "B626": "freeze: {layer} = {batches}: this layer is updated by a component of another package ('{component}', or the one that "
    "it listens to), which counts no batches: give -1, which freezes the layer throughout training",
    "B327": "doc.spans['{key}']: two entities represent a mention of the id {id}, as after Doc.from_docs: read the mentions of "
    "each Doc before they are joined",
    "B328": "doc.spans['{key}'] has mentions in several parts ({ids}) but no scores, as after Doc.from_docs: if Docs were "
    "joined, mentions of one id have become one: read the mentions of each Doc before",
    "B660": "doc.spans['{key}']: the spans of the id {id} are not a mention: {spans}. The fragments of a mention have "
    "the same label and do not overlap: give other ids, or set them by pipeline.set_entities.annotate",
    "B680": "doc.spans['{key}'] has the short form '{short}' (token {start}) without the long form of the same id: "
    "run bioner_abbreviations again, or remove the group",
    "B630": "{name}: null_threshold is {value}: give a number, the difference of scores above which there is no answer, or null",
    "B631": "windows of {max_pieces} word pieces have no room for a question of {max_question} and {least} of a context: give larger "
    "windows or a smaller max_question",
    "B632": "{long} questions have more than {most} word pieces (the longest {longest}) and are truncated: raise max_question. "
    "Warned once",
    "B633": "{name}: none of the {examples} training examples has an answer to learn from ({questions} have a question): give a corpus "
    "of questions whose answers occur in its texts, such as SQuAD's",
    "B634": "{name}: {lost} of the {all} questions of the training data cannot be learned: none of their answers occurs in the text",
    "B636": "this pipeline ({pipeline}) has no component bioner_answers: train one (configs/answers.cfg)",
    "B681": "lexicon {lexicon} ({path}): none of its {names} names has a concept id, which a linker needs: "
    "name the column of ids (concept = ...), write them as the third column (TSV), or leave the lexicon out",
    "B682": "lexicon {lexicon} ({path}): none of its {ids} entries shares a name with a known concept: give the lexicons that have "
    "ids, too, with the same labels",
    "B683": "{name}: the name '{term}' has no concept id: give (name, label, id)",
    "B684": "{name}: no names were learned, so it links nothing: give lexicons ([initialize.components.{name}.lexicons]), or a "
    "training corpus whose mentions have concepts",
    "B664": "{name}: nothing to learn: none of the {several} discontinuous mentions of the training data is a coordination with "
    'a continuous mention ("renal ... toxicity" in "renal and hepatic toxicity"): leave the component out',
    "B797": "{name}: all {candidates} candidates of the training data are mentions, so that there are no negative "
    "examples: give more documents, also some with conjunctions that join no mentions",
    "B661": "{name}: tags of the scheme {scheme} cannot represent {left} gold mentions (nested, overlapping, or discontinuous in "
    "an ambiguous way): they are not learnt, and count as missed. `spacy bioner check` shows how many of them other schemes "
    "and layers can represent. Warned once",
    "B662": '{name}: layers = {layers}: give "labels" (a layer for each label), a list of lists of labels, or null',
    "B663": '{name}: labels that {what}: {labels}. Each label of the training data must be in exactly one layer; layers = "labels" '
    "makes one for each",
    "B685": "{name}: parts = {parts}: {fault} (spans_key = ... in the components to be joined, none of them that of this component), "
    "and name these keys as the parts",
    "B686": "{name}: {setting} = {value}: there are {parts} parts: give from 1 to {parts} votes, or {parts} weights from 0 up, not "
    "all of them 0",
    "B687": "{name}: no part ({parts}) found anything in the {examples} annotated documents: put the components before this one, let "
    "them annotate in training ([training] annotating_components), and give them these span keys",
    "B688": "{name}: a document has no doc.spans['{part}']: put the component that sets it before this one. Warned once",
    "B329": "VectorReranker has no vectors to compare: give it an encoder ([components.NAME.rerank.encoder] @architectures = "
    '"spacy-bioner.NameTransformer.v1"), or load word vectors into the pipeline ([initialize] vectors)',
    "B330": "the encoder of VectorReranker gave {found} for {names} names: give a model that returns one row of finite numbers for "
    "each name, such as spacy-bioner.NameTransformer.v1",
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
    "B705": "Transformer: unknown value '{value}': use one of {known}",
    "B706": "windows of {most} word pieces cannot overlap by {overlap}: max_pieces must be more than twice overlap, and 2",
    "B707": "{long} of {sequences} sentences or documents of a batch have more than {most} word pieces, the longest "
    "{longest}: they are read in parts, and no token is left out. Warned once; spacy bioner check --transformer counts them",
    "B708": "the checkpoint '{name}' has no head: {missing} weights of the head ({first}, ...) are initialised with random "
    "numbers, and their first gradients damage the encoder: train the head alone first (pretrain-mlm --head-only)",
    "B709": "pretrain-mlm: the run in {path} began with another recipe: {fault}. Resume it with the settings and files of its "
    "start, or give another output; to train its result further, give that as --model",
    "B710": "pretrain-mlm: {name} = {value}: {what}",
    "B711": "the text has more distinct characters than a vocabulary of {size} word pieces can hold: give --vocab-size "
    "{needed} or more",
    "B712": "{path} is not empty: give another folder, --resume to continue a run that was interrupted there, or "
    "--overwrite to replace the files of a run",
    "B713": "{path} has too little text for evaluation: give a development text with --dev",
    "B714": "no vocabulary of word pieces can be read from {path} ({reason}): give a text file with one piece per line, among "
    "them [PAD], [UNK], [CLS], [SEP] and [MASK]",
    "B715": "the weights of '{name}' contain a number that is not finite ({weight}): download or train it again",
    "B716": "the saved transformer cannot be used: {reason}. Load an intact copy of the pipeline, or train it again",
    "B717": "{path} is incomplete ({fault}) and is skipped: the run resumes from an older state, or from the start",
    "B718": "pretrain-mlm: {path} cannot be written ({reason}): free disk space, then continue with --resume",
    "B719": "precision = {precision} changes the vectors of this transformer: their similarity to those in 32 bits is {similarity:.2f} "
    "(1 for equal ones, expected {least} or more), so that a tagger's predictions may change: compare its "
    "scores (spacy bioner evaluate), or set precision = float32",
    "B740": "document '{id}': {value!r} are not valid types: give a list of labels, or labels joined by |; no label may "
    "contain a |",
    "B741": "{path}: document '{id}' has a mention of {label}, but types = {types}: declare every type that the annotators "
    "of this corpus looked for, or drop mentions by spacy-bioner.Relabel.v1",
    "B742": "{name}: document '{id}' declares the types {types}, so that the tags of its other tokens are not known; "
    "crfsuite learns whole tag sequences only: set layers = 'labels' (a CRF for each type), or use bioner_bilstm_crf or "
    "another bioner_tagger",
    "B743": "the label '{label}' becomes ? (document '{id}'): only a reader (spacy-bioner.Relabel.v1) and spacy bioner "
    "evaluate can make tokens unknown, a file cannot store that: drop the label ({label}=) or give it a new name",
    "B744": "JoinedCorpora: no corpora, or one is not a reader: give readers by name ([corpora.train.corpora.NAME])",
    "B745": "JoinedCorpora: the share {share!r} of '{name}': give a number above 0 for one of the corpora ({known})",
    "B746": "JoinedCorpora: the corpus '{name}' declares no types and has no {labels}, unlike other corpora, so that all its "
    "words are negative examples of them. If its annotators did not look for these, give it types = [...]",
    "B747": "{name}: drop = {drop} is above spread = {spread}, so that a form could be both dropped and spread: give drop a "
    "lower share than spread",
    "B760": "{where}: the attribute {name} of {id}, with the value {value}, is left out: brat's attributes have one word as their "
    "name and no line breaks, tabs or double spaces in their value",
    "B761": "no component of this pipeline sets span._.{name}: use one of its span extensions, {known}",
    "B762": "'{given}': expected pairs of span extension and attribute, such as negex=Negated,is_historical=Historical",
    "B763": "--code {path} cannot be imported ({reason}): correct this Python file",
    "B775": "precision = {precision} destroys the vectors of this transformer: their similarity to those in 32 bits is "
    "{similarity:.2f} (1 for equal ones, needed {least}), so that predictions would be useless: set precision = float32",
    "B794": "frozen_layers = {frozen}: this {type} has {layers} layers with weights of their own, and at least one must learn: "
    "give a smaller number",
    "B777": "the transformer '{name}' cannot be opened again, so that training starts from the weights that it has in this pipeline, "
    "which may be trained ones: {reason}. To train such weights further without this warning, call nlp.resume_training instead of "
    "nlp.initialize; in a config, give the component a source",
    "B776": "precision = int8 runs on a CPU only, and this pipeline runs on {device}: set precision = bfloat16 there, or "
    "load the pipeline without a GPU",
}
