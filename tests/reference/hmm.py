"""Hidden Markov models by enumeration: every label sequence of a sentence, one after the other."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

Row = Mapping[int, float]  # label -> p(item | label)
Transition = Callable[[Sequence[int]], float]  # the labels before and a label -> its probability


def paths(items: Sequence[Row], order: int, border: int, transition: Transition) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every label sequence and p(labels, items)."""
    for labels in product(*(sorted(item) for item in items)):
        padded = (border,) * order + labels + (border,)
        p = 1.0
        for t in range(len(labels) + 1):
            p *= transition(padded[t : t + order + 1])
        for item, label in zip(items, labels, strict=True):
            p *= item[label]
        yield labels, p


def best(items, order, border, transition) -> tuple[int, ...]:
    """The most probable one; among equals the lowest last label, then the lowest before it, and so on."""
    found = list(paths(items, order, border, transition))
    top = max(p for _, p in found)
    return min((labels for labels, p in found if p == top), key=lambda labels: labels[::-1])


def expectations(items, order, border, transition):
    """(p(items), p(label t = y | items), expected counts of label n-grams)."""
    total = 0.0
    marginals: dict[tuple[int, int], float] = defaultdict(float)
    counts: dict[tuple[int, ...], float] = defaultdict(float)
    for labels, p in paths(items, order, border, transition):
        total += p
        for t, y in enumerate(labels):
            marginals[t, y] += p
        padded = (border,) * order + labels + (border,)
        for t in range(len(labels) + 1):
            counts[padded[t : t + order + 1]] += p
    for table in (marginals, counts):
        for key in table:
            table[key] = table[key] / total if total else math.nan
    return total, marginals, counts


def deleted_interpolation(ngrams: Mapping[tuple[int, ...], int], order: int) -> list[float]:
    """Weights of the orders 0 .. order (Brants 2000): each n-gram votes for the order that predicts it best without itself."""

    def count(suffix: tuple[int, ...]) -> int:
        return sum(n for key, n in ngrams.items() if key[len(key) - len(suffix) :] == suffix)

    def history(context: tuple[int, ...]) -> int:
        return sum(n for key, n in ngrams.items() if key[-1 - len(context) : -1] == context)

    votes = [0.0] * (order + 1)
    for key, n in ngrams.items():
        shares = []
        for i in range(order + 1):
            below = history(key[order - i : order]) - 1
            shares.append((count(key[order - i :]) - 1) / below if below else 0.0)
        highest = max(shares)
        votes[max(i for i in range(order + 1) if shares[i] == highest)] += n
    return [vote / sum(votes) for vote in votes]


def suffix_probabilities(counts: Mapping[str, Mapping[int, int]], word: str, longest: int, n_labels: int) -> list[float]:
    """p(label | word) of an unknown word by its suffixes: each longer one weighs 1 against theta (Samuelsson 1993)."""
    totals = [sum(row.get(y, 0) for row in counts.values()) for y in range(n_labels)]
    every = sum(totals)
    p = [n / every for n in totals]
    mean = 1 / n_labels
    theta = math.sqrt(sum((x - mean) ** 2 for x in p) / max(1, n_labels - 1))
    for i in range(1, min(longest, len(word)) + 1):
        found = [row for known, row in counts.items() if len(known) >= i and known.endswith(word[-i:])]
        labels = [sum(row.get(y, 0) for row in found) for y in range(n_labels)]
        if not sum(labels):
            break
        p = [(n / sum(labels) + theta * x) / (1 + theta) for n, x in zip(labels, p, strict=True)]
    return p
