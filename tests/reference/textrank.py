"""TextRank in plain Python: words that stand near each other, sentences that share words (Mihalcea & Tarau 2004).

The sums go in a fixed order, so that the kernel can be compared to the last bit.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence

Edges = Mapping[tuple[int, int], float]


def cooccurrences(nodes: Sequence[int], span: int) -> dict[tuple[int, int], int]:
    """How often each node is followed by another within the next ``span - 1`` tokens; -1 is no node, but takes a place."""
    counts: dict[tuple[int, int], int] = {}
    for i, a in enumerate(nodes):
        for b in nodes[i + 1 : max(i + 1, i + span)]:
            if a >= 0 and b >= 0:
                counts[a, b] = counts.get((a, b), 0) + 1
    return counts


def similarities(sentences: Sequence[set[int]]) -> dict[tuple[int, int], float]:
    """Shared words of every two sentences over the logarithms of their lengths; sentences of one word each have none."""
    found = {}
    for i, a in enumerate(sentences):
        for j in range(i + 1, len(sentences)):
            b = sentences[j]
            if a & b and len(a) * len(b) > 1:
                found[i, j] = len(a & b) / (math.log(len(a)) + math.log(len(b)))
    return found


def page_rank(
    edges: Edges, order: Iterable[int], damping: float = 0.85, iterations: int = 10, tolerance: float = 0.0
) -> dict[int, float]:
    """Scores of the nodes that have edges, in the order in which the edges name them.

    An edge stands in the lists of both its ends, a loop twice in the same list; scores are updated in place.
    """
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for (a, b), weight in edges.items():
        neighbours.setdefault(a, []).append((b, weight))
        neighbours.setdefault(b, []).append((a, weight))
    out = {node: sum(weight for _, weight in near) for node, near in neighbours.items()}
    scores = {node: 1 / len(neighbours) for node in neighbours}
    for _ in range(iterations):
        moved = 0.0
        for node in order:
            if node in neighbours:
                total = 0.0
                for other, weight in neighbours[node]:
                    total += weight / out[other] * scores[other]
                before, scores[node] = scores[node], (1 - damping) + damping * total
                moved = max(moved, abs(scores[node] - before))
        if moved <= tolerance:
            break
    return scores


def rescale(scores: Mapping[int, float]) -> dict[int, float]:
    """From a tenth of the lowest score to the highest, as jieba does it, its starting values included."""
    low = min([sys.float_info.max, *scores.values()])
    high = max([sys.float_info.min, *scores.values()])
    return {node: (score - low / 10) / (high - low / 10) for node, score in scores.items()}
