"""Linear chains in plain Python: every label sequence is looked at, one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

Row = dict[int, float]  # label -> weight
Item = Sequence[tuple[int, float]]  # attribute, value
Masks = tuple[Sequence[Sequence[bool]] | None, Sequence[bool] | None, Sequence[bool] | None]  # allowed, start, end

FREE: Masks = (None, None, None)


def item_scores(items: Sequence[Item], rows: Sequence[Row], n_labels: int) -> list[list[np.float32]]:
    """Score of each label of each item, summed in single precision in the order of the attributes."""
    out = []
    for item in items:
        scores = [np.float32(0)] * n_labels
        for attribute, value in item:
            for label, weight in rows[attribute].items():
                scores[label] += np.float32(value) * np.float32(weight)
        out.append(scores)
    return out


def paths(n_items: int, n_labels: int, masks: Masks = FREE) -> Iterator[tuple[int, ...]]:
    """All label sequences that the masks allow, those whose last labels are lower first."""
    allowed, start, end = masks
    for turned in itertools.product(range(n_labels), repeat=n_items):
        path = turned[::-1]
        if start is not None and not start[path[0]]:
            continue
        if end is not None and not end[path[-1]]:
            continue
        if allowed is not None and not all(allowed[a][b] for a, b in itertools.pairwise(path)):
            continue
        yield path


def score(path: Sequence[int], scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]]) -> float:
    return sum(float(s[y]) for s, y in zip(scores, path, strict=True)) + sum(
        float(transitions[a][b]) for a, b in itertools.pairwise(path)
    )


def ranked(
    scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]], masks: Masks = FREE
) -> list[tuple[float, tuple[int, ...]]]:
    """All allowed sequences with their scores, the best first; of equal ones the one with lower last labels."""
    found = [(score(path, scores, transitions), path) for path in paths(len(scores), len(transitions), masks)]
    return sorted(found, key=lambda pair: -pair[0])  # a stable sort


def decode(scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]], masks: Masks = FREE) -> list[int]:
    """The best sequence; if the masks allow none, the best of all."""
    if not scores:
        return []
    found = ranked(scores, transitions, masks) or ranked(scores, transitions)
    return list(found[0][1])


def log_partition(scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]], masks: Masks = FREE) -> float:
    all_scores = [value for value, _ in ranked(scores, transitions, masks)]
    return all_scores[0] + math.log(sum(math.exp(value - all_scores[0]) for value in all_scores))


def marginals(scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]], masks: Masks = FREE) -> np.ndarray:
    """p(y_t = y), shape (items, labels)."""
    log_z = log_partition(scores, transitions, masks)
    out = np.zeros((len(scores), len(transitions)))
    for value, path in ranked(scores, transitions, masks):
        for t, y in enumerate(path):
            out[t, y] += math.exp(value - log_z)
    return out


def pair_marginals(scores: Sequence[Sequence[float]], transitions: Sequence[Sequence[float]]) -> np.ndarray:
    """The expected number of times that each label follows each."""
    log_z = log_partition(scores, transitions)
    out = np.zeros((len(transitions), len(transitions)))
    for value, path in ranked(scores, transitions):
        for a, b in itertools.pairwise(path):
            out[a, b] += math.exp(value - log_z)
    return out
