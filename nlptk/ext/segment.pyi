from collections.abc import Callable, Iterator
from typing import Literal, overload

from typing_extensions import Buffer

from nlptk.ext.cutter import Cutter
from nlptk.ext.trie import Trie, Words

ALGORITHMS: tuple[str, ...]
FORMATS: tuple[str, ...]

class Hmm:
    def __init__(self, start: Buffer, trans: Buffer, emit: Buffer) -> None: ...

class TagHmm:
    tag_names: list[str]
    def __init__(
        self,
        start: Buffer,
        trans: Buffer,
        offsets: Buffer,
        states: Buffer,
        emit: Buffer,
        candidate: Buffer,
        position: Buffer,
        tag: Buffer,
        tag_names: list[str],
    ) -> None: ...

class pair:
    word: str
    flag: str
    def __init__(self, word: str, flag: str) -> None: ...
    def __iter__(self) -> Iterator[str]: ...
    def __lt__(self, other: pair) -> bool: ...
    def encode(self, arg: str) -> bytes: ...

class Terms:
    ask: Callable[[str, str | None], float]
    def __init__(self, trie: Trie, ask: Callable[[str, str | None], float]) -> None: ...

class Segmenter(Cutter):
    words: Words | None
    def __init__(
        self,
        trie: Trie,
        algorithm: str,
        hmm: Hmm | None = None,
        words: Words | None = None,
        special: Words | None = None,
        force: bool = False,
        split: Words | None = None,
        tags: TagHmm | None = None,
        join: bool = True,
    ) -> None: ...
    @overload
    def tagged(self, text: str, pairs: Literal[False] = False) -> list[tuple[str, str]]: ...
    @overload
    def tagged(self, text: str, pairs: Literal[True]) -> list[pair]: ...
    def count_terms(self, text: str, terms: Terms, top: int = -1) -> tuple[list[str], list[float]]: ...
    def term_sequence(self, text: str, terms: Terms) -> tuple[memoryview, list[str]]: ...
