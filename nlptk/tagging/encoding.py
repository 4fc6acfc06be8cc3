"""Encoders: items as people have them (columns of text, dicts of features) to attribute numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..container import pack_strings, unpack_strings
from ..errors import CorpusFormatError, ModelFormatError, NotFittedError, ParameterError
from ..ext.features import SLOTS, Attributes, CellError, Collector, Table
from .layout import Layout
from .sequences import Sequences
from .template import Template

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from typing_extensions import Self

    from ..ext.features import Rows

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Dictionaries: TypeAlias = "Mapping[str, Iterable[str] | str | os.PathLike[str]]"


class TemplateEncoder:
    """Attributes of columns of text by a template.

    No string is made for an attribute: its cells and the macro it comes from are hashed to 64 bits, and that is what it is known
    by. Numbers are given by falling frequency, neighbours in the template side by side; the same data gives the same numbers.

    Parameters
    ----------
    template : Template, path, list of features, or name of a task
        See :meth:`Template.of`.
    min_freq : int
        Attributes seen less often in training are left out.
    dictionaries : mapping, optional
        The words of the dictionaries that the template names: iterables of str, or files with one word a line.

    Attributes
    ----------
    n_attributes : int

    Examples
    --------
    >>> encoder = TemplateEncoder(Template(["word[-1]", "word[0]"], columns=["word"]))
    >>> encoder.fit_transform([[["a"], ["b"]]]).indices
    array([2, 1, 0, 3], dtype=uint32)
    >>> encoder.names()
    ['U00:a', 'U01:a', 'U00:_B-1', 'U01:b']
    """

    def __init__(
        self,
        template: Template | str | os.PathLike[str] | Iterable[str],
        min_freq: int = 0,
        dictionaries: Dictionaries | None = None,
    ) -> None:
        self.template = Template.of(template)
        self.min_freq = _frequency(min_freq)
        self.dictionaries = _read_dictionaries(self.template, dictionaries or {})
        self._layout = Layout(self.template)
        self._plan = _refusing(self._layout.plan, self.template, self.dictionaries)
        self._keys: Array | None = None
        self._table: Table | None = None
        self._names: _Names | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_plan", "_table")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _table=None)
        self._plan = _refusing(self._layout.plan, self.template, self.dictionaries)

    @property
    def n_attributes(self) -> int:
        """How many attributes there are."""
        return self._fitted().n_attributes

    def fit_transform(self, X: Iterable[Any]) -> Sequences:
        """Learn the attributes of sentences (lists of rows, a row a list of str or one str) and encode them.

        Raises
        ------
        ParameterError
            For instance ``sentence 3, row 5: 1 column, but the template looks at 2``.
        """
        rows = _refusing(self._plan.rows, X)
        collector: Collector = _refusing(Collector, self._plan, rows)
        keys, masks, patterns, cells = _refusing(collector.number, self.min_freq)
        used, cells = np.unique(cells, return_inverse=True)
        texts = collector.texts()
        self._keys, self._masks, self._table = keys, masks.astype(self._layout.mask_dtype), None
        self._names = _Names(patterns, cells.astype(np.uint32), [texts[i] for i in used.tolist()])
        indptr, indices = _refusing(collector.encode)
        return Sequences(rows.starts, indptr, indices, None, None, collector.n_attributes)

    def transform(self, X: Iterable[Any], threads: int = 1) -> Sequences:
        """Encode sentences; attributes that training has not seen are left out."""
        table = self._fitted()
        rows: Rows = _refusing(self._plan.rows, X)
        n, per_item = len(rows), len(self.template.macros)
        indptr = np.zeros(rows.n_items + 1, np.int64)
        indices = np.empty(rows.n_items * per_item, np.uint32)
        bounds = [n * i // threads for i in range(threads + 1)] if threads > 1 and rows.n_items > 4096 else [0, n]

        def encode(first: int, last: int) -> int:
            begin, end = rows.starts[first], rows.starts[last]
            return table.encode(self._plan, rows, first, last, indptr[begin + 1 :], indices[begin * per_item : end * per_item])

        if len(bounds) == 2:
            indices = indices[: encode(0, n)]
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(threads) as pool:
                sizes = list(pool.map(encode, bounds[:-1], bounds[1:]))
            parts = [indices[rows.starts[first] * per_item :][:size] for first, size in zip(bounds, sizes, strict=False)]
            for first, last, before in zip(bounds, bounds[1:], np.cumsum([0, *sizes]), strict=False):
                indptr[rows.starts[first] + 1 : rows.starts[last] + 1] += before
            indices = np.concatenate(parts)
        return Sequences(rows.starts, indptr, indices, None, None, table.n_attributes)

    def _fitted(self) -> Table:
        if self._keys is None:
            raise NotFittedError("this TemplateEncoder is not fitted yet; call fit_transform first")
        if self._table is None:
            self._table = Table(self._keys, self._masks)
        return self._table

    def names(self) -> list[str]:
        """The attributes as CRF++ has them, by number: ``U01:the/cat``.

        Raises
        ------
        ParameterError
            If the model was saved without names.
        """
        self._fitted()
        if self._names is None:
            raise ParameterError("this model was saved without the names of its attributes")
        skeletons, widths, texts = self._layout.slots, self._layout.widths, self._names.texts
        names, at, cells = [], 0, self._names.cells.tolist()
        for pattern, mask in zip(self._names.patterns.tolist(), self._masks.tolist(), strict=True):
            own = [texts[cell] for cell in cells[at : at + widths[pattern]]]
            at += widths[pattern]
            for slot, skeleton in enumerate(skeletons[pattern]):
                if mask >> slot & 1:
                    names.append(skeleton[0] + "".join(a + b for a, b in zip(own, skeleton[1:], strict=True)))
        return names

    def forget_names(self) -> None:
        """Make do without the names of attributes, which only people need."""
        self._names = None

    def keep(self, which: Array) -> None:
        """Forget attributes: those for which ``which`` is False; the others keep their order and are numbered anew."""
        table = self._fitted()
        if which.shape != (table.n_attributes,) or which.dtype != bool:
            raise ParameterError(f"which: bool of shape ({table.n_attributes},) expected")
        slots = np.arange(max(map(len, self._layout.slots), default=1), dtype=self._masks.dtype)
        bits = (self._masks[:, None] >> slots & 1).astype(bool)
        bits[bits] = which
        masks = (bits.astype(self._masks.dtype) << slots).sum(axis=1, dtype=self._masks.dtype)
        left = masks != 0
        if self._names is not None:
            self._names = self._names.keep(left, np.array(self._layout.widths, np.int64))
        assert self._keys is not None
        self._keys, self._masks, self._table = self._keys[left], masks[left], None

    def numbers_in(self, other: TemplateEncoder) -> Array:
        """For each attribute its number in another encoder with the same template; -1 where that has not got it."""
        if other.template != self.template:
            raise ParameterError("encoders of different templates have no attributes in common")
        ours, theirs = self._flat_keys(), other._flat_keys()
        order = np.lexsort((theirs[1], theirs[0]))
        sought = np.searchsorted(theirs[0][order], ours[0])  # the first attribute of the entry there
        found = np.full(len(ours[0]), -1, np.int64)
        for step in range(SLOTS):
            at = np.minimum(sought + step, max(len(order) - 1, 0))
            if not len(order):
                break
            same = (theirs[0][order][at] == ours[0]) & (theirs[1][order][at] == ours[1])
            found[same] = order[at[same]]
        return found

    def _flat_keys(self) -> tuple[Array, Array]:
        """Key of the entry and slot of each attribute."""
        self._fitted()
        slots = np.arange(SLOTS, dtype=np.uint32)
        bits = (self._masks.astype(np.uint32)[:, None] >> slots & 1).astype(bool)
        entries, own = np.nonzero(bits)
        assert self._keys is not None
        return self._keys[entries], own

    def arrays(self, *, names: bool = True) -> dict[str, Any]:
        """What a model file needs to hold, with or without the names of attributes."""
        self._fitted()
        arrays: dict[str, Any] = {
            "template": np.frombuffer(str(self.template).encode("utf-8", "surrogatepass"), np.uint8),
            "keys": self._keys,
            "masks": self._masks,
        }
        for name, words in self.dictionaries.items():
            arrays.update(_packed(f"dictionary.{name}", words))
        if names and self._names is not None:
            arrays |= {"patterns": self._names.patterns, "cells": self._names.cells, **_packed("texts", self._names.texts)}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`arrays`.

        Raises
        ------
        ModelFormatError
            If they are not what that returned.
        """
        try:
            template = Template.parse(bytes(arrays["template"]).decode("utf-8", "surrogatepass"))
            words = {name: _unpacked(f"dictionary.{name}", arrays) for name in template.dictionaries}
            encoder = cls(template, dictionaries=words)
            keys, masks = (np.ascontiguousarray(arrays[name]) for name in ("keys", "masks"))
        except (LookupError, ValueError, TypeError) as error:
            raise ModelFormatError(f"not a usable template encoder: {error}") from None
        layout = encoder._layout
        if keys.dtype != np.uint64 or masks.dtype != layout.mask_dtype or keys.ndim != 1 or masks.shape != keys.shape:
            raise ModelFormatError(f"keys and masks: uint64 and {layout.mask_dtype.name} of one length expected")
        encoder._keys, encoder._masks = keys, masks
        if "patterns" in arrays:
            encoder._names = _Names.checked(arrays, layout, masks)
        return encoder


class _Names:
    """What the names of attributes are made of: for each entry of the table its pattern and the texts of its cells."""

    def __init__(self, patterns: Array, cells: Array, texts: list[str]) -> None:
        self.patterns = patterns
        self.cells = cells
        self.texts = texts

    @classmethod
    def checked(cls, arrays: Mapping[str, Any], layout: Layout, masks: Array) -> _Names:
        try:
            patterns, cells = np.asarray(arrays["patterns"]), np.asarray(arrays["cells"])
            texts = _unpacked("texts", arrays)
        except (LookupError, ValueError, TypeError) as error:
            raise ModelFormatError(f"not a usable template encoder: {error}") from None
        if patterns.dtype != np.uint16 or patterns.shape != masks.shape or cells.dtype != np.uint32 or cells.ndim != 1:
            raise ModelFormatError("patterns and cells: uint16, one for each key, and uint32 expected")
        if (patterns.size and int(patterns.max()) >= len(layout.widths)) or (cells.size and int(cells.max()) >= len(texts)):
            raise ModelFormatError("patterns or cells out of range")
        if int(np.array(layout.widths, np.int64)[patterns].sum()) != len(cells):
            raise ModelFormatError("patterns and cells do not fit each other")
        if np.any(masks.astype(np.int64) >> np.array([len(slots) for slots in layout.slots], np.int64)[patterns]):
            raise ModelFormatError("masks do not fit the template")
        return cls(patterns, cells, texts)

    def keep(self, which: Array, widths: Array) -> _Names:
        cells = self.cells[np.repeat(which, widths[self.patterns])]
        used, cells = np.unique(cells, return_inverse=True)
        return _Names(self.patterns[which], cells.astype(np.uint32), [self.texts[i] for i in used.tolist()])


class DictEncoder:
    """Attributes of items given as dicts or lists of features, by the rules of python-crfsuite's ItemSequence.

    ``{"w": "x"}`` is the attribute ``w:x``; ``{"length": 3, "first": True}`` are ``length`` and ``first`` with values 3 and 1;
    ``{"next": {"w": "y"}, "in": ["a", "b"]}`` are ``next:w:y``, ``in:a`` and ``in:b``; a list of str is these attributes.

    Parameters
    ----------
    min_freq : int
        Attributes seen less often in training are left out.

    Examples
    --------
    >>> encoder = DictEncoder()
    >>> encoder.fit_transform([[{"w": "x", "first": True}, ["w:x"]]]).indices
    array([0, 1, 0], dtype=uint32)
    >>> encoder.names()
    ['w:x', 'first']
    """

    def __init__(self, min_freq: int = 0) -> None:
        self.min_freq = _frequency(min_freq)
        self._attributes: Attributes | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"min_freq": self.min_freq, "names": None if self._attributes is None else self.names()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        names = state["names"]
        self.min_freq, self._attributes = state["min_freq"], None if names is None else Attributes(names)

    @property
    def n_attributes(self) -> int:
        """How many attributes there are."""
        return len(self._fitted())

    def _fitted(self) -> Attributes:
        if self._attributes is None:
            raise NotFittedError("this DictEncoder is not fitted yet; call fit_transform first")
        return self._attributes

    def fit_transform(self, X: Iterable[Any]) -> Sequences:
        """Learn the attributes of sentences (lists of dicts or of lists of str) and encode them.

        Raises
        ------
        ParameterError
            For instance ``sentence 3, item 5: a value is a NoneType, expected ...``.
        """
        seen = Attributes([])
        starts, indptr, indices, values = _refusing(seen.encode, X, True)
        counts = np.bincount(indices, minlength=len(seen))
        order = np.argsort(-counts, kind="stable")
        order = order[counts[order] >= self.min_freq]
        names = seen.names()
        self._attributes = Attributes([names[i] for i in order.tolist()])
        numbers = np.full(len(seen), -1, np.int64)
        numbers[order] = np.arange(len(order))
        indices = numbers[indices]
        if len(order) < len(seen):
            kept = indices >= 0
            indptr = np.concatenate([[0], np.cumsum(kept)])[indptr].astype(np.int64)
            indices, values = indices[kept], None if values is None else values[kept]
        return Sequences(starts, indptr, indices.astype(np.uint32), values, None, len(order))

    def transform(self, X: Iterable[Any], threads: int = 1) -> Sequences:
        """Encode sentences; attributes that training has not seen are left out."""
        attributes = self._fitted()
        starts, indptr, indices, values = _refusing(attributes.encode, X, False)
        return Sequences(starts, indptr, indices, values, None, len(attributes))

    def names(self) -> list[str]:
        """The attributes by number."""
        return self._fitted().names()

    def keep(self, which: Array) -> None:
        """Forget attributes: those for which ``which`` is False; the others keep their order and are numbered anew."""
        if which.shape != (self.n_attributes,) or which.dtype != bool:
            raise ParameterError(f"which: bool of shape ({self.n_attributes},) expected")
        self._attributes = Attributes([name for name, kept in zip(self.names(), which.tolist(), strict=True) if kept])

    def numbers_in(self, other: DictEncoder) -> Array:
        """For each attribute its number in another encoder; -1 where that has not got it."""
        numbers = {name: i for i, name in enumerate(other.names())}
        return np.array([numbers.get(name, -1) for name in self.names()], np.int64)

    def arrays(self, *, names: bool = True) -> dict[str, Any]:
        """What a model file needs to hold (the names are how attributes are found, so they are always in it)."""
        return _packed("names", self.names())

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """The inverse of :meth:`arrays`; ModelFormatError if they are not what that returned."""
        try:
            names = _unpacked("names", arrays)
        except (LookupError, ValueError, TypeError) as error:
            raise ModelFormatError(f"not a usable dict encoder: {error}") from None
        encoder = cls()
        encoder._attributes = Attributes(names)
        if len(encoder._attributes) != len(names):
            raise ModelFormatError("not a usable dict encoder: an attribute occurs twice")
        return encoder


def _frequency(min_freq: int) -> int:
    if isinstance(min_freq, bool) or not isinstance(min_freq, (int, np.integer)) or not 0 <= min_freq < 2**32:
        raise ParameterError(f"min_freq is {min_freq!r}, expected 0 or more")
    return int(min_freq)


def _refusing(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the kernel; what it refuses is the caller's data."""
    try:
        return function(*arguments)
    except CellError as error:
        raise ParameterError(str(error)) from None


def _read_dictionaries(template: Template, given: Dictionaries) -> dict[str, list[str]]:
    missing = [name for name in template.dictionaries if name not in given]
    if missing:
        raise ParameterError(f"the template looks into a dictionary {missing[0]!r} that is not given in dictionaries")
    words = {}
    for name in template.dictionaries:
        source = given[name]
        if isinstance(source, str) or hasattr(source, "__fspath__"):
            from ..corpus import read_lines

            source = [line.strip() for line in read_lines(source)]  # type: ignore[arg-type]
            source = [line for line in source if line]
        words[name] = sorted(set(source))
    return words


def _packed(name: str, strings: list[str]) -> dict[str, Any]:
    blob, offsets = pack_strings(strings)
    return {f"{name}.blob": np.frombuffer(blob, np.uint8), f"{name}.offsets": np.array(offsets, np.int64)}


def _unpacked(name: str, arrays: Mapping[str, Any]) -> list[str]:
    offsets: Any = np.ascontiguousarray(arrays[f"{name}.offsets"])
    if offsets.dtype != np.int64 or offsets.ndim != 1:
        raise CorpusFormatError(f"{name}.offsets: int64 expected")
    return unpack_strings(bytes(arrays[f"{name}.blob"]), memoryview(offsets))
