"""The words of a corpus: numbers and counts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


class Vocabulary:
    """Words by number.

    Parameters
    ----------
    words : list of str
        All different; a new vocabulary has the most frequent ones first, those of one frequency as they first appeared.
    counts : (V,) array of int64
        How often each occurs.
    raw_total : int, optional
        Tokens of the corpus, words that are not in the vocabulary included; default: the sum of `counts`.

    Examples
    --------
    >>> vocabulary = Vocabulary(["the", "cat"], [7, 2], raw_total=10)
    >>> len(vocabulary), vocabulary.index["cat"], vocabulary.total
    (2, 1, 9)
    """

    def __init__(self, words: Sequence[str], counts: ArrayLike, raw_total: int | None = None) -> None:
        self.words = list(words)
        self.counts: NDArray[np.int64] = np.ascontiguousarray(counts, np.int64)
        if self.counts.shape != (len(self.words),):
            raise ValueError(f"{len(self.words)} words, counts of shape {self.counts.shape}")
        self.raw_total = self.total if raw_total is None else raw_total

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.index

    def __repr__(self) -> str:
        return f"Vocabulary({len(self):,} words, {self.total:,} of {self.raw_total:,} tokens)"

    @cached_property
    def index(self) -> dict[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    @property
    def total(self) -> int:
        """Tokens of the corpus that are in the vocabulary."""
        return int(self.counts.sum())
