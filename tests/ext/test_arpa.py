"""Numbers of ARPA files, and lines in portions of any size."""

from __future__ import annotations

import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlptk.ext.arpa import LineError, Words, format_lines, format_number, parse_number
from tests.reference import arpa as reference

floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
digits = st.text("0123456789", max_size=25)
numbers = st.builds(
    lambda sign, whole, point, part, power: f"{sign}{whole}{point}{part}{power}".encode(),
    st.sampled_from(["", "-", "+", "--"]), digits, st.sampled_from(["", ".", ".."]), digits,
    st.one_of(st.just(""), st.sampled_from(["e", "E", "e-", "e+", "e1", "e-5"]), st.integers(-60, 60).map(lambda n: f"e{n}")),
)  # fmt: skip


@given(floats)
@example(-0.0)
@example(1e9)
@example(999999936.0)
@example(3.4028234663852886e38)
@example(1.401298464324817e-45)
@example(9.999999747378752e-06)
def test_what_is_written_is_read_back(x):
    text = format_number(x)
    assert len(text) < 24
    assert parse_number(text) == x
    assert float(np.float32(float(text))) == x
    assert reference.parse_number(text) == x


@given(st.integers(-(10**9), 10**9))
@example(0)
@example(-15_000_000)
@example(-301_030)
def test_seven_decimals(k):
    x = float(np.float32(k / 1e7))
    assert format_number(x).decode() == reference.format_number(x)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (-1.5, "-1.5"),
        (-99, "-99"),
        (-0.030103, "-0.030103"),
        (1e-7, "0.0000001"),
        (-0.13798666, "-0.13798666"),
    ],
)
def test_numbers_as_one_would_write_them(x, text):
    assert format_number(x) == text.encode()


@given(st.one_of(numbers, st.binary(max_size=12), st.from_regex(reference.NUMBER, fullmatch=True)))
@example(b"-1.00000000000000000001")
@example(b"16777217.0000000000000000000001")
@example(b"0" * 99 + b"1")
@example(b"0" * 100 + b"1")
@example(b"1e99999999999")
@example(b"1e-99999999999")
@example(b"0e99")
@example(b"inf")
@example(b"nan")
@example(b"0x10")
@example(b"3.5e38")
@example(b"1.0000000596046448")
def test_numbers_are_read_as_the_reference_reads_them(text):
    try:
        expected = reference.parse_number(text)
    except ValueError:
        with pytest.raises(ValueError, match="not a finite number"):
            parse_number(text)
    else:
        assert struct.pack("f", parse_number(text)) == struct.pack("f", expected)


def test_what_is_not_finite_cannot_be_written():
    for x in (float("nan"), float("inf"), 1e39):
        with pytest.raises(ValueError, match="not finite"):
            format_number(x)


def table(words: list[bytes]):
    offsets = np.cumsum([0, *map(len, words)]).astype(np.uint64)
    return b"".join(words), offsets


@pytest.mark.parametrize("order", [1, 2, 5, 20])
def test_lines_of_words_of_every_length(order):
    words = [bytes(range(0x61, 0x61 + n % 26)) * (1 + n // 26) for n in range(1, 60)]
    blob, offsets = table(words)
    rng = np.random.default_rng(order)
    ids = rng.integers(0, len(words), (200, order)).astype(np.uint32)
    log_prob = (np.round(rng.uniform(-7, 0, 200) * 1e7) / 1e7).astype(np.float32)
    texts = [word.decode() for word in words]
    rows = list(zip(map(tuple, ids.tolist()), log_prob.tolist(), (-log_prob).tolist(), strict=True))
    for backoff in (None, -log_prob):
        expected = "".join(reference.format_line(texts, row, backoff is not None) + "\n" for row in rows)
        for capacity in (50 + 62 * order, 4096, 1 << 20):
            out, got, at = bytearray(capacity), b"", 0
            while at < len(ids):
                size, done = format_lines(out, ids, at, log_prob, backoff, blob, offsets)
                assert done > 0
                got += out[:size]
                at += done
            assert got.decode() == expected


def test_no_room_is_no_lines():
    blob, offsets = table([b"a"])
    ids, zero = np.zeros((1, 1), np.uint32), np.zeros(1, np.float32)
    assert format_lines(bytearray(20), ids, 0, zero, None, blob, offsets) == (0, 0)
    assert format_lines(bytearray(0), ids, 0, zero, None, blob, offsets) == (0, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ids": np.array([[1]], np.uint32)},
        {"log_prob": np.array([np.nan], np.float32)},
        {"log_backoff": np.array([np.inf], np.float32)},
        {"offsets": np.array([0, 2], np.uint64)},
        {"offsets": np.array([1, 0], np.uint64)},
        {"offsets": np.array([], np.uint64)},
        {"log_prob": np.zeros(2, np.float32)},
        {"log_backoff": np.zeros(0, np.float32)},
        {"ids": np.zeros((1, 21), np.uint32)},
        {"ids": np.zeros((1, 0), np.uint32)},
        {"start": 2},
    ],
    ids=str,
)
def test_wrong_arguments_are_refused(wrong):
    zero = np.zeros(1, np.float32)
    right = {"ids": np.zeros((1, 1), np.uint32), "start": 0, "log_prob": zero, "log_backoff": zero}
    right |= {"blob": b"a", "offsets": np.array([0, 1], np.uint64)}
    with pytest.raises((ValueError, IndexError)):
        format_lines(bytearray(100), *(right | wrong).values())


def room(rows: int, n: int):
    return np.empty((rows, n), np.uint32), np.empty(rows, np.float32), np.empty(rows, np.float32)


def test_words_of_every_length_are_told_apart():
    rng = np.random.default_rng(1)
    words = list({bytes(rng.choice([97, 98, 0, 11, 0x7F], n)) for n in range(1, 40) for _ in range(300)})
    words += ["北京".encode() * n for n in range(1, 6)]
    known = Words()
    text = b"".join(b"-1\t" + word + b"\n" for word in words)
    ids, log_prob, log_backoff = room(len(words), 1)
    assert known.read(text, 0, len(text), ids, log_prob, log_backoff) == (len(text), len(words), len(words), False)
    assert ids[:, 0].tolist() == list(range(3, 3 + len(words)))
    assert len(known) == len(words) + 3
    blob, offsets = known.table()
    bounds = np.frombuffer(offsets, np.uint64).tolist()
    assert [blob[a:b] for a, b in pairwise(bounds)] == [b"<unk>", b"<s>", b"</s>", *words]
    pairs = b"".join(b"-1 " + word + b" " + word + b"\n" for word in words[::-1])
    ids, log_prob, log_backoff = room(len(words), 2)
    assert known.read(pairs, 0, len(pairs), ids, log_prob, None)[2] == len(words)
    assert (ids == np.arange(2 + len(words), 2, -1)[:, None]).all()
    for word in (b"c", b"a" * 41, words[-1] + b"a"):
        with pytest.raises(LineError, match="not among"):
            known.read(b"-1 a " + word, 0, 5 + len(word), ids, log_prob, None)


def test_reading_stops_where_arrays_are_full_and_at_a_header():
    known, (ids, log_prob, log_backoff) = Words(), room(2, 1)
    text = b"-1 a\n\n-2 b -0.5\n-3 c\n\\2-grams:\n"
    assert known.read(text, 0, len(text), ids, log_prob, log_backoff) == (16, 3, 2, False)
    assert (ids[:, 0].tolist(), log_prob.tolist(), log_backoff.tolist()) == ([3, 4], [-1, -2], [0, -0.5])
    assert known.read(text, 16, len(text), ids, log_prob, log_backoff) == (21, 1, 1, True)
    assert not known.seen(0)
    with pytest.raises(IndexError):
        known.seen(3)
    with pytest.raises(LineError) as caught:
        known.read(b"\n\n-1 a", 0, 6, ids, log_prob, log_backoff)
    assert caught.value.lines == 2
    for start, size in ((0, 7), (5, 4)):
        with pytest.raises(IndexError):
            known.read(b"\n\n-1 a", start, size, ids, log_prob, log_backoff)
    with pytest.raises(ValueError, match="room"):
        known.read(b"-1 d", 0, 4, ids, log_prob[:1], None)
