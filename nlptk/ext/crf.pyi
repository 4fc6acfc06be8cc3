from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

class Likelihood:
    row_ptr: Array | None
    row_label: Array | None
    n_weights: int
    n_variables: int
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
        min_freq: float = 0,
        all_states: bool = False,
        fuse: bool = True,
    ) -> None: ...
    def variables(self, weights: Array, transitions: Array) -> Array: ...
    def weights(self, x: Array) -> tuple[Array, Array]: ...
    def counts(self) -> Array: ...
    def spread(self, x: Array, share: int = 0, shares: int = 1) -> None: ...
    def expectations(self, first: int, last: int, x: Array, transitions: Array) -> float: ...
    def gradient(self, g: Array, share: int = 0, shares: int = 1) -> None: ...
    def regularize(self, x: Array, g: Array, c2: float) -> float: ...
