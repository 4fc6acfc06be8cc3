import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

_Ids = NDArray[np.uint32]
_Numbers = NDArray[np.float32]

MAX_ORDER: int

class LineError(ValueError):
    lines: int
    def __init__(self, message: str, lines: int) -> None: ...

def format_number(x: float) -> bytes: ...
def parse_number(text: bytes) -> float: ...

class Words:
    def __len__(self) -> int: ...
    def seen(self, special: int) -> bool: ...
    def table(self) -> tuple[bytes, bytes]: ...
    def read(
        self, text: Buffer, start: int, size: int, ids: _Ids, log_prob: _Numbers, log_backoff: _Numbers | None
    ) -> tuple[int, int, int, bool]: ...

def format_lines(
    out: Buffer,
    ids: _Ids,
    start: int,
    log_prob: _Numbers,
    log_backoff: _Numbers | None,
    blob: Buffer,
    offsets: NDArray[np.uint64],
) -> tuple[int, int]: ...
