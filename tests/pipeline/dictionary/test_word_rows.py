from threading import Thread

import numpy as np
import pytest

from spacy_bioner.pipeline.dictionary import word_rows
from spacy_bioner.pipeline.dictionary.word_rows import WordRows


def row_of(word):
    return (word & 7, 1, 2, (word + 5) & (1 << 64) - 1)


def fetch(rows, ids):
    return rows.fetch(np.array(ids, dtype=np.int64), lambda unknown: list(map(row_of, unknown)))


def check(rows, ids):
    expected = [[*row[:3], word + 5, word] for word in ids for row in [row_of(word)]]
    assert fetch(rows, ids).tolist() == expected


def test_words_of_one_slot_are_told_apart():
    rows = WordRows()
    for _ in range(3):
        check(rows, [3, 3 + (1 << 16), 3 + (1 << 40), 3, 0, -(1 << 62) + 3])
        check(rows, [3 + (1 << 16)])
    check(rows, [])


def test_each_word_is_computed_once():
    rows, asked = WordRows(), []
    for ids in ([1, 2, 1], [2, 1 + (1 << 16), 1], [1, 2]):
        rows.fetch(np.array(ids, dtype=np.int64), lambda unknown: [asked.append(w) or row_of(w) for w in unknown])
    assert sorted(asked) == [1, 2, 1 + (1 << 16)]


def test_what_is_full_starts_anew(monkeypatch):
    monkeypatch.setattr(word_rows, "_CAPACITY", 1_100)
    rows = WordRows()
    for start in range(0, 600, 60):
        check(rows, range(start, start + 60))
    check(rows, range(3_000))  # more than it holds at a time
    check(rows, range(10))


@pytest.mark.parametrize("capacity", [450, 100_000])
def test_threads_share_it(capacity, monkeypatch):
    # The smaller one overflows in the midst of what another thread reads.
    monkeypatch.setattr(word_rows, "_CAPACITY", capacity)
    rows, wrong = WordRows(), []

    def read(seed):
        rng = np.random.default_rng(seed)
        for _ in range(100):
            ids = rng.integers(0, 2_000, size=300) << 14  # 500 words to a slot
            found = fetch(rows, ids)
            wrong.append((found[:, 4] != ids).any() or (found[:, 3] != ids + 5).any())

    threads = [Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 400
    assert not any(wrong)
