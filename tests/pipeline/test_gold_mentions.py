"""Gold mentions in tokens, and the tags that hold them: in several parts, nested, inside tokens, over sentences."""

import numpy as np
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bioner.documents.alignment import to_doc
from spacy_bioner.formats import Document, Mention
from spacy_bioner.pipeline.gold_mentions import UNKNOWN, gold_mentions, labels_of, mention_tag_ids
from spacy_bioner.pipeline.gold_tags import gold_tag_ids
from spacy_bioner.tags import BIOHD, tag_set

NLP = spacy.blank("en")
TEXT = "cardiac and renal toxicity of aspirin"
CARDIAC = Mention(0, 26, "ADR", ((0, 7), (18, 26)))
RENAL = Mention(12, 26, "ADR")
ORGAN = Mention(12, 17, "Organ")
TAGS = tag_set(["ADR", "Organ"], BIOHD)


def example(*mentions, text=TEXT):
    return Example(NLP.make_doc(text), to_doc(Document(text, list(mentions)), NLP))


def spelt(ids, tags=TAGS):
    return ["?" if i == UNKNOWN else tags[i] for i in ids.tolist()]


def test_fragments_are_learned_and_what_nests_is_counted():
    pair = example(CARDIAC, RENAL, ORGAN)
    assert labels_of(pair, flat=False) == ["ADR", "ADR", "Organ"]
    found = gold_tag_ids([pair, pair], TAGS, BIOHD, np.array([6, 6]))
    assert spelt(found.ids) == ["DB-ADR", "O", "DB-ADR", "HB-ADR", "O", "O"] * 2
    assert (found.cut, found.left) == (0, 2)


def test_each_level_holds_what_the_one_before_it_left():
    tags = tag_set(["ADR"], "IOBES")
    inner, innermost = Mention(12, 26, "ADR"), Mention(18, 26, "ADR")
    gold = [gold_mentions(example(Mention(0, 26, "ADR"), inner, innermost, ORGAN))]
    first, second = mention_tag_ids(gold, tags, "IOBES", np.array([6]), {"ADR"}, 2)
    assert spelt(first.ids, tags) == ["B-ADR", "I-ADR", "I-ADR", "E-ADR", "O", "O"]
    assert spelt(second.ids, tags) == ["O", "O", "B-ADR", "E-ADR", "O", "O"]
    assert first.left == second.left == 1
    (only,) = mention_tag_ids(gold, tag_set(["Organ"], "BIO"), "BIO", np.array([6]), {"Organ"})
    assert spelt(only.ids, tag_set(["Organ"], "BIO")) == ["O", "O", "B-Organ", "O", "O", "O"]


def test_a_part_inside_a_token_and_parts_in_two_sentences_teach_nothing():
    inside = Mention(0, 26, "ADR", ((0, 7), (20, 26)))
    found = gold_tag_ids([example(inside)], TAGS, BIOHD, np.array([6]))
    assert spelt(found.ids) == ["?", "O", "O", "?", "O", "O"]
    found = gold_tag_ids([example(CARDIAC)], TAGS, BIOHD, np.array([2, 4]))
    assert spelt(found.ids) == ["?", "O", "O", "?", "O", "O"]
    assert found.cut == 1


def test_missing_and_other_tokens():
    reference = Doc(NLP.vocab, words=["renal", "toxicity", "here"])
    reference.set_ents([spacy.tokens.Span(reference, 0, 2, "ADR")], missing=[reference[2:3]])
    same = Example(Doc(NLP.vocab, words=["renal", "toxicity", "here"]), reference)
    assert spelt(gold_tag_ids([same], TAGS, BIOHD, np.array([3])).ids) == ["B-ADR", "I-ADR", "?"]
    other = Example(
        Doc(NLP.vocab, words=["renal", "tox", "icity", "here"], spaces=[True, False, True, False]), reference
    )
    assert spelt(gold_tag_ids([other], TAGS, BIOHD, np.array([4])).ids) == ["B-ADR", "I-ADR", "I-ADR", "?"]
