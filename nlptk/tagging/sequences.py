"""Sequences: encoded data that every trainer and tagger reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    import numpy as np

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
