"""Likely errors: by strings, by edges, by a model; joined and ranked."""

from collections import Counter
from dataclasses import replace

import pytest

from spacy_bioner.experiments.gold_errors.by_model import Probable, by_predictions, model_findings
from spacy_bioner.experiments.gold_errors.edges import edge_findings
from spacy_bioner.experiments.gold_errors.findings import Finding, ranked
from spacy_bioner.experiments.gold_errors.outputs import findings_text, noted, records
from spacy_bioner.experiments.gold_errors.strings import string_findings
from spacy_bioner.experiments.gold_errors.words import Words, words_of
from spacy_bioner.experiments.runs import Run, read_runs, write_run
from spacy_bioner.formats import Document, Mention


def marked(text, label="ADR"):
    """A document of a text with mentions in brackets; [X:words] has the label X."""
    plain, mentions, start = "", [], 0
    for char in text:
        if char == "[":
            start, own = len(plain), label
        elif char == "]":
            mentions.append(Mention(start, len(plain), own))
        elif char == ":" and plain[start:].isupper() and len(plain) - start < 3:
            own, plain = plain[start:], plain[:start]
        else:
            plain += char
    return Document(plain, mentions)


def texts(findings, documents):
    rows = records(ranked(findings), documents)
    return [(row["kind"], row["text"], row["proposed_label"], row["proposed_text"]) for row in rows]


def test_words_keep_the_case_of_short_ones():
    words = Words(marked("Was the [Lung-cancer] WAS-like? [na]me"))
    assert words.forms[:4] == ["Was", "the", "lung", "-"]
    assert "WAS" in words.forms
    assert list(words.mentions) == [0], "a mention inside a word has no words of its own"
    assert words.inside == [False, False, True, True, True, False, False, False, False, True]


def test_a_string_that_is_a_mention_here_and_none_there():
    documents = [marked("A [rash] and [severe rash].")] * 3 + [marked("No rash at all; Rash again; a severe rash.")]
    found = texts(string_findings(words_of(documents)), documents)
    assert found == [
        ("missing", "severe rash", "ADR", "severe rash"),
        ("missing", "rash", "ADR", "rash"),
        ("missing", "Rash", "ADR", "Rash"),
    ]


def test_a_string_that_is_hardly_ever_a_mention():
    documents = [marked("He was a patient.")] * 6 + [marked("Each [patient] left.")]
    (finding,) = string_findings(words_of(documents))
    assert (finding.document, finding.kind, finding.gold, finding.proposal) == (6, "spurious", 0, None)
    assert finding.confidence == pytest.approx(6 / 8)


def test_a_label_unlike_the_others():
    documents = [marked("The [DI:rash] left.")] * 4 + [marked("The [AD:rash] left.")]
    (finding,) = ranked(string_findings(words_of(documents)))
    assert (finding.document, finding.kind, finding.proposal) == (4, "label", (4, 8, "DI"))
    assert finding.confidence == pytest.approx(4 / 6)


def test_edges_unlike_their_kin():
    documents = [marked("Some had the [rash] and the [cough]. Dry [fever], then [sore throat].")] * 12
    documents += [marked("[the rash] came."), marked("Bad [nausea,] came."), marked("A sore [throat].")]
    found = {one.document: one for one in edge_findings(words_of(documents))}
    assert set(found) == {12, 13, 14}
    assert found[12].proposal == (4, 8, "ADR")
    assert found[13].proposal == (4, 10, "ADR")
    assert found[14].proposal == (2, 13, "ADR")
    assert found[12].confidence == pytest.approx(0.9 * 12 / 14)


def test_a_pair_of_brackets_stays_whole():
    documents = [marked("Type [fever] ) and [rash] ( then.")] * 12
    documents += [marked("The [disease (old)] came.")]
    assert list(edge_findings(words_of(documents))) == []
    documents[-1] = marked("The [disease old)] came.")
    assert [one.proposal for one in edge_findings(words_of(documents))] == [(4, 15, "ADR")]


def test_a_model_that_is_sure_of_something_else():
    gold = marked("A [rash], a [dry cough], a [AD:fever] and tremor; [pain].")
    a = {text: gold.text.index(text) for text in ("cough", "fever", "tremor", "pain")}
    probable = {
        (2, 6, "ADR"): 0.99,
        (a["cough"], a["cough"] + 5, "ADR"): 0.9,
        (a["fever"], a["fever"] + 5, "ADR"): 0.8,
        (a["tremor"], a["tremor"] + 6, "ADR"): 0.7,
        (a["pain"], a["pain"] + 4, "ADR"): 0.3,
    }
    probable = Probable({(((start, end),), label): p for (start, end, label), p in probable.items()})
    found = {one.kind: one for one in model_findings(gold, 0, probable)}
    assert {kind: one.confidence for kind, one in found.items()} == pytest.approx(
        {"boundary": 0.9 * 0.85, "label": 0.8 * 0.9, "missing": 0.7 * 0.9, "spurious": 0.7 * 0.6}
    )
    assert found["spurious"].gold == 3
    (unsure,) = [one for one in model_findings(gold, 0, probable, absent=0.5) if one.kind == "spurious"]
    assert unsure.confidence == pytest.approx(0.35 * 0.6)


def test_mentions_of_layers_and_in_parts_are_found_beside_others():
    parts = ((0, 5), (17, 25))
    gold = Document("renal or cardiac toxicity", [Mention(0, 25, "ADR", parts), Mention(9, 25, "ADR")])
    shapes = [(parts, "ADR"), (((9, 25),), "ADR"), (((9, 16),), "Organ")]
    probable = dict(zip(shapes, (0.6, 0.7, 0.8), strict=True))
    (organ,) = model_findings(gold, 0, Probable(probable, set(shapes)))
    assert (organ.kind, organ.proposal, organ.fragments) == ("missing", (9, 16, "Organ"), ())
    assert organ.confidence == pytest.approx(0.9 * 0.8)
    # As rivals, all but the most probable give way.
    assert [(one.kind, one.gold) for one in model_findings(gold, 0, Probable(probable))] == [
        ("spurious", 0),
        ("boundary", 1),
    ]
    # What the model is unsure of is not found, but counts against "nothing here".
    (spurious,) = model_findings(Document(gold.text, gold.mentions[:1]), 0, Probable({shapes[0]: 0.3}, {shapes[0]}))
    assert (spurious.kind, spurious.gold) == ("spurious", 0)
    assert spurious.confidence == pytest.approx(0.6 * 0.7)


def test_a_proposal_in_parts_is_shown_and_noted_as_such():
    parts = ((0, 5), (17, 25))
    probable = Probable({(parts, "ADR"): 0.9}, {(parts, "ADR")})
    for mentions, kind in (([], "missing"), ([Mention(0, 25, "ADR")], "boundary")):
        gold = Document("renal or cardiac toxicity", mentions)
        (finding,) = findings = list(model_findings(gold, 0, probable))
        assert (finding.kind, finding.fragments) == (kind, parts)
        (row,) = records(findings, [gold])
        assert (row["proposed_start"], row["proposed_end"], row["proposed_text"]) == (0, 25, "renal toxicity")
        (document,) = noted(findings, [gold])
        assert [m.fragments for m in document.mentions] == [parts if kind == "missing" else ()]
    assert "ADR 'renal toxicity'?" in document.extra["brat"][".ann"]


def test_sources_that_agree_are_joined_and_others_give_way():
    def one(kind, gold, proposal, confidence, reason):
        return Finding(0, kind, gold, proposal, confidence, reason)

    found = ranked(
        [
            one("boundary", 0, (0, 4, "A"), 0.5, "x"),
            one("boundary", 0, (0, 4, "A"), 0.6, "y"),
            one("spurious", 0, None, 0.7, "z"),
            one("missing", -1, (9, 12, "A"), 0.6, "x"),
            one("missing", -1, (10, 14, "A"), 0.9, "x"),
            one("missing", -1, (20, 24, "A"), 0.3, "x"),
        ]
    )
    assert [(f.kind, f.proposal, f.reason) for f in found] == [
        ("missing", (10, 14, "A"), "x"),
        ("boundary", (0, 4, "A"), "x; y"),
    ]
    assert found[1].confidence == pytest.approx(0.8)


def test_notes_and_the_table():
    documents = [marked("No rash, [the cough]."), marked("Nothing.")]
    findings = [
        Finding(0, "boundary", 0, (13, 18, "ADR"), 0.9, "because"),
        Finding(0, "missing", -1, (3, 7, "ADR"), 0.8, "also"),
    ]
    (document,) = noted(findings, documents)
    assert [(m.label, document.text_of(m)) for m in document.mentions] == [
        ("ADR", "the cough"),
        ("missing_ADR", "rash"),
    ]
    content = document.extra["brat"][".ann"]
    assert "#1\tAnnotatorNotes T1\tcheck 0.90, boundary: ADR 'cough'? (because)\n" in content
    assert "#2\tAnnotatorNotes T2\tcheck 0.80, missing (also)\n" in content
    text = " ".join(findings_text(records(findings, documents)).split())
    assert "1 0.90 boundary #1 ADR 'the cough' -> ADR 'cough' because" in text


def test_a_saved_score_of_0_is_no_certainty(tmp_path):
    gold = [Document("a rash", [], "1")]
    found = [Document("a rash", [Mention(2, 6, "ADR", score=0.0)], "1")]
    write_run(Run(tmp_path / "one", "crf", "tiny"), {"ents_f": 0.0}, gold, found, Counter())
    assert by_predictions(read_runs([tmp_path])) == (gold, [])
    write_run(
        Run(tmp_path / "one", "crf", "tiny"),
        {"ents_f": 0.0},
        gold,
        [replace(found[0], mentions=[Mention(2, 6, "ADR")])],
        Counter(),
    )
    documents, (finding,) = by_predictions(read_runs([tmp_path]))
    assert (documents, finding.kind, finding.confidence) == (gold, "missing", 0.9)
