"""The structured perceptron in plain Python: weights in dictionaries, averages by adding up all weights after every sentence."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

Item = Sequence[tuple[int, float]]  # attributes with their values
INFINITY = math.inf


def features(items: Sequence[Item], labels: Sequence[int]) -> Counter:
    """How often each (attribute, label) and each (label before, label) occurs, by value."""
    counts: Counter = Counter()
    for t, (item, y) in enumerate(zip(items, labels, strict=True)):
        for attribute, value in item:
            counts["state", attribute, y] += value
        if t:
            counts["step", labels[t - 1], y] += 1
    return counts


def decode(items, weights, n_labels, cost=None, allowed=None, start=None, end=None) -> list[int]:
    """The labels of the highest score; among equals the lowest last label, then the lowest before it, and so on."""

    def local(t, y):
        score = sum(value * weights["state", attribute, y] for attribute, value in items[t])
        return score + (cost(t, y) if cost else 0.0)

    if not items:
        return []
    best = [{y: (local(0, y) if start is None or start[y] else -INFINITY) for y in range(n_labels)}]
    back = []
    for t in range(1, len(items)):
        best.append({})
        back.append({})
        for y in range(n_labels):
            steps = [weights["step", x, y] if allowed is None or allowed[x][y] else -INFINITY for x in range(n_labels)]
            ways = [best[t - 1][x] + step for x, step in enumerate(steps)]
            back[-1][y] = ways.index(max(ways))
            best[t][y] = max(ways) + local(t, y)
    last = [best[-1][y] + (0.0 if end is None or end[y] else -INFINITY) for y in range(n_labels)]
    path = [last.index(max(last))]
    for step in reversed(back):
        path.append(step[path[-1]])
    return path[::-1]


def tau(rule: str, loss: float, norm: float, aggressiveness: float) -> float:
    """Crammer et al. 2006; 0 where there is nothing to change."""
    if rule == "perceptron" or not norm:
        return 1.0
    if rule == "pa2":
        return loss / (norm + 1 / (2 * aggressiveness))
    return min(loss / norm, aggressiveness if rule == "pa1" else INFINITY)


def train(
    sentences, gold, n_labels, orders, rule="perceptron", aggressiveness=1.0, margin=0.0, average=True, allowed=None, start=None,
    end=None,
):  # fmt: skip
    """Weights by ("state", attribute, label) and ("step", label, label)."""
    weights: dict = defaultdict(float)
    total: dict = defaultdict(float)
    seen = 0
    for order in orders:
        mistakes = 0
        for s in order:
            items, right = sentences[s], gold[s]
            cost = (lambda t, y, right=right: margin * (y != right[t])) if margin else None
            found = decode(items, weights, n_labels, cost, allowed, start, end)
            if found != list(right):
                mistakes += 1
                difference = features(items, right)
                difference.subtract(features(items, found))
                difference = {key: value for key, value in difference.items() if value}
                wrong = sum(a != b for a, b in zip(found, right, strict=True))
                loss = -sum(value * weights[key] for key, value in difference.items()) + (margin * wrong or math.sqrt(wrong))
                step = tau(rule, loss, sum(value * value for value in difference.values()), aggressiveness)
                for key, value in difference.items():
                    weights[key] += step * value
            for key, value in weights.items():
                total[key] += value
            seen += 1
        if not mistakes:
            break
    return {key: value / seen for key, value in total.items()} if average and seen else dict(weights)
