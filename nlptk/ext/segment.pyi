from typing import Any

import numpy as np
from typing_extensions import Buffer

from nlptk.ext.trie import Trie, Words

ALGORITHMS: tuple[str, ...]
FORMATS: tuple[str, ...]

class Hmm:
    def __init__(self, start: Buffer, trans: Buffer, emit: Buffer) -> None: ...

class Segmenter:
    trie: Trie
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
    ) -> None: ...
    def cut(self, text: str) -> list[str]: ...
    def boundaries(self, text: str) -> np.ndarray[Any, np.dtype[np.int32]]: ...
    def spans(self, text: str) -> list[tuple[int, int, bool]]: ...
    def lines(self, text: Buffer, format: str = "text", sep: bytes = b" ") -> bytes: ...
