"""Counts of labels and words, and the probabilities that a hidden Markov model takes from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .sequences import Array


class Counts(NamedTuple):
    """How often what occurred.

    Attributes
    ----------
    transitions : float64, shape (labels + 1,) * (order + 1)
        By the labels before and the label; number ``labels`` is the begin and the end.
    row_ptr, row_label, row_count : int64, uint16, float64
        ``row_label[row_ptr[w]:row_ptr[w + 1]]`` are the labels of word w, rising, and how often it had them.
    """

    transitions: Array
    row_ptr: Array
    row_label: Array
    row_count: Array

    @property
    def n_labels(self) -> int:
        return len(self.transitions) - 1

    @property
    def row_word(self) -> Array:
        """The word of each pair of word and label."""
        return np.repeat(np.arange(len(self.row_ptr) - 1), np.diff(self.row_ptr))

    def label_totals(self) -> Array:
        """How often each label occurred."""
        return np.bincount(self.row_label, self.row_count, self.n_labels)


def count(starts: Array, words: Array, labels: Array, n_words: int, n_labels: int, order: int) -> Counts:
    """Counts of labelled sentences; ``words`` and ``labels`` of each item are numbers."""
    base, sentences, items = n_labels + 1, len(starts) - 1, len(labels)
    sentence = np.repeat(np.arange(sentences), np.diff(starts))
    place = np.arange(items) + sentence * (order + 1) + order  # each sentence with its begin and end marks
    ends = np.asarray(starts[1:]) + np.arange(sentences) * (order + 1) + order
    flat = np.full(items + sentences * (order + 1), n_labels, np.int64)
    flat[place] = labels
    last = np.concatenate([place, ends])
    code = np.zeros(len(last), np.int64)
    for back in range(order, -1, -1):
        code = code * base + flat[last - back]
    transitions = np.bincount(code, minlength=base ** (order + 1)).astype(np.float64).reshape((base,) * (order + 1))
    return Counts(transitions, *_rows(words.astype(np.int64) * n_labels + labels, np.ones(items), n_words, n_labels))


def _rows(keys: Array, counts: Array, n_words: int, n_labels: int) -> tuple[Array, Array, Array]:
    pairs, inverse = np.unique(keys, return_inverse=True)
    row_ptr = np.zeros(n_words + 1, np.int64)
    np.cumsum(np.bincount(pairs // n_labels, minlength=n_words), out=row_ptr[1:])
    return row_ptr, (pairs % n_labels).astype(np.uint16), np.bincount(inverse, counts, len(pairs))


def add(a: Counts, b: Counts) -> Counts:
    """The sum, for as many labels and words as the second has, which are those of the first and perhaps more."""
    n = b.n_labels
    kept = np.append(np.arange(a.n_labels), n)  # the mark of begin and end is the last number in both
    transitions = b.transitions.copy()
    transitions[np.ix_(*[kept] * b.transitions.ndim)] += a.transitions
    keys = np.concatenate([c.row_word * n + c.row_label for c in (a, b)])
    return Counts(transitions, *_rows(keys, np.concatenate([a.row_count, b.row_count]), len(b.row_ptr) - 1, n))


# ---- transitions


def maximum_likelihood(transitions: Array) -> Array:
    """p(label | labels before) = count / count of what is before; where that was not seen, all labels alike."""
    total = transitions.sum(-1, keepdims=True)
    return np.where(total > 0, transitions / np.where(total > 0, total, 1), 1 / len(transitions))


def add_k(transitions: Array, k: float) -> Array:
    """(count + k) / (count of what is before + k times the number of labels and the end)."""
    out: Array = (transitions + k) / (transitions.sum(-1, keepdims=True) + k * len(transitions))
    return out


def interpolation_weights(transitions: Array) -> Array:
    """Weights of the n-gram orders by deleted interpolation (Brants 2000).

    Each n-gram is taken out of the counts once; the order that then predicts its label best gets its vote, the longest one of
    equals. One vote more for every order keeps all probabilities above 0.
    """
    order = transitions.ndim - 1
    shares = []
    for i in range(order + 1):
        n = transitions.sum(tuple(range(order - i))) if i < order else transitions
        below = np.maximum(n.sum(-1, keepdims=True) - 1, 0)
        share = np.where(below > 0, np.maximum(n - 1, 0) / np.where(below > 0, below, 1), 0)
        shares.append(np.broadcast_to(share, transitions.shape))
    best = order - np.argmax(np.stack(shares[::-1]), 0)
    votes = np.bincount(best.ravel(), transitions.ravel(), order + 1) + 1
    return votes / votes.sum()  # type: ignore[no-any-return]


def interpolated(transitions: Array) -> Array:
    """The sum of the maximum likelihood of all orders, weighted; where something before was not seen, the order below."""
    order = transitions.ndim - 1
    p = np.zeros(len(transitions))
    out = np.zeros(transitions.shape)
    for i, weight in enumerate(interpolation_weights(transitions)):
        n = transitions.sum(tuple(range(order - i))) if i < order else transitions
        total = n.sum(-1, keepdims=True)
        p = np.where(total > 0, n / np.where(total > 0, total, 1), p)
        out = out + weight * p
    return out


# ---- words that were not seen


class Suffixes:
    """p(label | unknown word) from the ends of rare words (Samuelsson 1993, Brants 2000).

    From the share of each label among rare words, suffix by suffix of the word, the longest last:
    ``p_i = (share of the label among rare words with the suffix of i characters + theta p_i-1) / (1 + theta)``, where theta is
    the standard deviation of the first shares. Digits are all one; words that begin with a capital are counted apart.
    """

    def __init__(self, words: Sequence[str], counts: Counts, longest: int, rare: int) -> None:
        self.longest, self.n_labels = longest, counts.n_labels
        totals = np.bincount(counts.row_word, counts.row_count, len(words))
        is_rare = (totals <= rare) & (totals > 0)
        if not is_rare.any():
            is_rare = totals > 0
        self._tables = [_Ends(words, counts, np.array(is_rare), longest, None)]
        capital = np.fromiter((word[:1].isupper() for word in words), bool, len(words))
        for wanted in (False, True):
            chosen = is_rare & (capital == wanted)
            self._tables.append(_Ends(words, counts, chosen, longest, wanted) if chosen.any() else self._tables[0])

    def probabilities(self, word: str) -> Array:
        """Of all labels."""
        return self._tables[2 if word[:1].isupper() else 1].probabilities(plain(word))


class _Ends:
    def __init__(self, words: Sequence[str], counts: Counts, chosen: Array, longest: int, capital: bool | None) -> None:
        self._longest = longest
        numbers: dict[str, int] = {}
        rows, sources = [], []  # of a suffix, of a word
        for w in np.flatnonzero(chosen).tolist():
            word = plain(words[w])
            for i in range(1, min(longest, len(word)) + 1):
                rows.append(numbers.setdefault(word[-i:], len(numbers)))
                sources.append(w)
        first, size = counts.row_ptr[sources], np.diff(counts.row_ptr)[sources]
        pairs = np.repeat(first - np.concatenate([[0], np.cumsum(size)[:-1]]), size) + np.arange(size.sum())
        keys = np.repeat(np.array(rows, np.int64), size) * counts.n_labels + counts.row_label[pairs]
        self._numbers = numbers
        self._ptr, self._label, self._count = _rows(keys, counts.row_count[pairs], len(numbers), counts.n_labels)
        of_chosen = chosen[counts.row_word]
        totals = np.bincount(counts.row_label[of_chosen], counts.row_count[of_chosen], counts.n_labels)
        self._start = totals / totals.sum()
        self._theta = math.sqrt(float(((self._start - 1 / len(totals)) ** 2).sum()) / max(1, len(totals) - 1))

    def probabilities(self, word: str) -> Array:
        p: Array = self._start
        for i in range(1, min(self._longest, len(word)) + 1):
            row = self._numbers.get(word[-i:])
            if row is None:
                break
            at, end = self._ptr[row], self._ptr[row + 1]
            share = np.bincount(self._label[at:end], self._count[at:end], len(p)) / self._count[at:end].sum()
            p = (share + self._theta * p) / (1 + self._theta)
        return p


def plain(word: str) -> str:
    """All digits as 0."""
    return "".join("0" if c.isdigit() else c for c in word) if any(map(str.isdigit, word)) else word
