from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_WINDOW: int
UNIT: float
PAIR: np.dtype[Any]

class Neighbours:
    counts: NDArray[np.uint64]
    def __init__(
        self,
        ids: NDArray[np.int32],
        begin: int,
        end: int,
        n_words: int,
        window: int,
        symmetric: bool,
        distance_weighting: bool = True,
    ) -> None: ...
    def rows(
        self, first: int, last: int, sums: NDArray[np.uint64]
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint64]]: ...

def add_rows(
    columns: NDArray[np.uint32], values: NDArray[np.uint64], lengths: NDArray[np.uint64], sums: NDArray[np.uint64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.uint64]]: ...
def count_pairs(
    columns: NDArray[np.uint32],
    lengths: NDArray[np.uint64],
    first: int,
    shift: int,
    symmetric: bool,
    counts: NDArray[np.int64],
) -> None: ...
def place_pairs(
    columns: NDArray[np.uint32],
    x: NDArray[np.float32],
    lengths: NDArray[np.uint64],
    first: int,
    shift: int,
    symmetric: bool,
    ends: NDArray[np.int64],
    pairs: NDArray[Any],
) -> None: ...
def shuffle_pairs(pairs: NDArray[Any], seed: int) -> None: ...
