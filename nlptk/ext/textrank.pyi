from array import array

from typing_extensions import Buffer

def rank(
    nodes: Buffer,
    order: Buffer | None,
    n_nodes: int,
    span: int = 5,
    damping: float = 0.85,
    iterations: int = 10,
    tolerance: float = 0.0,
) -> tuple[array[float], array[int]]: ...
def rescale(scores: Buffer, seen: Buffer) -> array[float]: ...
def rank_sentences(
    words: Buffer,
    ends: Buffer,
    n_words: int,
    damping: float = 0.85,
    iterations: int = 100,
    tolerance: float = 1e-6,
) -> array[float]: ...
