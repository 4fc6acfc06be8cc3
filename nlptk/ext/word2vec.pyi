from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

def alias_table(weights: Array) -> Array: ...
def huffman(counts: Array) -> tuple[Array, Array, Array]: ...

class Network:
    def __init__(
        self,
        input: Array,
        output: Array,
        window: int,
        negative: int = 0,
        cbow: bool = False,
        mean: bool = True,
        shrink: bool = True,
        keep: Array | None = None,
        noise: Array | None = None,
        tree: tuple[Array, Array, Array] | None = None,
        subwords: tuple[Array, Array] | None = None,
    ) -> None: ...
    def train(self, ids: Array, begin: int, end: int, alpha: float, last: float, stream: int) -> tuple[float, int, int]: ...
    def team(
        self, ids: Array, begin: int, end: int, alpha: float, last: float, stream: int, threads: int, block: int
    ) -> Team: ...

class Team:
    @property
    def result(self) -> tuple[float, int, int]: ...
    def work(self, thread: int) -> None: ...
