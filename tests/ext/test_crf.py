"""The likelihood kernel: its gradient against finite differences of the reference, and the layouts against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlptk.tagging.objective import Objective, observed_transitions
from nlptk.tagging.sequences import Sequences
from tests.ext.test_chain import sequences
from tests.reference import crf as reference


@st.composite
def data(draw, values=None):
    n_labels, n_attributes = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weighted = draw(st.booleans()) if values is None else values
    sentences = [
        [
            [
                (int(a), float(rng.integers(1, 4)) / 2 if weighted else 1.0)
                for a in rng.permutation(n_attributes)[: rng.integers(0, 4)]
            ]
            for _ in range(rng.integers(0, 5))
        ]
        for _ in range(3)
    ] + [[[(0, 1.0)]]]
    labels = [rng.integers(0, n_labels, len(sentence)).tolist() for sentence in sentences]
    flat = np.array([y for path in labels for y in path], np.uint16)
    return sequences(sentences, n_attributes, weighted, flat), sentences, labels, n_labels, rng


def evaluate(objective, weights, transitions):
    """Loss, and gradients in the order of weights."""
    kernel = objective.kernel
    if kernel.row_ptr is not None:
        rows = np.repeat(np.arange(len(weights)), np.diff(kernel.row_ptr))
        weights = weights[rows, kernel.row_label]
    x = kernel.variables(np.asarray(weights).reshape(-1), transitions)
    g = np.empty_like(x)
    return objective(x, g), x, g


@settings(max_examples=60)
@given(data(), st.sampled_from([0.0, 0.5]))
def test_loss_and_gradient_equal_the_reference(problem, c2):
    seqs, sentences, labels, n_labels, rng = problem
    weights = rng.integers(-64, 65, (seqs.n_attributes, n_labels)) / 64  # exact in single precision
    used = np.zeros(seqs.n_attributes, bool)
    used[seqs.indices] = True
    weights[~used] = 0  # attributes without an item have no variable
    transitions = rng.integers(-64, 65, (n_labels, n_labels)) / 64
    objective = Objective(seqs, n_labels, c2, all_states=True, fuse=False)
    loss, _, g = evaluate(objective, weights, transitions)
    assert loss == pytest.approx(reference.loss(sentences, labels, weights, transitions, c2), rel=1e-9, abs=1e-9)
    states, moves = objective.kernel.weights(g)
    expected_states, expected_moves = reference.gradient(sentences, labels, weights, transitions, c2)
    np.testing.assert_allclose(states.reshape(expected_states.shape)[used], expected_states[used], atol=1e-6)
    np.testing.assert_allclose(moves, expected_moves, atol=1e-6)


@settings(max_examples=10)
@given(data())
def test_reference_gradient_equals_finite_differences(problem):
    _, sentences, labels, n_labels, rng = problem
    n_attributes = problem[0].n_attributes
    weights, transitions = rng.normal(size=(n_attributes, n_labels)), rng.normal(size=(n_labels, n_labels))
    gradients = reference.gradient(sentences, labels, weights, transitions, 0.3)
    for array, gradient in zip((weights, transitions), gradients, strict=True):
        for at in np.ndindex(array.shape):
            kept, losses = array[at], []
            for h in (1e-5, -1e-5):
                array[at] = kept + h
                losses.append(reference.loss(sentences, labels, weights, transitions, 0.3))
            array[at] = kept
            assert gradient[at] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-6)


@settings(max_examples=40)
@given(data(values=False))
def test_fused_variables_are_the_same_objective(problem):
    """Attributes that occur once share a variable; where they begin alike, loss and norms are those of their own variables."""
    seqs, _, _, n_labels, rng = problem
    weights, transitions = np.full((seqs.n_attributes, n_labels), 0.25), rng.integers(-64, 65, (n_labels, n_labels)) / 64
    own, fused = (Objective(seqs, n_labels, 0.5, fuse=fuse) for fuse in (False, True))
    loss, x, g = evaluate(own, weights, transitions)
    fused_loss, fused_x, fused_g = evaluate(fused, weights, transitions)
    assert fused_loss == pytest.approx(loss, rel=1e-6)
    assert fused_x @ fused_x == pytest.approx(x @ x, rel=1e-6)
    assert fused_g @ fused_g == pytest.approx(g @ g, rel=1e-5, abs=1e-9)
    np.testing.assert_allclose(fused.kernel.weights(fused_x)[0], own.kernel.weights(x)[0], atol=1e-6)


def random_data(n_sentences, n_labels, seed=0, n_attributes=300):
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 12, n_sentences)
    n = int(lengths.sum())
    indices = (n_attributes * rng.random(4 * n) ** 3).astype(np.uint32)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Sequences(starts, np.arange(n + 1) * 4, indices, None, rng.integers(0, n_labels, n).astype(np.uint16), n_attributes)


@pytest.mark.parametrize("n_labels", [2, 4, 7, 13, 22, 30])
def test_any_number_of_threads_gives_the_same_bits(n_labels):
    seqs = random_data(2000, n_labels)  # more than one chunk
    found = []
    for threads in (1, 2, 3):
        objective = Objective(seqs, n_labels, 1.0, observed_transitions(seqs, n_labels) > 0, threads=threads)
        x = np.random.default_rng(1).normal(size=objective.size)
        g = np.empty_like(x)
        found.append((objective(x, g), g.tobytes()))
    assert found[0] == found[1] == found[2]


def test_what_leaves_the_range_of_doubles_is_done_in_logarithms():
    """The loss of weights in the thousands, where every scaled sum is 0 or infinite."""
    sentences, labels = [[[(0, 1.0)], [(1, 1.0)], [(0, 1.0)]]], [[0, 1, 0]]
    seqs = sequences(sentences, 2, False, np.array(labels[0], np.uint16))
    weights, transitions = np.array([[0.0, -2000.0], [0.0, -2000.0]]), np.array([[-3000.0, 0.0], [-3000.0, -3000.0]])
    loss, _, g = evaluate(Objective(seqs, 2, all_states=True, fuse=False), weights, transitions)
    assert loss == pytest.approx(reference.loss(sentences, labels, weights, transitions, 0.0), rel=1e-9, abs=1e-6)
    assert np.isfinite(g).all()


def test_min_freq_drops_rare_pairs():
    seqs = sequences([[[(0, 1.0)], [(0, 1.0)], [(0, 1.0)], [(1, 1.0)]]], 2, False, np.array([0, 0, 1, 1], np.uint16))
    kernel = Objective(seqs, 2, min_freq=2).kernel
    assert kernel.row_ptr.tolist() == [0, 1, 1]
    assert kernel.row_label.tolist() == [0]
