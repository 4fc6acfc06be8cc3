from typing_extensions import Buffer

from nlptk.ext.cutter import Cutter
from nlptk.ext.trie import Trie, Words

SENTENCE_END: int
SENTENCE_START: int
MAX_UNKNOWN: int
SCALE: int
NO_COST: int
UNIT_COSTS: int
NEIGHBOUR_COSTS: int

def word_numbers(trie: Trie, words: list[str]) -> memoryview: ...
def pair_table(entries: Buffer, n: int) -> memoryview: ...
def neighbour_table(entries: Buffer, n: int) -> memoryview: ...

class Bigram(Cutter):
    def __init__(
        self,
        trie: Trie,
        costs: Buffer,
        units: Buffer,
        neighbours: Buffer,
        pairs: Buffer,
        unknown: int,
        end: int,
        backoff: int,
        hmm: bool = True,
        user: Words | None = None,
        log_mass: float = 0,
        force: bool = False,
    ) -> None: ...
    def lattice(self, text: str) -> Lattice: ...

class Lattice:
    def __len__(self) -> int: ...
    def arcs(self) -> list[tuple[int, int, str]]: ...
    def before(self, arc: int) -> list[int]: ...
    def cost(self, arc: int) -> int: ...
    def link(self, left: int, right: int) -> tuple[int, int]: ...
