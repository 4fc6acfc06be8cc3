from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

class Chain:
    def __init__(
        self,
        n_labels: int,
        n_attributes: int,
        row_ptr: Array | None,
        row_label: Array | None,
        weights: Array,
        transitions: Array,
        begin: Array,
        end: Array,
        free: Array | None = None,
    ) -> None: ...
    def decode(
        self, starts: Array, indptr: Array, indices: Array, values: Array | None, first: int, last: int, out: Array
    ) -> None: ...
    def marginals(
        self, starts: Array, indptr: Array, indices: Array, values: Array | None, first: int, last: int, out: Array
    ) -> None: ...
    def log_likelihood(
        self,
        starts: Array,
        indptr: Array,
        indices: Array,
        values: Array | None,
        labels: Array,
        first: int,
        last: int,
        out: Array,
    ) -> None: ...
    def n_best(
        self, starts: Array, indptr: Array, indices: Array, values: Array | None, sentence: int, n: int
    ) -> tuple[Array, Array]: ...
