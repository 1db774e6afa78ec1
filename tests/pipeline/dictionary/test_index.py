import pickle

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from spacy.strings import get_string_id

from spacy_bioner.pipeline.dictionary.aho_corasick import AhoCorasick
from spacy_bioner.pipeline.dictionary.hash_index import HashIndex
from spacy_bioner.pipeline.dictionary.index import BREAK
from spacy_bioner.pipeline.dictionary.strings import Strings

LETTERS = "ab\U0001f600\ud800"
WORD = st.text(st.sampled_from(LETTERS), max_size=4)
KEYS = st.lists(st.text(st.sampled_from(LETTERS), min_size=1, max_size=7), unique=True, max_size=12)


def find(matcher, words):
    ids = np.array([get_string_id(ascii(word)) for word in words], dtype=np.uint64).view(np.int64)
    forms = dict(zip(ids.tolist(), words, strict=True))
    return sorted(matcher.find_many(ids, forms.__getitem__))


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
    assert find(HashIndex(keys, multiplier), words) == every_run(keys, words)


@given(KEYS, st.lists(WORD | st.just(BREAK), max_size=14), st.sampled_from([HashIndex, AhoCorasick]))
def test_every_index_finds_the_same_in_every_way(keys, words, build):
    index = build(keys)
    expected = every_run(keys, words)
    assert len(index) == len(keys)
    assert find(index, words) == expected
    for i in range(len(words)):  # what the index remembers of words changes nothing
        assert find(index, words[i:]) == [(start - i, stop - i, key) for start, stop, key in expected if start >= i]
    # The other way, for many places.
    again = [*words, BREAK] * 50
    longer = [
        (i * (len(words) + 1) + start, i * (len(words) + 1) + stop, key)
        for i in range(50)
        for start, stop, key in expected
    ]
    assert find(index, again) == longer
    text = "".join(words)
    inside = [(i, i + len(key), n) for n, key in enumerate(keys) for i in range(len(text)) if text.startswith(key, i)]
    assert sorted(index.find_inside(text)) == sorted(inside)
    copy = pickle.loads(pickle.dumps(index))
    assert find(copy, words) == expected


def test_many_words_at_a_time_are_read_as_few():
    words = [a + b * n for a in "abc" for b in "abc" for n in range(12)] + ["x" * 99, "", BREAK]
    keys = [word for word in words[:100:3] if word] + ["aab", "abaab", "ccabba"]
    keys = list(dict.fromkeys(keys))
    assert find(HashIndex(keys), words * 2) == every_run(keys, words * 2)


def test_many_keys_in_several_chunks():
    keys = [f"{number:x}" for number in range(120_000)]
    matcher = HashIndex(keys)
    wanted = [0, 49_999, 50_000, 99_999, 100_000, 119_999]
    words = [word for number in wanted for word in (keys[number], BREAK)]
    assert [match for match in find(matcher, words) if match[2] in wanted] == [
        (2 * i, 2 * i + 1, number) for i, number in enumerate(wanted)
    ]
    assert len(matcher) == 120_000


def test_nothing_to_find():
    assert find(HashIndex([]), ["a"]) == []
    assert find(HashIndex(["a"]), []) == []
    assert find(HashIndex(["a"]), [""]) == []
    assert find(HashIndex(["a"]), ["aa", BREAK]) == []
    assert find(HashIndex(["aa"]), ["a", BREAK, "a"]) == []


@given(st.lists(st.text()))
def test_strings(strings):
    held = Strings(strings)
    assert [held[i] for i in range(len(held))] == strings
