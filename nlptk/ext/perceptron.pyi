from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

RULES: tuple[str, ...]

class Learner:
    @property
    def longest(self) -> int: ...
    def __init__(
        self,
        starts: Array,
        indptr: Array,
        indices: Array,
        values: Array | None,
        labels: Array,
        n_labels: int,
        n_attributes: int,
        rule: str = "perceptron",
        aggressiveness: float = 1.0,
        margin: float = 0.0,
        average: bool = True,
        allowed: Array | None = None,
        begin: Array | None = None,
        end: Array | None = None,
    ) -> None: ...
    def learn(self, order: Array) -> tuple[int, int, float]: ...
    def forget(self) -> None: ...
    def decode(self) -> Array: ...
    def weights(self) -> tuple[Array, Array, Array, Array]: ...
    def snapshot(self) -> tuple[Array, Array, Array, Array, Array, Array, float]: ...
    def resume(
        self,
        row_ptr: Array,
        row_label: Array,
        weights: Array,
        sums: Array,
        transitions: Array,
        transition_sums: Array,
        clock: float,
    ) -> None: ...
