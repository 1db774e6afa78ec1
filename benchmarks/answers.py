"""Speed of ``bioner_answers``: questions a second through ``nlp.pipe``, beside a bare pass of the same network.

    python benchmarks/answers.py CHECKPOINT QUESTIONS [--questions 300] [--mixed-precision]

CHECKPOINT: a folder or name. QUESTIONS: a file with questions, such as SQuAD's. The windows of the bare pass are cut
and sorted by length before the measurement starts, and its output is not used. Both run on one thread and take turns;
CPU time is measured, so that other processes have little influence. Fails below 0.9 times the speed of the bare pass.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import spacy
import torch
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bioner import read
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.ml.answers.answer_transformer import cut
from spacy_bioner.ml.answers.windows import Passage
from spacy_bioner.training.corpora import unannotated

TARGET = 0.9
BATCH_PIECES = 4096


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--questions", dest="number", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mixed-precision", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    nlp = spacy.blank("en", config={"nlp": {"tokenizer": {"@tokenizers": "spacy-bioner.BioTokenizer.v1"}}})
    model = {"name": given.checkpoint, "mixed_precision": given.mixed_precision}
    pipe = nlp.add_pipe("bioner_answers", config={"model": model})
    documents = list(read(given.questions))
    documents = documents[:: max(1, len(documents) // given.number)][: given.number]
    references = [to_doc(document, nlp) for document in documents]
    nlp.initialize(lambda: [Example(unannotated(doc), doc) for doc in references[:20]])
    bare = bare_pass(pipe, references, given.mixed_precision)
    best = {"bare": float("inf"), "nlp.pipe": float("inf")}
    for _ in range(given.rounds):
        best["bare"] = min(best["bare"], seconds(bare))
        docs = [unannotated(doc) for doc in references]
        best["nlp.pipe"] = min(best["nlp.pipe"], seconds(lambda docs=docs: list(nlp.pipe(docs, batch_size=1000))))
    for name, took in best.items():
        print(f"{name:10} {len(references) / took:8.1f} questions/s")
    share = best["bare"] / best["nlp.pipe"]
    print(f"share      {share:8.2f} (target {TARGET})")
    return int(share < TARGET)


def bare_pass(pipe: spacy.pipeline.TrainablePipe, docs: list[Doc], mixed: bool) -> Callable[[], None]:
    """Return a pass of the network and its linear layer over windows that are cut, sorted and padded already."""
    windows = cut(pipe.model, [Passage(doc._.question.text, doc.text) for doc in docs]).windows
    windows.sort(key=lambda window: -len(window.ids))
    network = pipe.model.get_ref("encoder").shims[0].network.eval()
    output = pipe.model.get_ref("output")
    weights, bias = (torch.from_numpy(np.array(output.get_param(name))) for name in "Wb")
    batches = []
    while windows:
        longest = len(windows[0].ids)
        group, windows = windows[: BATCH_PIECES // longest], windows[BATCH_PIECES // longest :]
        ids, types, mask = (torch.zeros(len(group), longest, dtype=torch.int64) for _ in range(3))
        for row, window in enumerate(group):
            ids[row, : len(window.ids)] = torch.tensor(window.ids)
            types[row, : len(window.ids)] = torch.tensor(window.types)
            mask[row, : len(window.ids)] = 1
        batches.append({"input_ids": ids, "token_type_ids": types, "attention_mask": mask})

    def run() -> None:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=mixed):
            for batch in batches:
                torch.nn.functional.linear(network(**batch).last_hidden_state.float(), weights, bias)

    return run


def seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main())
