from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

class Learner:
    def __init__(
        self,
        starts: Array,
        indptr: Array,
        indices: Array,
        values: Array | None,
        labels: Array,
        n_labels: int,
        n_attributes: int,
        fixed: Array,
        c2: float = 0,
        cost: float = 0,
        adagrad: bool = True,
        eta: float = 0.1,
        initial: float = 0.01,
    ) -> None: ...
    @property
    def weights(self) -> Array: ...
    @property
    def transitions(self) -> Array: ...
    def learn(self, order: Array) -> float: ...
