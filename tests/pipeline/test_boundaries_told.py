"""Mentions with a boundary inside a token are told by `check`, in training and by `evaluate`, in one number."""

import logging
import re

import pytest
import spacy
from commands import runner
from spacy.tokens import DocBin
from spacy.training import Example

from spacy_bioner.corpus.audit.counts import audit
from spacy_bioner.corpus.audit.tables import audit_text, training_text
from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.documents.gold import entity_mentions
from spacy_bioner.experiments.analysis.units import spans_of
from spacy_bioner.formats import Document, Mention
from spacy_bioner.scoring import compare
from spacy_bioner.training.corpora import unannotated

TEXT = "anti-TNFx therapy with rash and fever"
MENTIONS = [
    Mention(5, 8, "Gene"),  # inside the token
    Mention(7, 27, "ADR", ((7, 9), (23, 27))),  # a fragment of it is
    Mention(23, 37, "ADR", ((23, 27), (32, 37))),
    Mention(32, 37, "ADR"),
]
TOKENS = [(match.start(), match.end()) for match in re.finditer(r"\S+", TEXT)]
DOCUMENT = Document(TEXT, MENTIONS, "d", tokens=TOKENS)


@pytest.fixture
def nlp():
    return spacy.blank("en")


def test_check_counts_them(nlp):
    figures = audit([DOCUMENT], nlp).to_dict()
    assert figures["inside_tokens"] == 2
    assert "2 of 4 mentions have a part that starts or ends inside a token" in audit_text(figures)


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 9), (5, 8), (32, 37)],  # nested, exact
        [(5, 8), (32, 37)],  # no whole token
        [(5, 17), (32, 37)],  # learnt as "therapy"
        [(5, 17), (10, 27), (32, 37)],  # crossing, and its other
        [(32, 37), (32, 37)],  # counted once
    ],
)
def test_check_says_found_and_missed_what_scores_count(nlp, spans):
    """The best that a flat tagger can predict is scored."""
    document = Document(TEXT, [Mention(start, end, "ADR") for start, end in spans], "d", tokens=TOKENS)
    best = Document(TEXT, entity_mentions(to_doc(document, nlp).ents), "d")
    result = compare(spans_of(document), spans_of(best))
    figures = audit([document], nlp).to_dict()
    assert f"{len(result.true_positives)} of {len(spans)} mentions" in audit_text(figures)
    assert f"{len(result.misses)} cannot be found as annotated" in training_text(figures, 0, "")


@pytest.mark.parametrize("scheme", ["BIO", "BIOHD"])
def test_training_of_the_crf_counts_them(nlp, scheme, caplog):
    crf = nlp.add_pipe("bioner_crf", config={"scheme": scheme})
    reference = to_doc(DOCUMENT, nlp)
    with caplog.at_level(logging.WARNING, "spacy"):
        crf.initialize(lambda: [Example(unannotated(reference), reference)], nlp=nlp)
    assert "a part of 2 mentions starts or ends inside a token" in caplog.text


def test_evaluate_says_them(nlp, tmp_path):
    nlp.add_pipe("bioner_dictionary").add_terms([("fever", "ADR")])
    nlp.to_disk(tmp_path / "model")
    DocBin([], docs=[to_doc(DOCUMENT, nlp)], store_user_data=True).to_disk(tmp_path / "gold.spacy")
    printed = runner("evaluate")(tmp_path / "model", tmp_path / "gold.spacy")
    assert "starts or ends inside a token: 2 gold mentions" in printed
