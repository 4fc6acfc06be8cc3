"""Scores against counting by hand and by positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import CorpusFormatError
from nlptk.segment import SegmentationScore, evaluate_segmentation


def split(text: str, marks: list[bool]) -> list[str]:
    words, word = [], ""
    for c, mark in zip(text, marks, strict=False):
        word += c
        if mark:
            words.append(word)
            word = ""
    return [*words, word] if word else words


def test_by_hand() -> None:
    """Gold 4 words, predicted 5, three of them right; of two unknown words one is found."""
    score = evaluate_segmentation([["研究", "生命", "的", "起源"]], [["研究", "生命", "的", "起", "源"]], {"研究", "的"})
    assert score == SegmentationScore(gold=4, predicted=5, correct=3, oov=2, oov_correct=1)
    assert score.precision == pytest.approx(3 / 5)
    assert score.recall == pytest.approx(3 / 4)
    assert score.f1 == pytest.approx(2 * (3 / 5) * (3 / 4) / (3 / 5 + 3 / 4))
    assert (score.oov_rate, score.oov_recall, score.iv_recall) == pytest.approx((0.5, 0.5, 1.0))


def test_same_word_elsewhere_does_not_count() -> None:
    assert evaluate_segmentation([["的", "的的"]], [["的的", "的"]]).correct == 0


def test_nothing_divided_by_nothing() -> None:
    for score in (evaluate_segmentation([], []), evaluate_segmentation([[]], [[]], set())):
        assert score == SegmentationScore(0, 0, 0)
        for name in ("precision", "recall", "f1", "oov_rate", "oov_recall", "iv_recall"):
            assert getattr(score, name) == 0.0


@given(
    st.lists(
        st.tuples(
            st.text("甲乙丙", max_size=8),
            st.lists(st.booleans(), min_size=8, max_size=8),
            st.lists(st.booleans(), min_size=8, max_size=8),
        ),
        max_size=5,
    ),
    st.sets(st.text("甲乙丙", max_size=3)),
)
def test_counted_another_way(sentences: list[tuple[str, list[bool], list[bool]]], lexicon: set[str]) -> None:
    """By the ends: a word is right when both its ends are ends there, and none lies between."""
    gold = [split(text, marks) for text, marks, _ in sentences]
    predicted = [split(text, marks) for text, _, marks in sentences]
    correct = oov = oov_correct = 0
    for ours, theirs in zip(gold, predicted, strict=True):
        cuts = [len("".join(theirs[:i])) for i in range(len(theirs) + 1)]
        at = 0
        for word in ours:
            inside = [c for c in cuts if at <= c <= at + len(word)]
            right = inside == [at, at + len(word)]
            correct += right
            oov += word not in lexicon
            oov_correct += right and word not in lexicon
            at += len(word)
    score = evaluate_segmentation(iter(gold), iter(predicted), lexicon)
    assert score == SegmentationScore(sum(map(len, gold)), sum(map(len, predicted)), correct, oov, oov_correct)
    plain = evaluate_segmentation(gold, predicted)
    assert (plain.oov, plain.oov_correct) == (0, 0)
    assert 0 <= score.f1 <= 1
    assert evaluate_segmentation(gold, gold).f1 == (1.0 if any(gold) else 0.0)


@pytest.mark.parametrize(
    ("gold", "predicted", "line", "said"),
    [
        ([["甲"], ["乙", "丙"]], [["甲"], ["乙丁"]], 2, "character 2"),
        ([["甲"]], [["甲乙"]], 1, "character 2"),
        ([["甲"], ["乙"]], [["甲"]], 2, "prediction ends after 1"),
        ([["甲"]], [["甲"], ["乙"]], 2, "gold standard ends after 1"),
        ([], [["甲"]], 1, "gold standard ends after 0"),
    ],
)
def test_texts_that_differ_are_refused(gold: list[list[str]], predicted: list[list[str]], line: int, said: str) -> None:
    with pytest.raises(CorpusFormatError, match=said) as caught:
        evaluate_segmentation(gold, predicted)
    assert caught.value.line == line
