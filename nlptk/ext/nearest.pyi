from typing import Any, TypeAlias

Buffer: TypeAlias = Any  # of numbers; NumPy's arrays do not count as typing's Buffer everywhere

def update(scores: Buffer, first: int, best: Buffer, numbers: Buffer) -> None: ...
