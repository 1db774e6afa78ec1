import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spacy_bioner.pipeline.dictionary.matcher import BREAK, KeyMatcher, Strings

LETTERS = "ab\U0001f600\ud800"
WORD = st.text(st.sampled_from(LETTERS), max_size=4)
KEYS = st.lists(st.text(st.sampled_from(LETTERS), min_size=1, max_size=7), unique=True, max_size=12)


def find(matcher, words):
    forms = sorted(set(words))
    return sorted(matcher.find(forms, np.array([forms.index(word) for word in words], dtype=np.int64)))


def every_run(keys, words):
    return [
        (start, stop, keys.index(run))
        for start in range(len(words))
        for stop in range(start + 1, len(words) + 1)
        if words[start] and words[stop - 1] and (run := "".join(words[start:stop])) in keys
    ]


@given(KEYS, st.lists(WORD | st.just(BREAK), max_size=14), st.sampled_from([1, 3, 0x9E3779B97F4A7C15]))
@example(["ab", "ba"], ["ab", "ba", "a", "", "b", "a"], 1)
def test_finds_what_brute_force_finds(keys, words, multiplier):
    # With the multiplier 1 all keys of the same letters have the same hash.
    assert find(KeyMatcher(keys, multiplier), words) == every_run(keys, words)


@given(KEYS, st.lists(st.text(st.sampled_from("ab"), min_size=1, max_size=4), max_size=14))
def test_finds_what_an_aho_corasick_automaton_finds_between_word_edges(keys, words):
    ahocorasick = pytest.importorskip("ahocorasick")
    automaton = ahocorasick.Automaton()
    for number, key in enumerate(keys):
        automaton.add_word(key, (number, len(key)))
    edges = {len("".join(words[:i])): i for i in range(len(words) + 1)}
    found = []
    if keys:
        automaton.make_automaton()
        for last, (number, length) in automaton.iter("".join(words)):
            start, stop = last + 1 - length, last + 1
            if start in edges and stop in edges:
                found.append((edges[start], edges[stop], number))
    assert find(KeyMatcher(keys), words) == sorted(found)


def test_many_keys_in_several_chunks():
    keys = [f"{number:x}" for number in range(120_000)]
    matcher = KeyMatcher(keys)
    wanted = [0, 49_999, 50_000, 99_999, 100_000, 119_999]
    words = [word for number in wanted for word in (keys[number], BREAK)]
    assert [match for match in find(matcher, words) if match[2] in wanted] == [
        (2 * i, 2 * i + 1, number) for i, number in enumerate(wanted)
    ]
    assert len(matcher) == 120_000


def test_nothing_to_find():
    assert find(KeyMatcher([]), ["a"]) == []
    assert find(KeyMatcher(["a"]), []) == []
    assert find(KeyMatcher(["a"]), [""]) == []
    assert find(KeyMatcher(["a"]), ["aa", BREAK]) == []
    assert find(KeyMatcher(["aa"]), ["a", BREAK, "a"]) == []


@given(st.lists(st.text()))
def test_strings(strings):
    held = Strings(strings)
    assert [held[i] for i in range(len(held))] == strings
