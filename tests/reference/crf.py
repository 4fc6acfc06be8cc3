"""The objective of a linear-chain CRF in plain Python, and its gradient (Lafferty, McCallum, Pereira 2001)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from tests.reference.chain import Item, log_partition, marginals, pair_marginals, score


def item_scores(items: Sequence[Item], weights: np.ndarray) -> list[list[float]]:
    """In double precision; weights (attributes, labels)."""
    return [list(sum((value * weights[attribute] for attribute, value in item), np.zeros(weights.shape[1]))) for item in items]


def loss(
    sentences: Sequence[Sequence[Item]], labels: Sequence[Sequence[int]], weights: np.ndarray, transitions: np.ndarray, c2: float
) -> float:
    """-log p(labels | sentences) + c2 |w|^2"""
    total = c2 * float((weights**2).sum() + (transitions**2).sum())
    for items, path in zip(sentences, labels, strict=True):
        if items:
            scores = item_scores(items, weights)
            total += log_partition(scores, transitions) - score(path, scores, transitions)
    return total


def gradient(
    sentences: Sequence[Sequence[Item]], labels: Sequence[Sequence[int]], weights: np.ndarray, transitions: np.ndarray, c2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Expected minus observed numbers, plus 2 c2 w: for the weights of attributes and for those of transitions."""
    states, moves = 2 * c2 * weights, 2 * c2 * transitions
    for items, path in zip(sentences, labels, strict=True):
        if not items:
            continue
        scores = item_scores(items, weights)
        expected = marginals(scores, transitions)
        for t, item in enumerate(items):
            expected[t, path[t]] -= 1
            for attribute, value in item:
                states[attribute] += value * expected[t]
        moves = moves + pair_marginals(scores, transitions)
        for a, b in itertools.pairwise(path):
            moves[a, b] -= 1
    return states, moves


def learn_online(
    sentences: Sequence[Sequence[Item]],
    labels: Sequence[Sequence[int]],
    n_labels: int,
    n_attributes: int,
    order: Sequence[int],
    fixed: np.ndarray,
    transitions: np.ndarray,
    c2: float,
    cost: float,
    adagrad: bool,
    eta: float,
    initial: float,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Weights and transitions after a step for each sentence of the order, and the losses before the steps, summed."""
    weights, transitions = np.zeros((n_attributes, n_labels)), np.array(transitions)
    squares, move_squares = np.full(weights.shape, initial), np.full(transitions.shape, initial)
    seen = np.zeros(n_attributes)
    for items in sentences:
        for item in items:
            for attribute, _ in item:
                seen[attribute] += 1
    clock, total = 0, 0.0
    for s in order:
        items, path = sentences[s], labels[s]
        if not items:
            continue
        scores = item_scores(items, weights)
        right = score(path, scores, transitions)
        scores = [[x + cost * (y != path[t]) for y, x in enumerate(row)] for t, row in enumerate(scores)]
        total += log_partition(scores, transitions) - right
        expected, moves = marginals(scores, transitions), np.array(pair_marginals(scores, transitions))
        decay = 2 * c2 / len(sentences)
        rate = eta if adagrad else eta / (1 + eta * decay * clock)
        for t, item in enumerate(items):
            expected[t, path[t]] -= 1
            for attribute, value in item:  # the norm is shared out to the items that have the attribute
                g = value * expected[t] + 2 * c2 / seen[attribute] * weights[attribute]
                squares[attribute] += g * g
                weights[attribute] -= rate * g / (np.sqrt(squares[attribute]) if adagrad else 1)
        for a, b in itertools.pairwise(path):
            moves[a, b] -= 1
        for a, b in np.argwhere(~fixed):
            g = moves[a, b] + decay * transitions[a, b]
            move_squares[a, b] += g * g
            transitions[a, b] -= rate * g / (np.sqrt(move_squares[a, b]) if adagrad else 1)
        clock += 1
    return weights, transitions, total
