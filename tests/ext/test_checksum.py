"""XXH64 against the reference."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.checksum import xxh64
from tests.reference.checksum import xxh64 as reference


@given(st.binary(max_size=300), st.integers(0, (1 << 64) - 1))
def test_any_bytes_and_seed(data: bytes, seed: int) -> None:
    assert xxh64(data, seed) == reference(data, seed)


def test_every_length_around_the_stripes() -> None:
    data = random.Random(1).randbytes(200)
    for size in range(len(data) + 1):
        assert xxh64(data[:size]) == reference(data[:size])
        assert xxh64(memoryview(data)[1 : size + 1]) == reference(data[1 : size + 1])  # not on a word boundary


def test_published_values() -> None:
    assert xxh64(b"") == 0xEF46DB3751D8E999
    assert xxh64(b"abc") == 0x44BC2CF5AD770999


def test_a_megabyte() -> None:
    data = random.Random(2).randbytes(1 << 20)
    assert xxh64(data) == reference(data)


@pytest.mark.parametrize("wrap", [bytes, bytearray, memoryview, lambda data: np.frombuffer(data, np.uint8)])
def test_any_buffer_of_bytes(wrap: type) -> None:
    assert xxh64(wrap(b"Nobody inspects the spammish repetition")) == 0xFBCEA83C8A378BF1


@pytest.mark.parametrize("wrong", ["text", None, 1, memoryview(b"abcd")[::2], memoryview(b"abcd").cast("I")], ids=repr)
def test_what_is_no_buffer_of_bytes_is_refused(wrong: object) -> None:
    with pytest.raises((TypeError, ValueError, BufferError)):
        xxh64(wrong)


@pytest.mark.parametrize("seed", [-1, 1 << 64, "1"])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    with pytest.raises((OverflowError, TypeError)):
        xxh64(b"", seed)
