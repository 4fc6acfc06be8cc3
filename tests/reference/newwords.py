"""N-grams of Han characters with count, cohesion and neighbour entropies, counted the obvious way."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from math import log

HAN = re.compile("[\u4e00-\u9fff]+")


def entropy(neighbours: Counter[str]) -> float:
    """In nats; each border ("") is a neighbour of its own."""
    total = sum(neighbours.values())
    kinds = [n for c, n in sorted(neighbours.items()) if c] + [1] * neighbours[""]
    return -sum(n / total * log(n / total) for n in kinds)


def new_words(
    texts: Iterable[str], min_count: int, max_length: int, min_pmi: float, min_entropy: float
) -> dict[str, tuple[int, float, float, float]]:
    """word -> (count, pmi, left entropy, right entropy)."""
    counts: Counter[str] = Counter()
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    right: defaultdict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for text in texts:
        for run in HAN.findall(text):
            total += len(run)
            for i in range(len(run)):
                for word in (run[i : i + n] for n in range(1, min(max_length, len(run) - i) + 1)):
                    counts[word] += 1
                    left[word][run[i - 1 : i]] += 1
                    right[word][run[i + len(word) : i + len(word) + 1]] += 1
    found = {}
    for word, count in counts.items():
        if len(word) < 2 or count < min_count:
            continue
        pmi = min(log(count * total / (counts[word[:i]] * counts[word[i:]])) for i in range(1, len(word)))
        freedom = entropy(left[word]), entropy(right[word])
        if pmi >= min_pmi and min(freedom) >= min_entropy:
            found[word] = (count, pmi, *freedom)
    return found
