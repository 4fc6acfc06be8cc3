"""The perceptron kernel against its reference."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.errors import ParameterError
from nlptk.ext.perceptron import Learner
from nlptk.tagging.perceptron import RULES, train_perceptron
from nlptk.tagging.sequences import Sequences
from tests.reference import perceptron as reference


def encode(sentences, gold, n_attributes, with_values):
    """Sequences of lists of lists of (attribute, value)."""
    items = [item for sentence in sentences for item in sentence]
    return Sequences(
        np.cumsum([0, *map(len, sentences)], dtype=np.int64),
        np.cumsum([0, *map(len, items)], dtype=np.int64),
        np.array([a for item in items for a, _ in item], np.uint32),
        np.array([v for item in items for _, v in item], np.float32) if with_values else None,
        np.array([y for labels in gold for y in labels], np.uint16),
        n_attributes,
    )


def dense(result, n_labels):
    row_ptr, row_label, weights, transitions = result
    out = np.zeros((len(row_ptr) - 1, n_labels))
    out[np.repeat(np.arange(len(row_ptr) - 1), np.diff(row_ptr)), row_label] = weights
    return out, transitions


def expected(weights, n_attributes, n_labels):
    state = [[weights.get(("state", a, y), 0.0) for y in range(n_labels)] for a in range(n_attributes)]
    return np.reshape(state, (n_attributes, n_labels)), np.array(
        [[weights.get(("step", x, y), 0.0) for y in range(n_labels)] for x in range(n_labels)]
    )


@st.composite
def problems(draw):
    """(sentences, gold, labels, attributes, with values)."""
    n_labels, n_attributes = draw(st.sampled_from([1, 2, 3, 4, 5, 8, 9, 22, 30])), draw(st.integers(1, 12))
    with_values = draw(st.booleans())
    value = st.sampled_from([0.5, 1.0, -1.0, 2.0]) if with_values else st.just(1.0)
    item = st.lists(st.tuples(st.integers(0, n_attributes - 1), value), max_size=5)
    sentences = draw(st.lists(st.lists(item, max_size=6), max_size=8))
    gold = [[draw(st.integers(0, n_labels - 1)) for _ in sentence] for sentence in sentences]
    return sentences, gold, n_labels, n_attributes, with_values


def orders(n, epochs, seed):
    random, order = np.random.default_rng(seed), np.arange(n)
    for _ in range(epochs):
        random.shuffle(order)
        yield order.tolist()


@given(problems(), st.integers(1, 4), st.integers(0, 3), st.sampled_from([0.0, 0.5]), st.booleans())
def test_equals_the_reference(problem, epochs, seed, margin, average):
    """Small integers and halves are exact in float32, so the paths are the same to the last tie."""
    sentences, gold, n_labels, n_attributes, with_values = problem
    result = train_perceptron(
        encode(sentences, gold, n_attributes, with_values), n_labels, epochs=epochs, seed=seed, margin=margin, average=average
    )
    weights = reference.train(sentences, gold, n_labels, orders(len(sentences), epochs, seed), margin=margin, average=average)
    for ours, theirs in zip(dense(result, n_labels), expected(weights, n_attributes, n_labels), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@given(problems(), st.sampled_from(RULES), st.sampled_from([0.0, 1.0]), st.sampled_from([0.1, 1.0]))
def test_one_pass_of_every_rule_equals_the_reference(problem, rule, margin, aggressiveness):
    sentences, gold, n_labels, n_attributes, with_values = problem
    sentences, gold = sentences[:1], gold[:1]  # more of them and a rounded tie may go another way
    data = encode(sentences, gold, n_attributes, with_values)
    result = train_perceptron(data, n_labels, epochs=1, rule=rule, margin=margin, aggressiveness=aggressiveness)
    weights = reference.train(sentences, gold, n_labels, [range(len(sentences))], rule, aggressiveness, margin)
    for ours, theirs in zip(dense(result, n_labels), expected(weights, n_attributes, n_labels), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5)


@given(problems(), st.data())
def test_masks_are_kept(problem, data):
    sentences, gold, n_labels, n_attributes, with_values = problem
    booleans = st.lists(st.booleans(), min_size=n_labels, max_size=n_labels)
    start, end = np.array(data.draw(booleans)), np.array(data.draw(booleans))
    allowed = np.array([data.draw(booleans) for _ in range(n_labels)])
    for labels in gold:
        if labels:
            start[labels[0]] = end[labels[-1]] = True
        for x, y in pairwise(labels):
            allowed[x, y] = True
    encoded = encode(sentences, gold, n_attributes, with_values)
    masks = {"allowed": allowed, "start": start, "end": end}
    result = train_perceptron(encoded, n_labels, epochs=3, **masks)
    weights = reference.train(sentences, gold, n_labels, orders(len(sentences), 3, 0), **masks)
    for ours, theirs in zip(dense(result, n_labels), expected(weights, n_attributes, n_labels), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@given(problems(), st.booleans(), st.integers(0, 3))
def test_what_is_resumed_goes_on_as_if_never_stopped(problem, average, more_attributes):
    sentences, gold, n_labels, n_attributes, with_values = problem
    data = encode(sentences, gold, n_attributes, with_values)
    order = np.arange(len(sentences))
    whole = Learner(*data[:5], n_labels, n_attributes + more_attributes, average=average)
    whole.learn(order)
    first = Learner(*data[:5], n_labels, n_attributes, average=average)
    first.learn(order)
    second = Learner(*data[:5], n_labels, n_attributes + more_attributes, average=average)
    second.resume(*first.snapshot())
    for learner in (whole, second):
        learner.learn(order)
    for ours, theirs in zip(second.weights(), whole.weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@given(problems(), st.booleans(), st.integers(0, 2), st.integers(0, 3))
def test_new_labels_and_attributes_begin_at_zero(problem, average, more_labels, more_attributes):
    sentences, gold, n_labels, n_attributes, with_values = problem
    data = encode(sentences, gold, n_attributes, with_values)
    small = Learner(*data[:5], n_labels, n_attributes, average=average)
    small.learn(np.arange(len(sentences)))
    large = Learner(*data[:5], n_labels + more_labels, n_attributes + more_attributes, average=average)
    large.resume(*small.snapshot())
    (state, steps), (more_state, more_steps) = dense(small.weights(), n_labels), dense(large.weights(), n_labels + more_labels)
    np.testing.assert_array_equal(more_state, np.pad(state, [(0, more_attributes), (0, more_labels)]))
    np.testing.assert_array_equal(more_steps, np.pad(steps, [(0, more_labels), (0, more_labels)]))


def test_a_state_of_something_else_is_refused():
    good = broken()()
    good.learn(np.array([0]))
    state = good.snapshot()
    for i, wrong in enumerate(
        [np.array([1, 2]), np.array([7], np.uint16), np.array([np.nan], np.float32), np.zeros(9), np.zeros((3, 3), np.float32)]
    ):
        with pytest.raises(ValueError):
            broken()().resume(*state[:i], wrong, *state[i + 1 :])
    with pytest.raises(ValueError):
        good.resume(*state)


def test_data_that_can_be_separated_is_learned():
    random = np.random.default_rng(1)
    gold = [random.integers(0, 5, 7).tolist() for _ in range(500)]
    sentences = [[[(y, 1.0), (5 + int(random.integers(40)), 1.0)] for y in labels] for labels in gold]
    encoded = encode(sentences, gold, 45, False)
    learner = Learner(*encoded[:5], 5, 45)
    for _ in range(10):
        wrong, wrong_items, _ = learner.learn(np.arange(500))
    assert (wrong, wrong_items) == (0, 0)
    assert learner.decode().tolist() == encoded.labels.tolist()


def test_many_rows_grow_the_tables():
    random = np.random.default_rng(3)
    gold = [random.integers(0, 3, 10).tolist() for _ in range(300)]
    sentences = [[[(10 * s + t, 1.0), (int(random.integers(3000)), 1.0)] for t in range(10)] for s in range(300)]
    result = train_perceptron(encode(sentences, gold, 3000, False), 3, epochs=2, rule="pa1", shuffle=False)
    assert np.count_nonzero(np.diff(result[0])) > 1024


def test_training_can_be_watched_and_stopped():
    gold = [[0, 1, 0, 1]] * 3
    encoded = encode([[[(t, 1.0)] for t in range(4)]] * 3, gold, 4, False)
    seen = []
    result = train_perceptron(encoded, 2, epochs=9, watch=lambda epoch, loss, weights: seen.append((epoch, loss, weights())))
    assert [epoch for epoch, *_ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1] == 0
    assert len(seen) < 9
    np.testing.assert_array_equal(seen[-1][2][2], result[2])
    seen.clear()
    train_perceptron(encoded, 2, epochs=9, watch=lambda *facts: seen.append(facts) or True)
    assert len(seen) == 1


@given(problems(), st.integers(1, 7))
def test_the_first_passes_can_be_left_out_of_the_average(problem, epochs):
    sentences, gold, n_labels, n_attributes, with_values = problem
    data = encode(sentences, gold, n_attributes, with_values)
    learner, order = Learner(*data[:5], n_labels, n_attributes), np.arange(len(sentences))
    for epoch in range(epochs):
        if epoch == epochs // 2:
            learner.forget()
        learner.learn(order)
    result = train_perceptron(data, n_labels, epochs=epochs, burn_in=0.5, shuffle=False, epsilon=-1.0)
    for ours, theirs in zip(result, learner.weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_training_goes_on_from_weights():
    gold = [[0, 1, 0, 1]] * 3
    encoded = encode([[[(t, 1.0)] for t in range(4)]] * 3, gold, 4, False)
    weights = train_perceptron(encoded, 2, epochs=9)
    for ours, theirs in zip(train_perceptron(encoded, 2, initial=weights), weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def changed(data, **changes):
    return Sequences(**{**dict(zip(data._fields, data, strict=True)), **changes})


def broken(**changes):
    good = changed(encode([[[(0, 1.0)], [(1, 1.0)]]], [[0, 1]], 2, True), **changes)
    return lambda **more: Learner(*good[:5], **{"n_labels": 2, "n_attributes": good.n_attributes, **more})


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"starts": np.array([0, 3])}, {}),
        ({"starts": np.array([0, 2, 1, 2])}, {}),
        ({"starts": np.array([], np.int64)}, {}),
        ({"indptr": np.array([0, 1])}, {}),
        ({"indptr": np.array([0, 3, 2])}, {}),
        ({"indptr": np.array([1, 1, 2])}, {}),
        ({"indices": np.array([0, 2], np.uint32)}, {}),
        ({"labels": np.array([0, 2], np.uint16)}, {}),
        ({"values": np.array([1, np.nan], np.float32)}, {}),
        ({"values": np.array([1], np.float32)}, {}),
        ({"n_attributes": -1}, {}),
        ({}, {"n_labels": 0}),
        ({}, {"n_labels": 1001}),
        ({}, {"rule": "best"}),
        ({}, {"margin": -1.0}),
        ({}, {"margin": float("nan")}),
        ({}, {"aggressiveness": 0.0}),
        ({}, {"aggressiveness": float("inf")}),
        ({}, {"allowed": np.ones((2, 3), bool)}),
        ({}, {"allowed": np.array([[True, False], [True, True]])}),
        ({}, {"begin": np.array([False, True])}),
        ({}, {"end": np.array([True, False])}),
        ({}, {"end": np.array([1.0, 0.0])}),
    ],
)
def test_bad_data_is_refused(changes, more):
    with pytest.raises(ValueError):
        broken(**changes)(**more)


def test_sentences_that_are_not_there():
    with pytest.raises(IndexError):
        broken()().learn(np.array([0, 1]))
    with pytest.raises(IndexError):
        broken()().learn(np.array([-1]))


def test_parameters_that_make_no_sense():
    good = encode([[[(0, 1.0)]]], [[0]], 1, False)
    for parameters in ({"epochs": 0}, {"rule": "x"}):
        with pytest.raises(ParameterError):
            train_perceptron(good, 1, **parameters)
    with pytest.raises(ParameterError):
        train_perceptron(changed(good, labels=None), 1)
