"""Every reader survives mutated files: documents or a coded error, the same under both policies, nothing silently lost.

``benchmarks/fuzz.py`` is the long run of this; ``--replay`` shows what an input that it kept raises.
"""

from random import Random

import pytest
from fuzzing import NASTY_STRINGS, survives, writes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nasty import mutate, seeds
from targets import SEEDS_OF, TARGETS, outcome, put, unpacked

from spacy_bioner.formats import Document, Mention, ProblemLog, conll, jsonl, text
from spacy_bioner.tags import SCHEMES, decode, encode, repair, validate


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_files(name, tmp_path):
    target, pool, random = TARGETS[name], seeds()[SEEDS_OF.get(name, name)], Random(name)
    ends = set()
    for content in [
        *pool,
        *(mutate(random, unpacked(target, random.choice(pool)), pool, target.packed) for _ in range(60)),
    ]:
        for options in target.options[:3]:
            ended, fault = outcome(target, put(target, content, tmp_path), options, True)
            assert not fault, (fault, content)
            ends.add(ended)
    assert len(ends) > 1


@pytest.mark.parametrize("name", TARGETS)
def test_sound_files_are_read(name, tmp_path):
    """The seeds reach what is behind the first check: most are read without a fault."""
    target = TARGETS[name]
    ends = [
        outcome(target, put(target, content, tmp_path), options, True)
        for content in seeds()[SEEDS_OF.get(name, name)]
        for options in target.options
    ]
    assert any(ended == "read" for ended, _ in ends) or name in ("brat", "brat-tar", "any", "obo.gz", "jsonl.gz"), ends


@st.composite
def nasty_documents(draw):
    words = draw(st.text(max_size=12) | NASTY_STRINGS)
    count = draw(st.integers(0, 2)) if words else 0
    mentions = []
    for _ in range(count):
        start = draw(st.integers(0, len(words) - 1))
        end = draw(st.integers(start + 1, len(words)))
        mentions.append(
            Mention(start, end, draw(NASTY_STRINGS.filter(bool)), id=draw(NASTY_STRINGS), score=draw(SCORES))
        )
    meta = draw(st.dictionaries(NASTY_STRINGS, NASTY_STRINGS | st.floats() | st.integers(), max_size=2))
    return Document(words, mentions, draw(NASTY_STRINGS), meta=meta)


SCORES = st.none() | st.floats(0, 1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=nasty_documents())
def test_documents_of_nasty_strings_are_written_whole_or_refused(tmp_path, document):
    path = tmp_path / "a.jsonl"
    path.unlink(missing_ok=True)
    if writes(jsonl.write, [document], path):
        assert survives(jsonl.read, path) == [document]
    for format, suffix in ((conll, ".tsv"), (text, ".txt")):
        path.with_suffix(suffix).unlink(missing_ok=True)
        if writes(format.write, [document], path.with_suffix(suffix)):
            log = ProblemLog("skip")
            again = list(format.read(path.with_suffix(suffix), log))
            assert "".join("".join(d.text.split()) for d in again) == "".join(document.text.split())
            assert not {"B142", "B143", "B144"} & set(log.counts)


@given(
    st.lists(
        st.sampled_from(["O", "-"]) | st.builds("{}-{}".format, st.sampled_from("BIESLU"), NASTY_STRINGS.filter(bool)),
        max_size=6,
    ),
    st.sampled_from(SCHEMES),
)
def test_tags_of_any_scheme_and_label(tags, scheme):
    """What conlleval reads in any tags is written as legal tags that hold the same spans."""
    spans = decode(tags, scheme)
    again = encode(spans, len(tags), scheme)
    assert decode(again, scheme) == spans == decode(again, scheme, strict=True)
    assert not validate(repair(tags, scheme), scheme)
