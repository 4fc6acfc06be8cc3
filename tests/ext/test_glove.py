"""GloVe's kernel against plain loops in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from nlptk.ext.cooccurrence import PAIR
from nlptk.ext.glove import train_pairs
from nlptk.vectors.glove_rows import Rows
from tests.reference.glove import Glove


def random_pairs(rng, n, height, symmetric):
    pairs = np.zeros(n, PAIR)
    pairs["first"], pairs["second"] = rng.integers(0, height, (2, n))
    pairs["x"] = np.exp(rng.uniform(-3, 9, n))
    return pairs


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("size", [1, 14, 15, 40])
@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 3)])
def test_steps_are_those_of_plain_loops(a, b, size, symmetric):
    rng = np.random.default_rng(size)
    n_words, rate, x_max, alpha = 40, 0.05, 20.0, 0.75
    start = (rng.random((n_words, 2, size + 1), np.float32) - np.float32(0.5)) / size
    rows, slow = Rows(start, np.zeros_like(start)), Glove(start[:, 0].astype(float), start[:, 1].astype(float))
    blocks = len(rows.array)
    pairs = random_pairs(rng, 700, n_words // blocks, symmetric)
    loss = train_pairs(pairs, rows.array[a], rows.array[b], *rows.rates(rate), x_max, alpha, symmetric)
    expected, rates = 0.0, {"rate": rate, "bias_rate": 1.0, "x_max": x_max, "alpha": alpha}
    for first, second, x in pairs.tolist():
        i, j = first * blocks + a, second * blocks + b
        expected += slow.step(i, j, x, **rates)
        if symmetric and i != j:
            expected += slow.step(j, i, x, **rates)
    vectors, squares = rows.unpack()
    assert loss == pytest.approx(expected, rel=1e-3)
    for mine, theirs in (
        (vectors, (slow.words, slow.contexts)),
        (squares, (slow.word_squares, slow.context_squares)),
    ):
        np.testing.assert_allclose(mine, np.stack(theirs, 1), rtol=1e-2, atol=2e-3)


def test_weights_and_logarithms():
    """The loss at parameters of 0 is f(x) log(x)^2 / 2, whatever x is."""
    start = np.zeros((8, 2, 3), np.float32)
    for x_max, alpha in ((100.0, 0.75), (10.0, 0.5), (1e-3, 1.0)):
        for x in (1e-30, 1e-3, 0.1, 0.7071, 0.7072, 1.0, 1.4143, 99.9, 100.0, 1e6, 3e38):
            rows = Rows(start, np.zeros_like(start))
            loss = train_pairs(np.array([(0, 0, x)], PAIR), rows.array[0], rows.array[1], *rows.rates(0.0), x_max, alpha, False)
            x32 = float(np.float32(x))
            assert loss == pytest.approx(0.5 * min(1.0, (x32 / x_max) ** alpha) * np.log(x32) ** 2, rel=2e-5, abs=1e-9)


def test_zeros_in_places_that_mean_nothing_stay():
    rng = np.random.default_rng(0)
    start = rng.random((8, 2, 4), np.float32)
    rows = Rows(start, np.zeros_like(start))
    before = rows.array.copy()
    train_pairs(random_pairs(rng, 500, 1, True), rows.array[2], rows.array[5], *rows.rates(0.05), 100.0, 0.75, True)
    assert (rows.array[:, :, :, 5:] == 0).all()
    assert (rows.array[:, :, 0, 4] == 1).all() and (rows.array[:, :, 2, 3] == 1).all()
    untouched = [block for block in range(8) if block not in (2, 5)]
    assert np.array_equal(rows.array[untouched], before[untouched])
    assert not np.array_equal(rows.array[[2, 5]], before[[2, 5]])


def test_runaways_show_in_the_loss():
    start = np.full((8, 2, 4), np.float32(1e30))
    rows = Rows(start, np.zeros_like(start))
    pairs = np.array([(0, 0, 5.0)] * 3, PAIR)
    assert not np.isfinite(train_pairs(pairs, rows.array[0], rows.array[1], *rows.rates(0.05), 100.0, 0.75, True))


def test_hostile_arguments():
    start = np.zeros((8, 2, 4), np.float32)
    rows = Rows(start, start)
    a, b, rates = rows.array[0], rows.array[1], rows.rates(0.05)
    pairs = np.array([(0, 0, 5.0)], PAIR)
    for wrong in (np.array([(1, 0, 5.0)], PAIR), np.array([(0, 1, 5.0)], PAIR)):
        with pytest.raises(ValueError, match="without parameters"):
            train_pairs(wrong, a, b, *rates, 100.0, 0.75, True)
    for first, second, words, contexts in (
        (a[:, :3].copy(), b, *rates),
        (a, b[:, :, :8].copy(), *rates),
        (a, b, rates[0][:8], rates[1]),
        (a, b, rates[0], rates[1][:8]),
    ):
        with pytest.raises(ValueError, match="shapes"):
            train_pairs(pairs, first, second, words, contexts, 100.0, 0.75, True)
    shifted = np.zeros(a.size + 17, np.float32)
    shifted = shifted[(-shifted.ctypes.data // 4 % 16) + 1 :][: a.size].reshape(a.shape)
    with pytest.raises(ValueError, match="aligned"):
        train_pairs(pairs, shifted, b, *rates, 100.0, 0.75, True)
    assert train_pairs(pairs[:0], a, b, *rates, 100.0, 0.75, True) == 0
