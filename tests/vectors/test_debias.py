"""Bias along a direction: found, measured, taken out."""

from __future__ import annotations

import numpy as np
import pytest

from nlptk.errors import ParameterError, UnknownWordError
from nlptk.vectors import WordVectors
from nlptk.vectors.debias import bias_direction, debias, direct_bias, equalize, neutralize, weat

PAIRS = [("he", "she"), ("man", "woman"), ("boy", "girl")]


@pytest.fixture
def wv() -> WordVectors:
    rng = np.random.default_rng(7)
    words, rows = [], []
    for i, pair in enumerate(PAIRS):
        base = rng.standard_normal(8)
        for word, sign in zip(pair, (1, -1), strict=True):
            words.append(word)
            rows.append(base + sign * (2 + 0.1 * i) * np.eye(8)[0])
    for word, lean in (("nurse", -1.5), ("engineer", 1.5), ("teacher", -0.5), ("table", 0.0), ("king", 2.0)):
        words.append(word)
        rows.append(np.concatenate([[lean], rng.standard_normal(7)]))
    return WordVectors(words, np.array(rows))


def test_direction_is_where_the_pairs_differ(wv):
    direction = bias_direction(wv, PAIRS)
    assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-6)
    assert direction[0] > 0.9  # to he, man, boy
    assert bias_direction(wv, [(b, a) for a, b in PAIRS]) == pytest.approx(-direction, abs=1e-6)


def test_neutral_vectors_have_nothing_of_it(wv):
    direction = bias_direction(wv, PAIRS)
    neutral = neutralize(wv.matrix, direction)
    assert neutral @ direction == pytest.approx(np.zeros(len(wv)), abs=1e-6)
    assert np.linalg.norm(neutral, axis=1) == pytest.approx(np.ones(len(wv)), abs=1e-6)


def test_equal_vectors_differ_in_it_only(wv):
    direction = bias_direction(wv, PAIRS)
    both = equalize(wv[["he", "she"]], direction)
    assert np.linalg.norm(both, axis=1) == pytest.approx([1, 1], abs=1e-5)
    difference = both[0] - both[1]
    assert difference - (difference @ direction) * direction == pytest.approx(np.zeros(8), abs=1e-5)
    assert (both @ direction)[0] == pytest.approx(-(both @ direction)[1], abs=1e-5)


def test_debias(wv):
    direction = bias_direction(wv, PAIRS)
    before = wv.matrix.copy()
    after = debias(wv, PAIRS, keep=["king", "not there"], equal=PAIRS)
    neutral = ["nurse", "engineer", "teacher", "table"]
    assert (wv.matrix == before).all()
    assert after.words == wv.words
    assert direct_bias(wv, neutral, direction) > 0.1
    assert direct_bias(after, neutral, direction) == pytest.approx(0, abs=1e-6)
    assert after["king"] @ direction > 0.3
    for word in neutral:
        assert after.similarity(word, "he") == pytest.approx(after.similarity(word, "she"), abs=1e-5)


def test_association(wv):
    x, y, a, b = ["engineer", "king"], ["nurse", "teacher"], ["he", "man", "boy"], ["she", "woman", "girl"]
    found = weat(wv, x, y, a, b, permutations=500)
    assert found.effect > 1
    assert 0 < found.p_value <= 0.5
    assert weat(wv, y, x, a, b, permutations=500).effect == pytest.approx(-found.effect)
    assert weat(wv, x, y, a, b, permutations=500) == found
    assert abs(weat(debias(wv, PAIRS, equal=PAIRS), x, y, a, b, permutations=10).effect) < 2


def test_what_makes_no_sense(wv):
    direction = bias_direction(wv, PAIRS)
    for ask in (
        lambda: bias_direction(wv, []),
        lambda: bias_direction(wv, [("he", "he")]),
        lambda: equalize(wv[["he", "he"]], direction),
        lambda: direct_bias(wv, [], direction),
        lambda: weat(wv, ["x"], ["he"], ["she"], ["man"]),
    ):
        with pytest.raises(ParameterError):
            ask()
    with pytest.raises(UnknownWordError):
        bias_direction(wv, [("he", "nobody")])
