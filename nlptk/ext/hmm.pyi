from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

class Markov:
    def __init__(self, order: int, n_labels: int, log_transitions: Array) -> None: ...
    def decode(
        self,
        starts: Array,
        rows: Array,
        row_ptr: Array,
        row_label: Array,
        row_log: Array,
        first: int,
        last: int,
        out: Array,
    ) -> None: ...
    def expect(
        self,
        starts: Array,
        rows: Array,
        row_ptr: Array,
        row_label: Array,
        row_log: Array,
        first: int,
        last: int,
        log_probs: Array,
        marginals: Array | None = None,
        transition_counts: Array | None = None,
        row_counts: Array | None = None,
    ) -> None: ...
