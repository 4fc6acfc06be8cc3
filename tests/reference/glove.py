"""What ext/cooccurrence.c and ext/glove.c compute, in plain loops."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def cooccurrences(
    sentences: Iterable[Sequence[int]], window: int, symmetric: bool = True, distance_weighting: bool = True
) -> Counter[tuple[int, int]]:
    """For each pair of words the sum of 1 / distance, in units of 2^-32 (each weight rounded to a whole number of them)."""
    found: Counter[tuple[int, int]] = Counter()
    for sentence in sentences:
        for at, word in enumerate(sentence):
            for distance in range(1, window + 1):
                if at + distance < len(sentence):
                    weight = round(Fraction(2**32, distance if distance_weighting else 1))
                    found[word, sentence[at + distance]] += weight
                    if symmetric:
                        found[sentence[at + distance], word] += weight
    return found


class Glove:
    """Word and context vectors with biases, and the sums of their squared steps; AdaGrad, one cell of the matrix at a time."""

    def __init__(self, words: NDArray[np.float64], contexts: NDArray[np.float64]) -> None:
        """``words`` and ``contexts``: (V, D + 1), the bias last."""
        self.words, self.contexts = words.copy(), contexts.copy()
        self.word_squares, self.context_squares = np.zeros_like(words), np.zeros_like(contexts)

    def step(self, i: int, j: int, x: float, *, rate: float, bias_rate: float, x_max: float, alpha: float) -> float:
        """Learn from one cell; its loss before that."""
        w, c, w2, c2 = self.words[i], self.contexts[j], self.word_squares[i], self.context_squares[j]
        f = min(1.0, (x / x_max) ** alpha)
        difference = float(w[:-1] @ c[:-1]) + w[-1] + c[-1] - math.log(x)
        g = min(max(f * difference, -100.0), 100.0)
        for_w, for_c = g * np.append(rate * c[:-1], bias_rate), g * np.append(rate * w[:-1], bias_rate)
        w -= for_w / np.sqrt(1 + w2)
        c -= for_c / np.sqrt(1 + c2)
        w2 += for_w**2
        c2 += for_c**2
        return 0.5 * f * difference**2
