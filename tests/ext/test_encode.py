"""Numbers of words are those of the reference, wherever the text and the numbers are cut."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.encode import Encoder, Renamer
from tests.reference import encode as reference

TEXTS = st.text(st.sampled_from("aab的𠀀 \t\n\r\0é"), max_size=60)


def read(encoder: Encoder, text: bytes, size: int, room: int) -> list[int]:
    """Text in pieces of `size` bytes, numbers in buffers of `room`."""
    ids: list[int] = []
    out = np.empty(room, np.int32)
    rest = b""
    for start in range(0, len(text) + 1, size):
        rest += text[start : start + size]
        last = start + size > len(text)
        while True:
            consumed, written = encoder.read(rest, last, out)
            ids += out[:written].tolist()
            rest = rest[consumed:]
            if not consumed and not written:
                break
    assert not rest.strip(b" \t\r\0")
    return ids


@given(TEXTS, st.integers(1, 20), st.integers(1, 5))
def test_numbers_by_first_appearance(text: str, size: int, room: int) -> None:
    encoder = Encoder()
    ids = read(encoder, text.encode(), size, room)
    lines = reference.split(text)
    words = list(dict.fromkeys(word for line in lines for word in line))
    assert encoder.words() == words
    assert len(encoder) == len(words)
    expected = [number for line in lines for number in [*(words.index(word) for word in line), -1]]
    assert ids == expected[:-1]
    assert encoder.counts().tolist() == [sum(line.count(word) for line in lines) for word in words]


@given(TEXTS, st.lists(st.sampled_from(["a", "aa", "b", "的", "ba"]), unique=True), st.integers(1, 9))
def test_rename_in_blocks(text: str, words: list[str], size: int) -> None:
    encoder = Encoder(words)
    ids = np.array([*read(encoder, text.encode(), 100, 100), -1], np.int32)
    renamer = Renamer(np.arange(len(words), dtype=np.int32))
    found: list[int] = []
    for start in range(0, len(ids), size):
        block = ids[start : start + size]
        found += block[: renamer.rename(block)].tolist()
    expected = reference.encode(reference.split(text), words)
    assert found == expected
    assert (renamer.n_tokens, renamer.n_sentences) == (len(expected) - expected.count(-1), expected.count(-1))


def test_numbers_that_have_no_name() -> None:
    ids = np.array([0, 7, -5, 2**31 - 1, -(2**31), 1, -1, -1, 1, -1], np.int32)
    assert ids[: Renamer(np.array([3, -9], np.int32)).rename(ids)].tolist() == [3, -1]
    assert Renamer(np.empty(0, np.int32)).rename(ids) == 0
    assert Renamer(np.empty(0, np.int32)).rename(ids[:0]) == 0


def test_keep_numbers_anew() -> None:
    rng = random.Random(1)
    words = [f"w{number}" for number in range(20_000)]
    text = words + rng.choices(words, k=50_000)
    encoder = Encoder()
    read(encoder, " ".join(text).encode(), 1 << 20, 1 << 17)
    counts = encoder.counts()
    kept = counts >= 3
    encoder.keep(kept.view(np.uint8))
    assert encoder.words() == [word for word, keep in zip(words, kept, strict=True) if keep]
    assert encoder.counts().tolist() == counts[kept].tolist()
    encoder.keep(np.zeros(len(encoder), np.uint8))
    assert len(encoder) == 0 and encoder.words() == []
    encoder.keep(np.empty(0, np.uint8))
    with pytest.raises(ValueError, match="kept has 1 entries"):
        encoder.keep(np.ones(1, np.uint8))


def test_words_given_twice() -> None:
    with pytest.raises(ValueError, match="'b' stands there twice"):
        Encoder(["a", "b", "b"])


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe4\xb8", b"a\x80"])
def test_not_utf8(bad: bytes) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        Encoder().read(b"good \xe7\x9a\x84 " + bad + b" x", True, np.empty(10, np.int32))
    assert caught.value.start == 9 + (bad[:1] == b"a")
