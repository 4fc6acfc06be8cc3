"""The hash tables that models are queried in: made of n-grams in any order, quantised, and turned back into sorted n-grams."""

from __future__ import annotations

import logging

import numpy as np

from ..container import pack_strings
from ..errors import ModelFormatError
from ..ext.ngram_query import NONE, QUANTIZED, Model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Protocol, TypeAlias

    from numpy.typing import NDArray

    from .arpa import Arpa

    Words: TypeAlias = NDArray[np.uint32]
    Numbers: TypeAlias = NDArray[np.float32]
    Rows: TypeAlias = tuple[Words, Numbers, Numbers]  # n-grams as rows of words, log10 probability, log10 back-off
    Linked: TypeAlias = tuple[Words, Words, Numbers, Numbers]  # the same as (suffix, first word, probability, back-off)

    class Estimated(Protocol):
        """What an estimator made: the n-grams of each order, each with the number of its suffix in the order below."""

        @property
        def counts(self) -> Sequence[int]: ...
        @property
        def words(self) -> Sequence[str]: ...
        def chunks(self, n: int) -> Iterable[Linked]: ...


_ENTRY = np.dtype([("suffix", "<u4"), ("first", "<u4"), ("log_prob", "<f4"), ("log_backoff", "<f4")])
_QUANTIZED = np.dtype([("suffix", "<u4"), ("first", "<u4"), ("log_prob", "u1"), ("log_backoff", "u1")])
_BINS = 256
_ROWS = 1 << 15  # n-grams at a time
_log = logging.getLogger("nlptk")
_MISSING_UNK = -100.0  # log10 probability where a file has no <unk>; KenLM's


def _capacity(n: int) -> int:
    """Slots for n entries: two of three are taken, and one is free."""
    return n + n // 2 + 1


def _words_only(blob: Any, offsets: Any, unigrams: Numbers) -> Model:
    slots = np.empty((_capacity(len(unigrams)), 2), np.uint32)
    model = Model(blob, offsets, slots, unigrams, [])
    model.index_words(slots)
    return model


def _grown(model: Model, count: int, chunks: Iterable[Linked]) -> tuple[Model, Words]:
    """The model with `count` n-grams of the next order, whose suffixes are slots; and their own slots."""
    table = np.full((_capacity(count), 4), NONE, np.uint32)
    slots = np.empty(count, np.uint32)
    at = 0
    for suffix, first, log_prob, log_backoff in chunks:
        end = at + len(first)
        model.insert(table, suffix, first, log_prob, log_backoff, slots[at:end])
        at = end
    if at != count:
        raise ValueError(f"{at} {model.order + 1}-grams, expected {count}")
    return Model(model.blob, model.offsets, model.slots, model.unigrams, [*model.tables, table]), slots


def from_estimate(estimate: Estimated) -> Model:
    """The model of an estimator's n-grams."""
    blob, offsets = pack_strings(estimate.words)
    unigrams = np.empty((len(estimate.words), 2), np.float32)
    at = 0
    for _, first, log_prob, log_backoff in estimate.chunks(1):
        unigrams[at : at + len(first)] = np.column_stack((log_prob, log_backoff))
        at += len(first)
    if at != len(unigrams):
        raise ValueError(f"{at} unigrams of {len(unigrams)} words")
    model = _words_only(blob, offsets, unigrams)
    slots: Words = np.arange(at, dtype=np.uint32)
    for n, count in enumerate(estimate.counts[1:], 2):
        model, slots = _grown(model, count, _relinked(slots, estimate.chunks(n)))
    return model


def _relinked(slots: Words, chunks: Iterable[Linked]) -> Iterator[Linked]:
    """N-grams that know the slots of their suffixes in place of the numbers."""
    for suffix, first, log_prob, log_backoff in chunks:
        yield slots[suffix], first, log_prob, log_backoff


def from_arpa(opened: Callable[[], AbstractContextManager[Arpa]]) -> Model:
    """The model of an ARPA file; the file is opened once more where it lacks first or last words of n-grams as n-grams.

    Raises
    ------
    ModelFormatError
        What the reader finds, and: ``<s>`` or ``</s>`` is missing, an n-gram is there twice.
    """
    with opened() as arpa:
        for word in ("<s>", "</s>"):
            if word in arpa.missing:
                raise ModelFormatError(f"there is no {word} among the unigrams", path=arpa.name)
        try:
            unigrams = np.zeros((len(arpa.offsets) - 1, 2), np.float32)
            unigrams[0, 0] = _MISSING_UNK
            if "<unk>" in arpa.missing:
                _log.warning("%s: there is no <unk>; unknown words get a log10 probability of %g", arpa.name, _MISSING_UNK)
            for ids, log_prob, log_backoff in arpa.chunks(1):
                unigrams[ids[:, 0]] = np.column_stack((log_prob, log_backoff))
            model = start = _words_only(arpa.blob, arpa.offsets.view(np.int64), unigrams)
            for n in range(2, arpa.order + 1):
                rows = _joined(n, arpa.chunks(n))
                suffix, prefix = _found(model, rows[0], 1, n), _found(model, rows[0], 0, n - 1)
                if NONE in (suffix.max(initial=0), prefix.max(initial=0)):
                    del rows, model
                    with opened() as again:
                        return _completed(start, {m: _joined(m, again.chunks(m)) for m in range(2, arpa.order + 1)})
                model, _ = _grown(model, len(suffix), [(suffix, np.ascontiguousarray(rows[0][:, 0]), *rows[1:])])
        except ValueError as error:
            raise error if isinstance(error, ModelFormatError) else ModelFormatError(str(error), path=arpa.name) from None
        return model


def _joined(n: int, chunks: Iterable[Rows]) -> Rows:
    parts = [(np.empty((0, n), np.uint32), np.empty(0, np.float32), np.empty(0, np.float32)), *chunks]
    ids, log_prob, log_backoff = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return ids, log_prob, log_backoff


def _found(model: Model, ids: Words, begin: int, end: int) -> Words:
    slots = np.empty(len(ids), np.uint32)
    model.find(ids, begin, end, slots)
    return slots


def _completed(model: Model, orders: dict[int, Rows]) -> Model:
    """A model of n-grams some of which lack their first or last words, as SRILM may leave them out.

    What lacks is put in with the probability that backing off gives it and a back-off of 1, so that no score changes.
    """
    for n in range(max(orders), 2, -1):
        lower, log_prob, log_backoff = orders[n - 1]
        ids = orders[n][0]
        both = np.concatenate((lower, ids[:, 1:], ids[:, :-1]))
        _, at = np.unique(both, axis=0, return_index=True)  # where each comes first
        new = both[np.sort(at[at >= len(lower)])]
        unset = np.full(len(new), np.nan, np.float32)
        orders[n - 1] = (
            np.concatenate((lower, new)),
            np.concatenate((log_prob, unset)),
            np.concatenate((log_backoff, np.zeros(len(new), np.float32))),
        )
    for n in sorted(orders):
        ids, log_prob, log_backoff = orders.pop(n)
        suffix, prefix = _found(model, ids, 1, n), _found(model, ids, 0, n - 1)
        unset = np.isnan(log_prob)
        below = model.unigrams if n == 2 else model.tables[-1].view(np.float32)[:, 2:]
        log_prob[unset] = below[prefix[unset], 1] + below[suffix[unset], 0]
        model, _ = _grown(model, len(ids), [(suffix, np.ascontiguousarray(ids[:, 0]), log_prob, log_backoff)])
    return model


# ---- out of the tables


def _entries(model: Model, n: int) -> NDArray[Any]:
    """The table of an order as a structured array, empty slots and all."""
    return np.asarray(model.tables[n - 2]).reshape(-1).view(_ENTRY if model.codebooks is None else _QUANTIZED)


def sorted_ngrams(model: Model) -> Callable[[int], Iterator[Rows]]:
    """A function that gives the n-grams of order 1, 2, ..., in turn, by their last word, then by the one before, and so on.

    Raises
    ------
    ModelFormatError
        An n-gram points to none: the model comes from a damaged file.
    """
    rank: Words = np.arange(len(model), dtype=np.uint32)  # slot of the order below -> its place in the order of the n-grams

    def chunks(n: int) -> Iterator[Rows]:
        nonlocal rank
        if n == 1:
            log_prob, log_backoff = np.asarray(model.unigrams).T.copy()
            yield np.arange(len(model), dtype=np.uint32)[:, None], log_prob, log_backoff
            return
        entries = _entries(model, n)
        used = np.flatnonzero(entries["first"] != NONE)
        suffix = entries["suffix"][used]
        if suffix.max(initial=0) >= len(rank) or (len(used) and rank[suffix].max() == NONE):
            raise ModelFormatError(f"damaged: a {n}-gram points to none")
        slots = used[np.argsort(rank[suffix].astype(np.uint64) << 32 | entries["first"][used])]
        rank = np.full(len(entries), NONE, np.uint32)
        rank[slots] = np.arange(len(slots), dtype=np.uint32)
        for start in range(0, len(slots), _ROWS):
            some = entries[slots[start : start + _ROWS]]
            yield _rows(model, n, some), *_numbers(model, n, some)

    return chunks


def _rows(model: Model, n: int, entries: NDArray[Any]) -> Words:
    """The words of n-grams, following them from order to order."""
    rows = np.empty((len(entries), n), np.uint32)
    for column in range(n - 1):
        rows[:, column] = entries["first"]
        if column < n - 2:
            entries = _entries(model, n - 1 - column)[entries["suffix"]]
    rows[:, n - 1] = entries["suffix"]
    if rows.max(initial=0) >= len(model):
        raise ModelFormatError(f"damaged: a {n}-gram has a word that the model has not")
    return rows


def _numbers(model: Model, n: int, entries: NDArray[Any]) -> tuple[Numbers, Numbers]:
    if model.codebooks is None:
        return np.ascontiguousarray(entries["log_prob"]), np.ascontiguousarray(entries["log_backoff"])
    log_prob, log_backoff = np.asarray(model.codebooks[n - 2])
    return log_prob[entries["log_prob"]], log_backoff[entries["log_backoff"]]


# ---- quantised


def quantized(model: Model) -> Model:
    """The same n-grams in 10 bytes in place of 16: a byte for each number, in bins of equal size (Federico and Bertoldi 2006:
    "How many bits are needed to store probabilities for phrase-based translation?"). Unigrams keep their numbers."""
    if model.codebooks is not None:
        return model
    tables, codebooks = [], []
    for n in range(2, model.order + 1):
        entries = _entries(model, n)
        used = entries["first"] != NONE
        table = np.zeros(len(entries), _QUANTIZED)
        table["suffix"], table["first"] = entries["suffix"], entries["first"]
        table["log_prob"][used], probs = _binned(entries["log_prob"][used])
        table["log_backoff"][used], backoffs = _binned(entries["log_backoff"][used])
        tables.append(table.view(np.uint8).reshape(-1, QUANTIZED))
        codebooks.append(np.stack((probs, backoffs)))
    return Model(model.blob, model.offsets, model.slots, model.unigrams, tables, codebooks)


def _binned(values: Numbers) -> tuple[NDArray[np.uint8], Numbers]:
    """The bin of each value, and what the bins stand for: 0 for an exact zero, the others for the mean of equally many values.
    Up to 255 different values are kept as they are."""
    ordered = np.sort(values[values != 0]).astype(np.float64)
    centres = np.unique(ordered)
    if len(centres) >= _BINS:
        bounds = np.arange(_BINS, dtype=np.int64) * len(ordered) // (_BINS - 1)
        centres = np.add.reduceat(ordered, bounds[:-1]) / np.diff(bounds)
    codes = np.searchsorted((centres[1:] + centres[:-1]) / 2, values) + 1
    codes[values == 0] = 0
    book = np.zeros(_BINS, np.float32)
    book[1 : len(centres) + 1] = centres
    return codes.astype(np.uint8), book
