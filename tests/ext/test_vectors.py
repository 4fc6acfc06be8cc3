"""Kernels of finished vectors against their references: subwords, words by hash, text and binary rows, the best of many."""

from __future__ import annotations

import math
import struct
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.container import pack_strings
from nlptk.ext import nearest, subwords, vector_text
from nlptk.ext.word_table import WordTable
from tests.reference import vectors as reference

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)
NAMES = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)


# ---- subwords


@given(st.binary(max_size=30))
def test_hash_equals_the_reference(text):
    assert subwords.fnv(text) == reference.fnv(text)


def test_hash_of_published_values():
    assert subwords.fnv(b"") == 2166136261
    assert subwords.fnv(b"a") == 0xE40C292C  # the usual FNV-1a where no byte is negative
    assert subwords.fnv("北".encode()) != 0x2D8C2F6B  # and not so where bytes are


@given(NAMES.map(str.encode) | st.binary(max_size=12), st.integers(1, 6), st.integers(0, 7), st.integers(1, 50))
def test_subwords_equal_the_reference(word, min_n, max_n, bucket):
    expected = reference.subwords(word, min_n, max_n, bucket)
    out = np.full(len(expected) + 2, 77, np.uint32)
    assert subwords.buckets(word, min_n, max_n, bucket, out) == len(expected) == subwords.count(word, min_n, max_n)
    assert out.tolist() == [*expected, 77, 77]
    few = np.zeros(1, np.uint32)
    assert subwords.buckets(word, min_n, max_n, bucket, few) == len(expected)


@given(st.lists(NAMES, max_size=6), st.integers(-1, 5), st.integers(1, 3), st.integers(0, 5))
def test_subwords_of_all_and_their_means(words, skip, min_n, max_n):
    blob, offsets = pack_strings(words)
    starts = np.zeros(len(words) + 1, np.int64)
    subwords.buckets_of_all(blob, offsets, skip, min_n, max_n, 9, starts)
    out = np.zeros(int(starts[-1]), np.uint32)
    subwords.buckets_of_all(blob, offsets, skip, min_n, max_n, 9, starts, out)
    expected = [[] if i == skip else reference.subwords(w.encode(), min_n, max_n, 9) for i, w in enumerate(words)]
    assert [out[a:b].tolist() for a, b in pairwise(starts)] == expected
    rows = np.arange((len(words) + 9) * 3, dtype=np.float32).reshape(-1, 3) ** 1.5
    means = np.empty((len(words), 3), np.float32)
    subwords.means(rows, starts, out, means)
    for i, found in enumerate(expected):
        assert means[i] == pytest.approx(rows[[i, *(len(words) + b for b in found)]].mean(axis=0), rel=1e-5)


def test_subwords_refuse_what_does_not_fit():
    out = np.zeros(3, np.uint32)
    for sizes in ((0, 3, 5), (1, 1 << 21, 5), (1, 3, 0), (1, 3, 1 << 31)):
        with pytest.raises(ValueError, match="expected"):
            subwords.buckets(b"a", *sizes, out)
    with pytest.raises(ValueError, match="offsets"):
        subwords.buckets_of_all(b"ab", np.array([0, 3]), -1, 1, 3, 5, np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="starts"):
        subwords.buckets_of_all(b"ab", np.array([0, 2]), -1, 1, 3, 5, np.array([0, 2]), np.zeros(3, np.uint32))
    with pytest.raises(ValueError, match="fit"):
        subwords.means(np.zeros((2, 3), np.float32), np.array([0, 1]), np.array([1], np.uint32), np.zeros((1, 3), np.float32))


# ---- words


def table_of(words, slots=None):
    blob, offsets = pack_strings(words)
    slots = np.zeros(1 << (2 * len(words) + 1).bit_length(), np.uint64) if slots is None else slots
    return WordTable(blob, offsets, slots), slots


@given(st.lists(st.text(max_size=6), max_size=30), st.text(max_size=6))
def test_words_are_found(words, other):
    table, slots = table_of(words)
    again, twice = table.fill(slots)
    first = {word: i for i, word in reversed([*enumerate(words)])}
    assert again == len(words) - len(first)
    assert not again or first[words[twice]] < twice
    found = np.empty(len(words) + 1, np.int64)
    table.find_all([*words, other], found)
    assert found.tolist() == [first.get(word, -1) for word in [*words, other]]
    assert [table.word(i) for i in range(len(table))] == words


@given(
    st.binary(max_size=20),
    st.lists(st.integers(-5, 30), min_size=1, max_size=6),
    st.lists(st.integers(0, 2**64 - 1), min_size=8, max_size=8),
)
def test_damaged_tables_do_no_harm(blob, offsets, slots):
    table = WordTable(blob, np.array(offsets, np.int64), np.array(slots, np.uint64))
    assert -1 <= table.find("的") < len(offsets) - 1
    for i in range(len(table)):
        with suppress(ValueError):
            assert isinstance(table.word(i), str)


def test_word_table_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="power of two"):
        table_of(["a", "b"], np.zeros(3, np.uint64))
    with pytest.raises(ValueError, match="power of two"):
        table_of(["a", "b"], np.zeros(2, np.uint64))
    table, _ = table_of(["a"])
    with pytest.raises(TypeError, match="item 0 is a int"):
        table.find_all([1], np.zeros(1, np.int64))
    with pytest.raises(IndexError):
        table.word(1)


# ---- rows of text and binary


@given(
    st.lists(
        st.tuples(NAMES.filter(lambda w: w and not set(w) & set(" \t\r\n")), st.lists(FINITE, min_size=3, max_size=3)),
        max_size=20,
    )
)
def test_what_is_written_is_read(rows):
    words, values = [word for word, _ in rows], np.array([v for _, v in rows], np.float32).reshape(-1, 3)
    blob, offsets = pack_strings(words)
    for binary in (False, True):
        buffer = np.zeros(1 << 14, np.uint8)
        size, done = vector_text.write(buffer, binary, blob, offsets, values)
        assert done == len(rows)
        text = buffer[:size].tobytes()
        if not binary:
            assert [line.split(" ")[0] for line in text.decode().split("\n")[:-1]] == words
            numbers = [[reference.single(float(x)) for x in line.split(" ")[1:]] for line in text.decode().split("\n")[:-1]]
            assert numbers == (values + 0).tolist()
        back, names, ends = np.empty((30, 3), np.float32), bytearray(), np.zeros(30, np.int64)
        at, read, lines, problem = vector_text.read(text, 0, True, binary, False, back, names, ends)
        assert (read, problem) == (len(rows), None)
        assert at >= size - 1
        assert (back[:read] == values).all()
        assert bytes(names) == bytes(blob)
        assert ends[:read].tolist() == [*offsets][1:]
        assert binary or lines == len(rows)


def read(text: bytes, dim: int, *, last: bool = True, binary: bool = False, limit: int = 50, any_bytes: bool = False):
    values, names, ends = np.empty((limit, dim), np.float32), bytearray(), np.zeros(limit, np.int64)
    at, rows, lines, problem = vector_text.read(text, 0, last, binary, any_bytes, values, names, ends)
    words = [bytes(names[a:b]) for a, b in zip([0, *ends[: rows - 1]], ends[:rows], strict=False)]
    return text[at:], words, values[:rows].tolist(), lines, problem


def test_text_that_is_read():
    assert read(b"a 1 2\nb\t.5   -3e0 \r\n\n \r\nc 1. +2", 2) == (b"", [b"a", b"b", b"c"], [[1, 2], [0.5, -3], [1, 2]], 5, None)
    assert read(b"a 1 2\nb 1", 2, last=False) == (b"b 1", [b"a"], [[1, 2]], 1, None)
    assert read(b"a 1 2\nb 1 2\n", 2, limit=1) == (b"b 1 2\n", [b"a"], [[1, 2]], 1, None)
    assert read(b". . . 1 2\nat a@b.c 1 2\n1 2 3\n 4 5\n", 2)[1] == [b". . .", b"at a@b.c", b"1", b""]
    assert read(b"\xff 1\n", 1, any_bytes=True)[1] == [b"\xff"]
    assert read(b"", 3) == (b"", [], [], 0, None)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"b 1", "1 number, expected 2"),
        (b"b", "0 numbers, expected 2"),
        (b"b 1 2 3", "3 numbers, expected 2"),
        (b"b 1 nan", "'nan', expected a word and 2 finite numbers"),
        (b"b 1 inf", "'inf', expected"),
        (b"b 1 1e99", "'1e99', expected"),
        (b"b 1 2x", "'2x', expected"),
        (b"b 1 0x10", "'0x10', expected"),
        (b"b 1 1_0", "'1_0', expected"),
        (b"b 1 2,5", "'2,5', expected"),
        (b"\xff\xfe 1 2", "word '\\xff\\xfe' is not UTF-8"),
        (b"b 1 \xff", "'\\xff', expected"),
    ],
)
def test_text_that_is_wrong(line, problem):
    rest, words, _, lines, found = read(b"a 1 2\n" + line + b"\nc 1 2\n", 2)
    assert (words, lines) == ([b"a"], 1)
    assert rest.startswith(line)
    assert problem in found


def test_binary_that_is_read():
    row = struct.pack("<2f", 1, 2)
    text = b"a " + row + b"\n\nb " + row + b"c " + row
    assert read(text, 2, binary=True)[1] == [b"a", b"b", b"c"]
    assert read(text[:-1], 2, binary=True)[0] == b"c " + row[:-1]
    for wrong in (math.nan, math.inf, -math.inf):
        assert "finite" in read(b"a " + struct.pack("<2f", 1, wrong), 2, binary=True)[4]
    assert "UTF-8" in read(b"\xff " + row, 2, binary=True)[4]
    assert "does not end" in read(b"a" * 70000, 2, binary=True)[4]


def test_numbers_of_a_line():
    counts = {b"a 1 2": 2, b"1 2 3": 2, b". . 1": 1, b"a": 0, b"": 0, b" 1 2": 2, b"a b": 0, b"7": 0}
    assert {line: vector_text.count(line) for line in counts} == counts


def test_rows_that_cannot_be_written():
    out, offsets = np.zeros(100, np.uint8), np.array([0, 1])
    with pytest.raises(ValueError, match="finite"):
        vector_text.write(out, False, b"a", offsets, np.array([[np.nan]], np.float32))
    with pytest.raises(ValueError, match="offsets"):
        vector_text.write(out, False, b"a", np.array([0, 2]), np.array([[1]], np.float32))
    assert vector_text.write(out[:10], False, b"a", offsets, np.array([[1]], np.float32)) == (0, 0)


# ---- the best of many


@given(st.lists(st.floats(width=32), max_size=200), st.integers(1, 12), st.integers(1, 90))
def test_highest_equal_the_reference(scores, k, block):
    best, numbers = np.full((1, k), -np.inf, np.float32), np.full((1, k), -1, np.int64)
    for start in range(0, len(scores), block):
        nearest.update(np.array([scores[start : start + block]], np.float32), start, best, numbers)
    expected = reference.highest(scores, k)
    assert [(int(i), float(s)) for i, s in zip(numbers[0], best[0], strict=True) if i >= 0] == expected


def test_nearest_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match="fit"):
        nearest.update(np.zeros((2, 3), np.float32), 0, np.zeros((1, 2), np.float32), np.zeros((1, 2), np.int64))
