"""Words of a corpus as numbers, with a Counter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

Sentences = list[list[str]]


def split(text: str) -> Sentences:
    """Lines of words; words lie between ASCII white space and NUL."""
    return [[word for word in re.split("[ \t\v\f\r\0]+", line) if word] for line in text.split("\n")]


def vocabulary(sentences: Sentences, min_count: int, most: int | None = None) -> list[tuple[str, int]]:
    """Words and counts: most frequent first, then by first appearance."""
    counts = Counter(word for sentence in sentences for word in sentence)
    ranked = sorted(counts.items(), key=lambda item: -item[1])  # stable, and a Counter remembers the order
    while most is not None and sum(count >= min_count for _, count in ranked) > most:
        min_count += 1
    return [(word, count) for word, count in ranked if count >= min_count]


def encode(sentences: Sentences, words: Iterable[str]) -> list[int]:
    index = {word: number for number, word in enumerate(words)}
    ids: list[int] = []
    for sentence in sentences:
        known = [index[word] for word in sentence if word in index]
        ids += [*known, -1] if known else []
    return ids


def prune(sentences: Sentences, most: int) -> Counter[str]:
    """Counts of what is left when rare words are forgotten after every sentence that leaves more than `most`."""
    counts: Counter[str] = Counter()
    least = 1
    for sentence in sentences:
        counts.update(sentence)
        while len(counts) > most:
            least += 1
            counts = Counter({word: count for word, count in counts.items() if count >= least})
    return counts
