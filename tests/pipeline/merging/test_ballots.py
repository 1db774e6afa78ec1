import pytest

from spacy_bioner.formats import Mention
from spacy_bioner.pipeline.merging.ballots import Counter, Elected, elect, without_overlaps


def ballot(*spans):
    return [Mention(start, end, label) for start, end, label in spans]


def spans(elected):
    return [(one.mention.start, one.mention.end, one.mention.label, one.votes) for one in elected]


A = ballot((0, 4, "Gene"), (10, 14, "Gene"), (20, 24, "Drug"))
B = ballot((10, 14, "Protein"), (0, 4, "Gene"), (30, 31, "Drug"))
C = ballot((0, 4, "Protein"), (10, 15, "Gene"), (20, 24, "Gene"))


def test_a_place_needs_votes_and_takes_the_label_of_most():
    counts = Counter()
    assert spans(elect([A, B, C], 2, "first", counts)) == [(0, 4, "Gene", 3), (10, 14, "Gene", 2), (20, 24, "Drug", 2)]
    assert counts == {"places": 5, "below": 2}
    assert spans(elect([A, B, C], 3)) == [(0, 4, "Gene", 3)]
    assert len(elect([A, B, C], 1)) == 5


def test_ties_go_to_the_first_system_or_are_dropped():
    assert spans(elect([B, A], 2)) == [(0, 4, "Gene", 2), (10, 14, "Protein", 2)]
    counts = Counter()
    assert spans(elect([A, B, C], 2, "drop", counts)) == [(0, 4, "Gene", 3)]
    assert counts["tied"] == 2
    # The label of the first system loses to one that two others give.
    votes = [ballot((0, 4, label)) for label in ("X", "Y", "Y", "X", "Y")]
    assert spans(elect(votes, 3)) == [(0, 4, "Y", 5)]


def test_a_system_votes_once_for_a_place():
    twice = ballot((0, 4, "Gene"), (0, 4, "Protein"), (0, 4, "Gene"))
    assert spans(elect([twice, []], 1)) == [(0, 4, "Gene", 1)]
    assert elect([twice, []], 2) == []
    assert spans(elect([twice, ballot((0, 4, "Protein"))], 2)) == [(0, 4, "Protein", 2)]


def test_fragments_are_part_of_the_place():
    whole = Mention(0, 9, "D")
    split = Mention(0, 9, "D", ((0, 4), (7, 9)))
    assert [one.mention.fragments for one in elect([[whole, split], [split]], 2)] == [split.fragments]


def test_concepts_are_joined_and_foreign_ids_left():
    a = Mention(0, 4, "Gene", id="T1", concepts=("g:1",))
    b = Mention(0, 4, "Gene", id="T7", concepts=("g:2", "g:1"))
    c = Mention(0, 4, "Drug", id="T1", concepts=("d:1",))
    (one,) = elect([[a], [b], [c]], 2)
    assert one.mention == Mention(0, 4, "Gene", id="T1", concepts=("g:1", "g:2"))
    assert elect([[], [b], [c]], 1)[0].mention.id == ""
    assert elect([], 1) == []


@pytest.mark.parametrize(
    ("overlap", "kept"),
    [
        ("longest", [(0, 10, "L", 1), (12, 15, "b", 2), (20, 25, "c", 2)]),
        ("votes", [(0, 3, "a", 3), (12, 15, "b", 2), (20, 25, "c", 2)]),
        (
            "keep",
            [(0, 3, "a", 3), (0, 10, "L", 1), (12, 15, "b", 2), (14, 17, "d", 1), (20, 25, "c", 2), (21, 24, "e", 2)],
        ),
    ],
)
def test_overlaps(overlap, kept):
    elected = [
        Elected(Mention(start, end, label), votes)
        for start, end, label, votes in [
            (0, 3, "a", 3),
            (0, 10, "L", 1),
            (12, 15, "b", 2),
            (14, 17, "d", 1),
            (20, 25, "c", 2),
            (21, 24, "e", 2),
        ]
    ]
    assert spans(without_overlaps(elected, overlap)) == kept
    assert without_overlaps([], overlap) == []
