"""The kernel of hidden Markov models against enumeration."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlptk.ext.hmm import Markov
from tests.reference import hmm as reference

PROBABILITIES = [0.0, 0.125, 0.25, 0.25, 0.5, 1.0]


@st.composite
def models(draw, probabilities=PROBABILITIES):
    """(order, labels, transition probabilities, rows, sentences of rows). The probabilities need not add up to 1."""
    order, n_labels = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    transitions = random.choice(probabilities, (n_labels + 1,) * (order + 1))
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        labels = draw(st.lists(st.integers(0, n_labels - 1), min_size=1, unique=True))
        rows.append({label: float(random.choice(probabilities)) for label in sorted(labels)})
    sentences = draw(st.lists(st.lists(st.integers(0, len(rows) - 1), max_size=5), max_size=4))
    return order, n_labels, transitions, rows, sentences


def arrays(rows, sentences):
    with np.errstate(divide="ignore"):
        return (
            np.cumsum([0, *map(len, sentences)], dtype=np.int64),
            np.array([row for sentence in sentences for row in sentence], np.uint32),
            np.cumsum([0, *map(len, rows)], dtype=np.int64),
            np.array([label for row in rows for label in row], np.uint16),
            np.log([p for row in rows for p in row.values()]),
        )


def markov(order, n_labels, transitions):
    with np.errstate(divide="ignore"):
        return Markov(order, n_labels, np.log(transitions).reshape(-1))


@given(models([0.125, 0.25, 0.5, 1.0]))
def test_paths_are_those_of_enumeration(model):
    """Powers of two have exact logarithms but for rounding of their sums, which `isclose` allows for."""
    order, n_labels, transitions, rows, sentences = model
    data = arrays(rows, sentences)
    out = np.zeros(len(data[1]), np.uint16)
    kernel = Markov(order, n_labels, np.log2(transitions).reshape(-1))  # of base two: sums are exact, and so are ties
    kernel.decode(*data[:4], np.log2(np.exp(data[4])).round(), 0, len(sentences), out)
    for i, sentence in enumerate(sentences):
        items = [rows[row] for row in sentence]
        expected = reference.best(items, order, n_labels, lambda labels: transitions[tuple(labels)])
        assert tuple(out[data[0][i] : data[0][i + 1]].tolist()) == expected


@given(models())
def test_probabilities_are_those_of_enumeration(model):
    order, n_labels, transitions, rows, sentences = model
    data = arrays(rows, sentences)
    log_probs, marginals = np.zeros(len(sentences)), np.zeros((len(data[1]), n_labels), np.float32)
    transition_counts, row_counts = np.zeros(transitions.size), np.zeros(len(data[3]))
    markov(order, n_labels, transitions).expect(*data, 0, len(sentences), log_probs, marginals, transition_counts, row_counts)
    expected_transitions = np.zeros_like(transitions)
    expected_rows = [dict.fromkeys(row, 0.0) for row in rows]
    for i, sentence in enumerate(sentences):
        items = [rows[row] for row in sentence]
        p, each, counts = reference.expectations(items, order, n_labels, lambda labels: transitions[tuple(labels)])
        found = marginals[data[0][i] : data[0][i + 1]]
        if p:
            assert log_probs[i] == pytest.approx(math.log(p), abs=1e-9)
            for labels, count in counts.items():
                expected_transitions[labels] += count
            for (t, y), q in each.items():
                assert found[t, y] == pytest.approx(q, abs=1e-6)
                expected_rows[sentence[t]][y] += q
        else:
            assert log_probs[i] == -math.inf
            assert found.sum(1) == pytest.approx(np.ones(len(sentence)))
    np.testing.assert_allclose(transition_counts.reshape(transitions.shape), expected_transitions, atol=1e-9)
    np.testing.assert_allclose(row_counts, [c for row in expected_rows for c in row.values()], atol=1e-9)


@pytest.mark.parametrize("order", [1, 2])
def test_what_underflows_is_found_by_logarithms(order):
    """Two labels never change; the first item has almost only label 0, the others speak for label 1 in the end."""
    step = np.full((3,) * (order + 1), 0.0)
    for last in (0, 1):
        step[(..., last, last)] = step[(..., last, 2)] = 0.5
    step[(2,) * order] = [0.5, 0.5, 0.5]
    logs = np.array([0.0, -800.0, -300.0, 0.0])
    sentence = [0, 1, 1, 1]  # label 0: -900, label 1: -800
    data = *arrays([{0: 1.0, 1: 1.0}] * 2, [sentence])[:4], logs
    log_probs, marginals = np.zeros(1), np.zeros((4, 2), np.float32)
    counts = np.zeros(step.size), np.zeros(4)
    markov(order, 2, step).expect(*data, 0, 1, log_probs, marginals, *counts)
    assert log_probs[0] == pytest.approx(-800 + 5 * math.log(0.5))
    np.testing.assert_allclose(marginals, [[0, 1]] * 4, atol=1e-30)
    assert counts[0].sum() == pytest.approx(5)
    np.testing.assert_allclose(counts[1], [0, 1, 0, 3], atol=1e-12)
    out = np.zeros(4, np.uint16)
    markov(order, 2, step).decode(*data, 0, 1, out)
    assert out.tolist() == [1] * 4


def test_sentences_are_each_their_own():
    """A part of the sentences changes nothing elsewhere, whatever the block."""
    random = np.random.default_rng(0)
    rows = [{y: float(random.random()) for y in range(4)} for _ in range(9)]
    sentences = [random.integers(0, 9, random.integers(0, 12)).tolist() for _ in range(20)]
    data, kernel = arrays(rows, sentences), markov(2, 4, random.random((5, 5, 5)))
    whole, parts = np.zeros(len(data[1]), np.uint16), np.zeros(len(data[1]), np.uint16)
    kernel.decode(*data, 0, 20, whole)
    for first, last in ((12, 20), (0, 0), (0, 7), (7, 12)):
        kernel.decode(*data, first, last, parts)
    assert whole.tolist() == parts.tolist()


GOOD = {
    "starts": np.array([0, 2]),
    "rows": np.array([0, 1], np.uint32),
    "row_ptr": np.array([0, 1, 3]),
    "row_label": np.array([1, 0, 1], np.uint16),
    "row_log": np.zeros(3),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"starts": np.array([0, 3])},
        {"starts": np.array([0, 3, 2])},
        {"starts": np.array([], np.int64)},
        {"rows": np.array([0, 2], np.uint32)},
        {"row_ptr": np.array([0, 0, 3])},
        {"row_ptr": np.array([0, 1, 2])},
        {"row_label": np.array([1, 1, 1], np.uint16)},
        {"row_label": np.array([1, 1, 0], np.uint16)},
        {"row_label": np.array([1, 0, 2], np.uint16)},
        {"row_log": np.zeros(2)},
        {"row_log": np.array([0, 0, np.nan])},
        {"row_log": np.array([0, 0, np.inf])},
    ],
)
def test_bad_data_is_refused(changes):
    kernel = markov(1, 2, np.full(9, 0.5))
    data = tuple({**GOOD, **changes}.values())
    with pytest.raises(ValueError):
        kernel.decode(*data, 0, 1, np.zeros(2, np.uint16))
    with pytest.raises(ValueError):
        kernel.expect(*data, 0, 1, np.zeros(1))


def test_bad_shapes_are_refused():
    kernel, data = markov(1, 2, np.full(9, 0.5)), tuple(GOOD.values())
    for first, last in ((-1, 1), (1, 0), (0, 2)):
        with pytest.raises(IndexError):
            kernel.decode(*data, first, last, np.zeros(2, np.uint16))
    with pytest.raises(ValueError):
        kernel.decode(*data, 0, 1, np.zeros(3, np.uint16))
    for places in ((np.zeros(2),), (np.zeros(1), np.zeros((2, 3), np.float32)), (np.zeros(1), None, np.zeros(8)),
                   (np.zeros(1), None, None, np.zeros(2))):  # fmt: skip
        with pytest.raises(ValueError):
            kernel.expect(*data, 0, 1, *places)
    for order, labels, logs in ((3, 2, np.zeros(81)), (1, 0, np.zeros(1)), (1, 2, np.zeros(8)), (1, 2, np.full(9, np.nan)),
                                (1, 2, np.ones(9))):  # fmt: skip
        with pytest.raises(ValueError):
            Markov(order, labels, logs)


def test_the_reference_adds_up():
    """Deleted interpolation and suffixes, by hand."""
    assert reference.deleted_interpolation({(2, 0): 2, (0, 1): 2, (1, 2): 2}, 1) == [0, 1]
    counts = {"walks": {0: 1}, "talks": {0: 1}, "dog": {1: 2}}
    p = reference.suffix_probabilities(counts, "barks", 3, 2)
    assert p[0] > 0.99
    assert reference.suffix_probabilities(counts, "", 3, 2) == [0.5, 0.5]
