"""Summaries: where sentences end, and which of them matter."""

from __future__ import annotations

import pytest
from hypothesis import given

from nlptk.errors import ParameterError
from nlptk.keywords import TextRankSummarizer, summarize
from nlptk.keywords.summary import sentence_spans
from tests import strategies
from tests.behaviour import ComponentBehaviour, EstimatorBehaviour

TEXT = "北京是中国的首都。北京有很多大学。今天下雨。清华大学是北京的大学。"
ENGLISH = (
    "The cat sat on the mat. Dogs chase a cat in the garden. Rain fell, e.g. yesterday.\nA cat and dogs share\nthe garden! Why?"
)


class TestTextRankSummarizer(ComponentBehaviour, EstimatorBehaviour):
    def make(self):
        return TextRankSummarizer(sentences=2, stop_words=["今天"])

    def predictions(self, estimator):
        return [estimator.summarize(text) for text in (TEXT, ENGLISH)]


def sentences(text):
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("没有句号", ["没有句号"]),
        ("一。二！三？四；五……六", ["一。", "二！", "三？", "四；", "五……", "六"]),
        ("他说：“好。”然后走了。", ["他说：“好。”", "然后走了。"]),
        ("真的吗？！是。", ["真的吗？！", "是。"]),
        ("标题\n正文。\n\n下一段", ["标题", "正文。", "下一段"]),
        ("版本3.14很好。", ["版本3.14很好。"]),
        ("One two. Three 3.5 four? Five", ["One two.", "Three 3.5 four?", "Five"]),
        ("Dr. Who, e.g. J. Smith et al. said so. Yes.", ["Dr. Who, e.g. J. Smith et al. said so.", "Yes."]),
        ("wrapped\nlines. Next\n\nheading", ["wrapped\nlines.", "Next", "heading"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(strategies.text())
def test_sentences_hold_everything_but_blanks(text):
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def test_the_sentences_that_share_words_in_their_order():
    assert summarize(TEXT, 2) == ["北京有很多大学。", "清华大学是北京的大学。"]
    assert summarize(ENGLISH, 2) == ["Dogs chase a cat in the garden.", "A cat and dogs share\nthe garden!"]


def test_a_short_text_is_given_whole():
    assert "".join(summarize(TEXT, 10)) == TEXT
    assert summarize("", 3) == []
    assert summarize("的。了。", 1) == ["的。"]  # nothing in common: the first


def test_rank_gives_all_sentences():
    ranked = TextRankSummarizer().rank(TEXT)
    assert [sentence for sentence, _ in ranked] == sentences(TEXT)
    assert dict(ranked)["今天下雨。"] == 0.0
    assert max(ranked, key=lambda pair: pair[1])[0] == "北京有很多大学。"


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"sentences": 0}, "sentences=0: expected a number from 1"),
        ({"sentences": None}, "sentences=None"),
        ({"damping": 2}, "damping=2"),
        ({"stop_words": [1]}, "stop_words holds 1"),
    ],
)
def test_wrong_parameters(parameters, complaint):
    with pytest.raises(ParameterError, match=complaint):
        TextRankSummarizer(**parameters).summarize(TEXT)


def test_not_text():
    with pytest.raises(TypeError, match="text is bytes"):
        summarize(b"abc")
