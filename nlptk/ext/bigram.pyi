from typing_extensions import Buffer

from nlptk.ext.cutter import Cutter
from nlptk.ext.trie import Trie, Words

SENTENCE_END: int
SENTENCE_START: int
MAX_UNKNOWN: int
SCALE: int
NO_COST: int
UNIT_COSTS: int

def word_numbers(trie: Trie, words: list[str]) -> memoryview: ...

class Tables:
    def __init__(
        self,
        trie: Trie,
        units: Buffer,
        pair_gaps: Buffer,
        pair_costs: Buffer,
        neighbour_gaps: Buffer,
        neighbour_seen: Buffer,
        neighbour_costs: Buffer,
        unknown: int,
        end: int,
        backoff: int,
        log_mass: float,
    ) -> None: ...

class Bigram(Cutter):
    def __init__(self, tables: Tables, hmm: bool = True, user: Words | None = None, force: bool = False) -> None: ...
    def lattice(self, text: str) -> Lattice: ...

class Lattice:
    def __len__(self) -> int: ...
    def arcs(self) -> list[tuple[int, int, str]]: ...
    def before(self, arc: int) -> list[int]: ...
    def cost(self, arc: int) -> int: ...
    def link(self, left: int, right: int) -> tuple[int, int]: ...
