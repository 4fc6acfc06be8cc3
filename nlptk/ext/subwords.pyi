from typing import Any, TypeAlias

Buffer: TypeAlias = Any  # of numbers; NumPy's arrays do not count as typing's Buffer everywhere

def fnv(text: bytes) -> int: ...
def count(word: bytes, min_n: int, max_n: int) -> int: ...
def buckets(word: bytes, min_n: int, max_n: int, bucket: int, out: Buffer) -> int: ...
def buckets_of_all(
    blob: Buffer,
    offsets: Buffer,
    skip: int,
    min_n: int,
    max_n: int,
    bucket: int,
    starts: Buffer,
    out: Buffer | None = None,
) -> None: ...
def means(rows: Buffer, starts: Buffer, ngrams: Buffer, out: Buffer) -> None: ...
