from typing_extensions import Buffer

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
        self, text: Buffer, start: int, size: int, ids: Buffer, log_prob: Buffer, log_backoff: Buffer | None
    ) -> tuple[int, int, int, bool]: ...

def format_lines(
    out: Buffer,
    ids: Buffer,
    start: int,
    log_prob: Buffer,
    log_backoff: Buffer | None,
    blob: Buffer,
    offsets: Buffer,
) -> tuple[int, int]: ...
