from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOTS: int
FUNCTIONS: dict[str, int]

class CellError(Exception): ...

class Rows:
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    longest_sentence: int
    longest_cell: int
    n_items: int
    n_columns: int
    def __init__(self, sentences: Iterable[Any], n_columns: int, used: bytes) -> None: ...
    def __len__(self) -> int: ...

class Plan:
    used: bytes
    def __init__(
        self,
        n_columns: int,
        kinds: NDArray[np.int32],
        cells: NDArray[np.int32],
        patterns: NDArray[np.int32],
        seeds: NDArray[np.uint64],
        macros: NDArray[np.int32],
        dictionaries: list[list[str]],
    ) -> None: ...
    def rows(self, sentences: Iterable[Any]) -> Rows: ...

class Table:
    n_attributes: int
    def __init__(self, keys: NDArray[np.uint64], masks: NDArray[Any]) -> None: ...
    def encode(
        self, plan: Plan, rows: Rows, first: int, last: int, indptr: NDArray[np.int64], indices: NDArray[np.uint32]
    ) -> int: ...

class Collector:
    n_attributes: int
    def __init__(self, plan: Plan, rows: Rows) -> None: ...
    def number(self, min_freq: int) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.uint16], NDArray[np.uint32]]: ...
    def texts(self) -> list[str]: ...
    def encode(self) -> tuple[NDArray[np.int64], NDArray[np.uint32]]: ...

class Attributes:
    def __init__(self, names: list[str]) -> None: ...
    def __len__(self) -> int: ...
    def names(self) -> list[str]: ...
    def encode(
        self, sentences: Iterable[Any], learn: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32] | None]: ...
