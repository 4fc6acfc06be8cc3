from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

class Likelihood:
    n_weights: int
    longest: int
    width: int
    def __init__(
        self,
        starts: Array,
        indptr: Array,
        indices: Array,
        values: Array | None,
        labels: Array,
        n_labels: int,
        n_attributes: int,
        row_ptr: Array | None,
        row_label: Array | None,
    ) -> None: ...
    def expectations(
        self,
        first: int,
        last: int,
        weights: Array,
        transitions: Array,
        residuals: Array,
        transition_gradient: Array,
    ) -> float: ...
    def gradient(self, first: int, last: int, residuals: Array, gradient: Array) -> None: ...
