"""Encoders: items as people have them (columns of text, dicts of features) to attribute numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..container import pack_strings, unpack_strings
from ..errors import ModelFormatError, NotFittedError, ParameterError
from .sequences import Sequences
from .template import Cell, Template

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from typing_extensions import Self

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Pairs: TypeAlias = "list[tuple[str, float]]"


class _Encoder:
    """What both encoders share (slow; to be replaced by the kernel)."""

    min_freq: float = 0
    _numbers: dict[str, int] | None = None
    _weighted = False

    @property
    def n_attributes(self) -> int:
        return len(self._numbers or ())

    def _items(self, X: Iterable[Any]) -> Iterator[list[Pairs]]:
        raise NotImplementedError

    def fit_transform(self, X: Iterable[Any]) -> Sequences:
        sentences = list(self._items(X))
        counts: dict[str, int] = {}
        for sentence in sentences:
            for item in sentence:
                for name, _ in item:
                    counts[name] = counts.get(name, 0) + 1
        order = sorted((n for n in counts if counts[n] >= self.min_freq), key=lambda n: -counts[n])
        self._numbers = {name: i for i, name in enumerate(order)}
        return self._encode(sentences)

    def transform(self, X: Iterable[Any]) -> Sequences:
        return self._encode(self._items(X))

    def _encode(self, sentences: Iterable[list[Pairs]]) -> Sequences:
        numbers = self._numbers
        if numbers is None:
            raise NotFittedError("fit the encoder first")
        starts, indptr, indices, values = [0], [0], [], []
        for sentence in sentences:
            for item in sentence:
                for name, value in item:
                    if name in numbers:
                        indices.append(numbers[name])
                        values.append(value)
                indptr.append(len(indices))
            starts.append(len(indptr) - 1)
        weights = np.array(values, np.float32)
        return Sequences(
            np.array(starts, np.int64), np.array(indptr, np.int64), np.array(indices, np.uint32),
            None if np.all(weights == 1) else weights, None, len(numbers),
        )  # fmt: skip

    def names(self) -> list[str]:
        return list(self._numbers or ())

    def arrays(self) -> dict[str, Any]:
        blob, offsets = pack_strings(self.names())
        return {"names.blob": np.frombuffer(blob, np.uint8), "names.offsets": np.array(offsets, np.int64)}

    def _restore(self, arrays: Mapping[str, Any]) -> None:
        names = unpack_strings(bytes(arrays["names.blob"]), memoryview(np.asarray(arrays["names.offsets"], np.int64)))
        self._numbers = {name: i for i, name in enumerate(names)}


class TemplateEncoder(_Encoder):
    """Attributes of columns of text by a template.

    Parameters
    ----------
    template : Template, path, list of features, or name of a task
    min_freq : int
        Attributes seen less often in training are left out.
    """

    def __init__(self, template: Template | str | os.PathLike[str] | Iterable[str], min_freq: int = 0) -> None:
        self.template = Template.of(template)
        self.min_freq = min_freq

    def _items(self, X: Iterable[Any]) -> Iterator[list[Pairs]]:
        for sentence in X:
            rows = [[row] if isinstance(row, str) else row for row in sentence]
            out = []
            for t in range(len(rows)):
                found = []
                for macro in self.template.macros:
                    name = ""
                    for part in macro.parts:
                        piece = _cell_text(rows, t, part) if isinstance(part, Cell) else part
                        if piece is None:
                            break
                        name += piece
                    else:
                        found.append((name, 1.0))
                out.append(found)
            yield out

    def arrays(self) -> dict[str, Any]:
        return {**super().arrays(), "template": np.frombuffer(str(self.template).encode(), np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        encoder = cls(Template.parse(bytes(arrays["template"]).decode()))
        encoder._restore(arrays)
        return encoder


def _cell_text(rows: list[Any], t: int, cell: Cell) -> str | None:
    at = t + cell.row
    if at < 0:
        return f"_B{at}"
    if at >= len(rows):
        return f"_B+{at - len(rows) + 1}"
    text: str = rows[at][cell.column]
    n = cell.argument
    if cell.function == "prefix":
        assert isinstance(n, int)
        return text[:n] if len(text) >= n else None
    if cell.function == "suffix":
        assert isinstance(n, int)
        return text[-n:] if len(text) >= n else None
    if cell.function == "length":
        return str(min(len(text), 10))
    return text


class DictEncoder(_Encoder):
    """Attributes of items given as dicts or lists, by the rules of python-crfsuite's ItemSequence."""

    def __init__(self, min_freq: int = 0) -> None:
        self.min_freq = min_freq

    def _items(self, X: Iterable[Any]) -> Iterator[list[Pairs]]:
        for sentence in X:
            yield [list(_pairs(item, "")) for item in sentence]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        encoder = cls()
        encoder._restore(arrays)
        return encoder


def _pairs(item: Any, prefix: str) -> Iterator[tuple[str, float]]:
    if not isinstance(item, dict):
        for key in item:
            yield prefix + key, 1.0
        return
    for key, value in item.items():
        if isinstance(value, str):
            yield f"{prefix}{key}:{value}", 1.0
        elif isinstance(value, (dict, list, set)):
            yield from _pairs(value, f"{prefix}{key}:")
        else:
            yield prefix + key, float(value)
