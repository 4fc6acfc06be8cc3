from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH: int

def train_pairs(
    pairs: NDArray[Any],
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    word_rates: NDArray[np.float32],
    context_rates: NDArray[np.float32],
    x_max: float,
    alpha: float,
    symmetric: bool,
) -> float: ...
