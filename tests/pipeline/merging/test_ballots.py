import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bioner.formats import Mention
from spacy_bioner.pipeline.merging.ballots import (
    Counter,
    Elected,
    best_mentions,
    by_priority,
    elect,
    without_overlaps,
)


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


def in_parts(edges, score):
    """A mention whose parts are from each edge to the next, every second one left out."""
    parts = tuple(zip(sorted(edges)[::2], sorted(edges)[1::2], strict=True))
    return Mention(parts[0][0], parts[-1][1], "X", parts if len(parts) > 1 else (), score=score)


some_mentions = st.lists(
    st.builds(
        in_parts,
        st.sampled_from([2, 2, 4, 6]).flatmap(lambda n: st.sets(st.integers(0, 20), min_size=n, max_size=n)),
        st.sampled_from([None, 0.2, 0.5, 0.9]),
    ),
    max_size=6,
)


def share(one, other):
    return any({*range(*a)} & {*range(*b)} for a in one.parts for b in other.parts)


def in_order(mentions):
    return sorted(mentions, key=lambda one: (one.start, one.end))


@given(st.lists(some_mentions, max_size=4))
def test_by_priority_compares_with_all_mentions_of_earlier_systems(ballots):
    taken = []
    for one in ballots:
        taken += [new for new in one if not any(share(new, old) for old in taken[:])]
        # Of one system all are kept: the list above is complete before it is added.
    assert by_priority(ballots) == in_order(taken)


@given(some_mentions)
def test_the_best_mentions_are_the_greedy_choice(found):
    score = [1.0 if one.score is None else one.score for one in found]
    taken = []
    for i in sorted(range(len(found)), key=lambda i: (-score[i], found[i].start, -found[i].end, i)):
        if not any(share(found[i], other) for other in taken):
            taken.append(found[i])
    assert best_mentions(found) == in_order(taken)
