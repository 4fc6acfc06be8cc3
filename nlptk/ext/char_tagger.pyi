from typing import Any, TypeAlias

import numpy as np
from typing_extensions import Buffer

from nlptk.ext.cutter import Cutter
from nlptk.ext.trie import Trie, Words

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

N_MATCHES: int
N_KINDS: int
MAX_MATCH: int
N_TYPES: int
CHAR_ROWS: int
BIGRAM_ROWS: int
WORD_ROWS: int
CONTEXT_ROWS: int
TYPE_ROWS: int
REPEAT_ROWS: int
TRANSITIONS: tuple[str, ...]
SCALE: int
BIGRAM_SCALE: int

def character_class(c: int) -> int: ...
def fold(c: int) -> int: ...

class CharTagger(Cutter):
    def __init__(
        self,
        trie: Trie,
        chars: Buffer,
        pairs: Buffer,
        bigrams: Buffer | None,
        words: Buffer,
        context: Buffer,
        types: Buffer,
        repeats: Buffer,
        transitions: list[int],
        user: Words | None = None,
        force: bool = False,
    ) -> None: ...
    def scores(self, text: str) -> list[tuple[int, int, int, int]]: ...

class Trainer:
    def __init__(self, starts: Array, features: Array, labels: Array, n_attributes: int) -> None: ...
    def crf(
        self,
        order: Array,
        weights: Array,
        squares: Array,
        shares: Array,
        transitions: Array,
        transition_squares: Array,
        rate: float,
        c2: float,
        cost: float,
    ) -> float: ...
    def perceptron(
        self, order: Array, weights: Array, totals: Array, transitions: Array, transition_totals: Array, seen: int
    ) -> int: ...
