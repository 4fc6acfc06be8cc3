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
