from typing import Any

import numpy as np
from typing_extensions import Buffer

from nlptk.ext.trie import Trie

FORMATS: tuple[str, ...]

class Cutter:
    trie: Trie
    def cut(self, text: str) -> list[str]: ...
    def boundaries(self, text: str) -> np.ndarray[Any, np.dtype[np.int32]]: ...
    def spans(self, text: str) -> list[tuple[int, int, bool]]: ...
    def lines(self, text: Buffer, format: str = "text", sep: bytes = b" ") -> bytes: ...
