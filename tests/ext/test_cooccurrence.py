"""Co-occurrences against a Counter, and hostile arguments."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from nlptk.ext.cooccurrence import MAX_WINDOW, PAIR, Neighbours, add_rows, count_pairs, place_pairs, shuffle_pairs
from tests.reference.glove import cooccurrences

WINDOWS = [1, 2, 5, 300]


def random_ids(seed, n_words=30, longest=40):
    """Zipf-like sentences, some of them empty, and the ids with -1 at the end of each."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, longest, 40)
    sentences = [np.minimum(rng.zipf(1.3, n) - 1, n_words - 1).tolist() for n in lengths]
    return sentences, np.array([w for s in sentences for w in [*s, -1]], np.int32)


def table(columns, values, lengths, first=0):
    rows = np.repeat(np.arange(first, first + len(lengths)), lengths.astype(np.int64))
    return Counter({(i, j): v for i, j, v in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True)})


def expected(sentences, window, symmetric, distance_weighting=True):
    found = cooccurrences(sentences, window, symmetric, distance_weighting)
    return Counter({(i, j): v for (i, j), v in found.items() if not symmetric or i >= j})


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("n_words", [3, 30, 20000])  # many and few neighbours for each word: both ways of taking a row
def test_rows_are_those_of_a_counter(window, symmetric, n_words):
    for seed in range(5):
        sentences, ids = random_ids(seed, n_words)
        sums = np.zeros(n_words, np.uint64)
        near = Neighbours(ids, 0, len(ids), n_words, window, symmetric)
        assert table(*near.rows(0, n_words, sums)) == expected(sentences, window, symmetric)
        assert not sums.any()
        assert near.counts.tolist() == np.bincount(ids[ids >= 0], minlength=n_words).tolist()


def test_without_distance_weighting():
    sentences, ids = random_ids(1)
    near = Neighbours(ids, 0, len(ids), 30, 5, True, False)
    assert table(*near.rows(0, 30, np.zeros(30, np.uint64))) == expected(sentences, 5, True, False)


@pytest.mark.parametrize("symmetric", [True, False])
def test_rows_in_pieces_of_parts_add_up(symmetric):
    sentences, ids = random_ids(7, longest=200)
    cuts = [0, 1, 50, 51, len(ids) // 2, len(ids)]  # in the middle of sentences
    parts = [Neighbours(ids, a, b, 30, 4, symmetric) for a, b in pairwise(cuts)]
    sums = np.zeros(30, np.uint64)
    whole = Counter()
    for first, last in ((0, 1), (1, 7), (7, 30)):
        rows = [part.rows(first, last, sums) for part in parts]
        columns, values = (np.concatenate([r[k] for r in rows]) for k in (0, 1))
        whole += table(*add_rows(columns, values, np.stack([r[2] for r in rows]), sums), first)
        assert not sums.any()
    assert whole == expected(sentences, 4, symmetric)


def test_no_words_and_no_ids():
    for ids in ([], [-1], [-1, -1], [0, -1], [0]):
        near = Neighbours(np.array(ids, np.int32), 0, len(ids), 2, 3, True)
        columns, values, lengths = near.rows(0, 2, np.zeros(2, np.uint64))
        assert len(columns) == len(values) == lengths.sum() == 0


@pytest.mark.parametrize(
    ("begin", "end", "n_words", "window"),
    [(0, 9, 3, 1), (2, 1, 3, 1), (0, 4, 0, 1), (0, 4, 3, 0), (0, 4, 3, MAX_WINDOW + 1), (0, 4, 2, 1)],
)
def test_hostile_parts(begin, end, n_words, window):
    ids = np.array([0, 1, 2, -1], np.int32)
    with pytest.raises(ValueError, match=r"word|part"):
        Neighbours(ids, begin, end, n_words, window, True)


def test_hostile_rows():
    near = Neighbours(np.array([0, 1, 2, -1], np.int32), 0, 4, 3, 1, True)
    for first, last, n in ((0, 4, 3), (1, 1, 3), (2, 1, 3), (0, 3, 2), (0, 3, 4)):
        with pytest.raises(ValueError, match="rows"):
            near.rows(first, last, np.zeros(n, np.uint64))
    columns, values, lengths = near.rows(0, 3, np.zeros(3, np.uint64))
    sums = np.zeros(3, np.uint64)
    for wrong in (columns[:-1], np.append(columns[:-1], np.uint32(3))):
        with pytest.raises(ValueError, match=r"rows|column"):
            add_rows(wrong, values, lengths[None], sums)
    with pytest.raises(ValueError, match="values"):
        add_rows(columns, values[:-1], lengths[None], sums)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("shift", [0, 1, 3])
def test_lists(shift, symmetric):
    n_words = 30
    _, ids = random_ids(3)
    columns, values, lengths = Neighbours(ids, 0, len(ids), n_words, 5, symmetric).rows(0, n_words, np.zeros(n_words, np.uint64))
    counts = np.zeros(1 << 2 * shift, np.int64)
    count_pairs(columns, lengths, 0, shift, symmetric, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    pairs, ends = np.zeros(len(columns), PAIR), starts[:-1].copy()
    place_pairs(columns, values.astype(np.float32), lengths, 0, shift, symmetric, ends, pairs)
    assert np.array_equal(ends, starts[1:])
    found = Counter()
    for at in range(len(counts)):
        a, b = at >> shift, at & ((1 << shift) - 1)
        assert not symmetric or a <= b or not counts[at]
        for i, j, x in pairs[starts[at] : starts[at + 1]].tolist():
            cell = (i << shift | a, j << shift | b)
            found[(max(cell), min(cell)) if symmetric else cell] += x
    assert found == Counter({cell: float(np.float32(v)) for cell, v in table(columns, values, lengths).items()})
    with pytest.raises(ValueError, match="fit"):
        place_pairs(columns, values.astype(np.float32), lengths, 0, shift, symmetric, ends, pairs)


def test_lists_refuse_what_does_not_fit():
    column, x, length = np.array([0], np.uint32), np.ones(1, np.float32), np.ones(1, np.uint64)
    for first, columns in ((65536, column), (0, np.array([65536], np.uint32))):
        with pytest.raises(ValueError, match=r"fit|column"):
            place_pairs(columns, x, length, first, 0, True, np.zeros(1, np.int64), np.zeros(1, PAIR))
    with pytest.raises(ValueError, match="fit"):
        place_pairs(column, x, length, 0, 0, True, np.full(1, -1), np.zeros(1, PAIR))
    with pytest.raises(ValueError, match="shift"):
        place_pairs(column, x, length, 0, 1, True, np.zeros(1, np.int64), np.zeros(1, PAIR))
    with pytest.raises(ValueError, match="shift"):
        count_pairs(column, length, 0, 13, True, np.zeros(1, np.int64))


def test_shuffle_is_a_permutation_that_the_seed_decides():
    pairs = np.zeros(5000, PAIR)
    pairs["x"] = np.arange(5000)
    one, same, other = pairs.copy(), pairs.copy(), pairs.copy()
    shuffle_pairs(one, 1)
    shuffle_pairs(same, 1)
    shuffle_pairs(other, 2)
    assert np.array_equal(one, same)
    assert (one["x"] == other["x"]).sum() < 10 > (one["x"] == pairs["x"]).sum()
    assert np.array_equal(np.sort(one["x"]), pairs["x"])
    shuffle_pairs(pairs[:0], 1)
    assert abs(np.corrcoef(one["x"], np.arange(5000))[0, 1]) < 0.06
