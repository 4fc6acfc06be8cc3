"""Sequences: encoded data that every trainer and tagger reads."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..threads import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Sequences(NamedTuple):
    """Sentences of items, each item a set of attributes, as flat arrays.

    Attributes
    ----------
    starts : int64, shape (sentences + 1,)
        Items of each sentence.
    indptr : int64, shape (items + 1,)
        Attributes of each item.
    indices : uint32, shape (indptr[-1],)
        Attributes.
    values : float32, like indices, or None
        Their values; None: all 1.
    labels : uint16, shape (items,), or None
        The right labels.
    n_attributes : int
        One more than the largest attribute.
    """

    starts: Array
    indptr: Array
    indices: Array
    values: Array | None
    labels: Array | None
    n_attributes: int

    @property
    def n_items(self) -> int:
        """Items of all sentences."""
        return len(self.indptr) - 1

    def __len__(self) -> int:
        return len(self.starts) - 1

    def with_labels(self, labels: Array) -> Sequences:
        """The same sentences with these labels."""
        return Sequences(self.starts, self.indptr, self.indices, self.values, labels, self.n_attributes)


def blocks(seqs: Sequences, n: int, least: int = 2000) -> list[tuple[int, int]]:
    """Ranges of sentences with about as many attributes each, at most ``8 n``, of ``least`` items or more where possible."""
    parts = max(1, min(8 * n, seqs.n_items // least)) if n > 1 else 1
    weight = seqs.indptr[seqs.starts] + seqs.starts  # attributes and items before each sentence
    bounds = np.searchsorted(weight, np.linspace(0, weight[-1], parts + 1)[1:-1]).tolist()
    edges = sorted({0, *bounds, len(seqs)})
    return list(pairwise(edges)) if len(seqs) else []


def run_blocks(work: Callable[[int, int], object], todo: Sequence[tuple[int, int]], threads: int) -> None:
    """Call ``work(first, last)`` for every range, each in the thread that is free next."""
    in_threads(lambda i: work(*todo[i]), len(todo), threads)
