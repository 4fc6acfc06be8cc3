"""The kernel that learns a CRF sentence by sentence, against its reference."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlptk.ext.crf_online import Learner
from tests.ext.test_chain import sequences
from tests.ext.test_crf import data
from tests.reference import crf as reference


def learner(seqs, n_labels, fixed, transitions=None, **more):
    arrays = seqs.starts, seqs.indptr, seqs.indices, seqs.values, seqs.labels
    new = Learner(*arrays, n_labels, seqs.n_attributes, fixed.astype(np.uint8), **more)
    if transitions is not None:
        new.transitions[:] = transitions
    return new


@settings(max_examples=80)
@given(data(), st.booleans(), st.sampled_from([0.0, 0.3]), st.sampled_from([0.0, 2.0]), st.booleans(), st.booleans())
def test_weights_equal_the_reference(problem, adagrad, c2, cost, some_fixed, some_forbidden):
    seqs, sentences, labels, n_labels, rng = problem
    fixed = rng.random((n_labels, n_labels)) < 0.3 if some_fixed else np.zeros((n_labels, n_labels), bool)
    transitions = np.zeros((n_labels, n_labels))
    if some_forbidden:
        forbidden = rng.random((n_labels, n_labels)) < 0.3
        for path in labels:
            for a, b in itertools.pairwise(path):
                forbidden[a, b] = False
        transitions[forbidden] = -np.inf
        fixed |= forbidden
        if any(not np.isfinite(reference.log_partition([[0.0] * n_labels] * len(path), transitions)) for path in labels if path):
            return
    order = rng.permutation(np.repeat(np.arange(len(sentences)), 2))
    steps = {"c2": c2, "cost": cost, "adagrad": adagrad, "eta": 0.2, "initial": 0.01}
    ours = learner(seqs, n_labels, fixed, transitions, **steps)
    loss = ours.learn(order)
    weights, moves, total = reference.learn_online(
        sentences, labels, n_labels, seqs.n_attributes, order, fixed, transitions, *steps.values()
    )
    assert loss == pytest.approx(total, rel=1e-4, abs=1e-4)
    np.testing.assert_allclose(ours.weights, weights, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(ours.transitions, moves, rtol=1e-3, atol=1e-4)


def test_what_leaves_the_range_of_scaled_numbers_is_done_in_logarithms():
    sentences, labels = [[[(0, 1.0)], [(1, 1.0)]] * 3], [[0, 1] * 3]
    seqs = sequences(sentences, 2, False, np.array(labels[0], np.uint16))
    start = np.array([[0.0, -900.0], [900.0, 0.0]])
    fixed = np.ones((2, 2), bool)
    ours = learner(seqs, 2, fixed, start, eta=0.1)
    loss = ours.learn(np.zeros(1, np.int64))
    weights, _, total = reference.learn_online(sentences, labels, 2, 2, [0], fixed, start, 0.0, 0.0, True, 0.1, 0.01)
    assert loss == pytest.approx(total, rel=1e-6)
    np.testing.assert_allclose(ours.weights, weights, atol=1e-5)


def test_bad_arguments():
    seqs = sequences([[[(0, 1.0)]]], 1, False, np.zeros(1, np.uint16))
    fixed = np.zeros((2, 2), bool)
    for more in ({"c2": -1.0}, {"cost": float("nan")}, {"eta": 0.0}, {"initial": 0.0}):
        with pytest.raises(ValueError):
            learner(seqs, 2, fixed, **more)
    with pytest.raises(ValueError):
        learner(seqs, 2, np.zeros((2, 3), bool))
    with pytest.raises(ValueError):
        learner(seqs.with_labels(np.array([2], np.uint16)), 2, fixed)
    with pytest.raises(IndexError):
        learner(seqs, 2, fixed).learn(np.array([1]))
    assert learner(seqs, 2, fixed).learn(np.zeros(0, np.int64)) == 0.0
