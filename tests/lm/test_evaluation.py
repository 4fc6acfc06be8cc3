"""Perplexity of a text, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from nlptk.errors import CorpusEncodingError, InputError
from nlptk.lm import NgramLM, evaluate
from tests.reference.ngram_query import Backoff, Estimated, interpolated

LINES = ["a b", "a nobody", "", "b b a"]


@pytest.fixture
def grams():
    return interpolated([["a", "b"], ["a"], ["b", "a", "a"]], 2)


@pytest.fixture
def lm(grams) -> NgramLM:
    return NgramLM(order=2).take(Estimated(grams))


def test_perplexity(lm: NgramLM, grams, tmp_path: Path) -> None:
    scores = [score for line in LINES for score in Backoff(grams).full_scores(line.split())]
    known = [score for score, _, unknown in scores if not unknown]
    expected = (
        pytest.approx(10 ** (-sum(s for s, _, _ in scores) / len(scores))),
        pytest.approx(10 ** (-sum(known) / len(known))),
        1,
        7,
        4,
        pytest.approx(sum(s for s, _, _ in scores)),
    )
    (tmp_path / "text").write_text("\n".join(LINES) + "\n", "utf-8")
    (tmp_path / "wide").write_text("\n".join(LINES), "utf-16")
    assert evaluate(lm, LINES) == expected
    assert evaluate(lm, iter(LINES)) == expected
    assert evaluate(lm, [line.split() for line in LINES]) == expected
    assert evaluate(lm, tmp_path / "text") == expected
    assert evaluate(lm, str(tmp_path / "text")) == expected
    assert evaluate(lm, tmp_path / "wide", encoding="utf-16") == expected
    assert evaluate(lm, LINES * 3000)[:5] == (*expected[:2], 3000, 21_000, 12_000)
    with pytest.raises(CorpusEncodingError):
        evaluate(lm, tmp_path / "wide")
    with pytest.raises(InputError):
        evaluate(lm, tmp_path / "none")


def test_nothing_to_predict(lm: NgramLM) -> None:
    found = evaluate(lm, [])
    assert math.isnan(found.perplexity)
    assert math.isnan(found.perplexity_without_oov)
    assert found[2:] == (0, 0, 0, 0)


def test_a_long_line_is_added_up_in_double_precision(lm: NgramLM) -> None:
    n = 200_000
    line = " ".join(["a"] * n)
    scores = [score for score, _, _ in lm.full_scores(line)]
    assert evaluate(lm, [line]).log10 == pytest.approx(math.fsum(scores), rel=1e-12)
