"""The chain kernel against every label sequence, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlptk.errors import ParameterError
from nlptk.tagging.linear_chain import LinearChain
from nlptk.tagging.sequences import Sequences
from tests.reference import chain as reference


@st.composite
def problems(draw, values=True, masks=True, most_labels=4):
    """(chain, sequences, rows, sentences, masks); weights are 64ths, so that sums are exact and ties are common."""
    n_labels, n_attributes = draw(st.integers(1, most_labels)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    span = draw(st.sampled_from([1, 3, 200]))
    rows = [
        {int(y): rng.integers(-span, span + 1) / 64 for y in range(n_labels) if rng.random() < 0.6} for _ in range(n_attributes)
    ]
    transitions = rng.integers(-span, span + 1, (n_labels, n_labels)) / 64
    sentences = [
        [
            [(int(rng.integers(n_attributes)), float(rng.integers(1, 4)) if values else 1.0) for _ in range(rng.integers(0, 4))]
            for _ in range(rng.integers(0, 5))
        ]
        for _ in range(rng.integers(1, 4))
    ]
    limits = reference.FREE
    if masks and draw(st.booleans()):
        limits = (rng.random((n_labels, n_labels)) < 0.7, rng.random(n_labels) < 0.7, rng.random(n_labels) < 0.7)
    return make_chain(rows, transitions, limits), sequences(sentences, n_attributes, values), rows, sentences, transitions, limits


def make_chain(rows, transitions, limits=reference.FREE):
    row_ptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    labels = np.array([y for row in rows for y in row], np.uint16)
    weights = np.array([w for row in rows for w in row.values()], np.float32)
    return LinearChain([f"L{y}" for y in range(len(transitions))], len(rows), row_ptr, labels, weights, transitions, *limits)


def sequences(sentences, n_attributes, values=True, labels=None):
    items = [item for sentence in sentences for item in sentence]
    pairs = [pair for item in items for pair in item]
    return Sequences(
        np.concatenate([[0], np.cumsum([len(s) for s in sentences])]).astype(np.int64),
        np.concatenate([[0], np.cumsum([len(item) for item in items])]).astype(np.int64),
        np.array([a for a, _ in pairs], np.uint32),
        np.array([v for _, v in pairs], np.float32) if values else None,
        labels,
        n_attributes,
    )


def cut(array, seqs):
    return [array[a:b] for a, b in zip(seqs.starts, seqs.starts[1:], strict=False)]


@given(problems())
def test_decode_equals_the_reference(problem):
    chain, seqs, rows, sentences, transitions, limits = problem
    for path, items in zip(cut(chain.decode(seqs), seqs), sentences, strict=True):
        scores = reference.item_scores(items, rows, len(transitions))
        assert path.tolist() == reference.decode(scores, transitions, limits)


@given(problems())
def test_marginals_equal_the_reference(problem):
    chain, seqs, rows, sentences, transitions, limits = problem
    scores = [reference.item_scores(items, rows, len(transitions)) for items in sentences]
    if any(items and not reference.ranked(s, transitions, limits) for items, s in zip(sentences, scores, strict=True)):
        with pytest.raises(ArithmeticError):
            chain.marginals(seqs)
        return
    for found, s in zip(cut(chain.marginals(seqs), seqs), scores, strict=True):
        if s:
            np.testing.assert_allclose(found, reference.marginals(s, transitions, limits), atol=1e-6)


@given(problems(masks=False))
def test_likelihood_equals_the_reference(problem):
    chain, seqs, rows, sentences, transitions, _ = problem
    labels = np.random.default_rng(0).integers(0, len(transitions), seqs.n_items).astype(np.uint16)
    found = chain.log_likelihood(seqs.with_labels(labels))
    for value, items, path in zip(found, sentences, cut(labels, seqs), strict=True):
        if not items:
            assert value == 0
            continue
        scores = reference.item_scores(items, rows, len(transitions))
        expected = reference.score(path, scores, transitions) - reference.log_partition(scores, transitions)
        assert value == pytest.approx(expected, abs=1e-9)


@given(problems(), st.integers(1, 12))
def test_n_best_equals_the_reference(problem, n):
    chain, seqs, rows, sentences, transitions, limits = problem
    for found, items in zip(chain.n_best(seqs, n), sentences, strict=True):
        scores = reference.item_scores(items, rows, len(transitions))
        expected = reference.ranked(scores, transitions, limits)[:n] if items else []
        assert [tuple(path.tolist()) for _, path in found] == [path for _, path in expected]
        assert [score for score, _ in found] == [score for score, _ in expected]


@settings(max_examples=20)
@given(problems(values=False, most_labels=4))
def test_threads_do_not_change_anything(problem):
    chain, seqs, *_ = problem
    many = Sequences(
        np.arange(3001) * 2, np.arange(6001), np.arange(6000, dtype=np.uint32) % seqs.n_attributes, None, None, seqs.n_attributes
    )
    free = chain.constrained()
    assert np.array_equal(free.decode(many), free.decode(many, threads=3))
    assert np.array_equal(free.marginals(many), free.marginals(many, threads=3))


@pytest.mark.parametrize("n_labels", [1, 4, 5, 8, 9, 16, 17, 24, 25, 48, 49])
def test_every_width(n_labels):
    """Labels that fill vectors and labels that do not: the marginals of two items, by one sum."""
    rng = np.random.default_rng(n_labels)
    scores, transitions = rng.normal(size=(2, n_labels)).astype(np.float32), rng.normal(size=(n_labels, n_labels))
    chain = LinearChain([str(y) for y in range(n_labels)], 2, None, None, scores, transitions)
    seqs = Sequences(np.array([0, 2]), np.array([0, 1, 2]), np.array([0, 1], np.uint32), None, None, 2)
    joint = scores[0].astype(float)[:, None] + transitions + scores[1].astype(float)[None, :]
    p = np.exp(joint - joint.max())
    p /= p.sum()
    np.testing.assert_allclose(chain.marginals(seqs), [p.sum(1), p.sum(0)], atol=1e-6)
    assert tuple(chain.decode(seqs)) == np.unravel_index(joint.argmax(), joint.shape)


def test_what_leaves_the_range_of_doubles_is_done_in_logarithms():
    """The only way from one item to the next costs e^-3000, so that every scaled sum would be 0."""
    transitions = np.array([[-3000.0, 0.0], [-3000.0, -3000.0]])
    chain = LinearChain("AB", 2, None, None, np.array([0, -2000, 0, -2000], np.float32), transitions)
    seqs = sequences([[[(0, 1.0)], [(1, 1.0)], [(0, 1.0)]]], 2, values=False)
    scores = [[0.0, -2000.0]] * 3
    np.testing.assert_allclose(chain.marginals(seqs), reference.marginals(scores, transitions), atol=1e-6)
    labels = np.array([0, 1, 0], np.uint16)
    expected = reference.score(labels, scores, transitions) - reference.log_partition(scores, transitions)
    assert chain.log_likelihood(seqs.with_labels(labels))[0] == pytest.approx(expected, abs=1e-9)


def test_a_sentence_that_nothing_allows_is_labelled_as_if_all_were_allowed():
    chain = LinearChain("AB", 1, None, None, np.array([0, 1], np.float32), np.zeros((2, 2)), np.zeros((2, 2), bool))
    assert chain.decode(sequences([[[(0, 1.0)]] * 3], 1)).tolist() == [1, 1, 1]


@pytest.mark.parametrize("bits", [8, 16])
def test_quantized_weights_are_stored_and_read(bits):
    rng = np.random.default_rng(0)
    chain = LinearChain("AB", 50, None, None, rng.normal(size=100).astype(np.float32), np.zeros((2, 2)))
    small = chain.quantized(bits)
    assert np.abs(small.weights - chain.weights).max() <= np.abs(chain.weights).max() / 2 ** (bits - 1)
    arrays = small.arrays()
    assert arrays["weights"].dtype.itemsize * 8 == bits
    again = LinearChain.from_arrays("AB", 50, arrays)
    assert np.array_equal(again.weights, small.weights)


def test_bad_weights_are_refused():
    with pytest.raises(ParameterError, match="finite"):
        LinearChain("A", 1, None, None, np.array([np.nan]), np.zeros((1, 1)))
    with pytest.raises(ParameterError, match="shape"):
        LinearChain("A", 1, None, None, np.zeros(1), np.zeros((1, 1)), start=np.ones(2, bool))
    with pytest.raises(ValueError, match="attribute 7"):
        LinearChain("A", 1, None, None, np.zeros(1), np.zeros((1, 1))).decode(sequences([[[(7, 1.0)]]], 1))
