"""Nothing is lost, nothing invented: the words, joined, are the text."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlptk import DictionarySegmenter, cut
from tests import strategies

WAYS: dict[str, DictionarySegmenter] = {
    "default": DictionarySegmenter(),
    "no hmm": DictionarySegmenter(hmm=False),
    "forward": DictionarySegmenter(algorithm="forward"),
    "backward": DictionarySegmenter(algorithm="backward"),
    "bidirectional": DictionarySegmenter(algorithm="bidirectional"),
    "user words": DictionarySegmenter(userdict=["来到北京", "C++ 语言", "小🐱咪", "a b", " ", "\n", "\ud800", "\x00的"]),
    "forced": DictionarySegmenter(
        userdict=["来到北京", "C++ 语言", "小🐱咪", "a b", " ", "\r\n北", "\ud800", "\x00的"], user_priority="force"
    ),
}
ANYTHING = st.one_of(strategies.text(), st.text(st.characters(), max_size=60), st.text(strategies.any_character, max_size=60))


def check(text: str) -> None:
    for name, segmenter in WAYS.items():
        words = segmenter.cut(text)
        assert "".join(words) == text, name
        assert all(words), name


@settings(max_examples=2_000)
@given(ANYTHING)
def test_joined_words_are_the_text(text: str) -> None:
    check(text)


@pytest.mark.slow
@settings(max_examples=100_000)
@given(ANYTHING)
def test_joined_words_are_the_text_at_length(text: str) -> None:
    check(text)


def test_every_character_of_unicode() -> None:
    everything = "".join(map(chr, range(0x110000)))
    check(everything)
    shuffled = list(everything)
    random.Random(1).shuffle(shuffled)
    check("".join(shuffled))


@given(ANYTHING)
def test_boundaries_are_those_of_the_words(text: str) -> None:
    for segmenter in WAYS.values():
        ends, total = [], 0
        for word in segmenter.cut(text):
            total += len(word)
            ends.append(total)
        assert segmenter.boundaries(text).tolist() == ends


@given(ANYTHING)
def test_search_mode_ends_each_group_with_the_word_itself(text: str) -> None:
    found = cut(text, mode="search")
    for word in cut(text):
        at = found.index(word)
        assert all(len(short) in (2, 3) and short in word for short in found[:at])
        found = found[at + 1 :]
    assert not found


@pytest.mark.parametrize("join", [lambda s: s, lambda s: s[::-1]])
@pytest.mark.parametrize(
    "piece",
    ["", "a", "\ud800", "\udfff\ud800", "\x00", "\r\n", "\r", "\u2028", "𠮷", "的" * 5000, "x" * 100_000, " " * 5000],
)
def test_texts_that_have_broken_others(piece: str, join: Callable[[str], str]) -> None:
    for text in (piece, piece + "北京", "北京" + piece, piece * 2):
        check(join(text))
