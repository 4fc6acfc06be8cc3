"""jieba's idf.txt as arrays of a model file: words in order, their values, and a hash table over them."""

from __future__ import annotations

from array import array
from pathlib import Path

from ..container import pack_strings
from ..ext.checksum import xxh64

KIND = "idf"


def read_idf(path: Path) -> dict[str, float]:
    """The values of an idf file by word, the last line of a word counting, as jieba reads it."""
    values: dict[str, float] = {}
    for line in path.read_text("utf-8").splitlines():
        word, digits = line.strip().split(" ")
        values[word] = float(digits)
    return values


def build_idf(folder: Path) -> tuple[dict[str, object], dict[str, memoryview | bytes]]:
    """The learned values and the arrays of the packaged table.

    Parameters
    ----------
    folder : Path
        Where jieba is installed.

    Returns
    -------
    learned : dict
        ``words``, their number, and ``median``, ``sorted(values)[n // 2]``: jieba's value for words it does not know.
    arrays : dict
        ``values`` (n), ``words.blob`` and ``words.offsets`` (n + 1) sorted by word, ``slots`` (a power of two, half empty).
    """
    values = read_idf(folder / "analyse" / "idf.txt")
    words = sorted(values)
    size = 1
    while size < 2 * len(words):
        size *= 2
    slots = array("i", [-1]) * size
    for i, word in enumerate(words):
        at = xxh64(word.encode()) & (size - 1)
        while slots[at] >= 0:
            at = (at + 1) & (size - 1)
        slots[at] = i
    blob, offsets = pack_strings(words)
    learned: dict[str, object] = {"words": len(words), "median": sorted(values.values())[len(values) // 2]}
    return learned, {
        "values": memoryview(array("d", (values[word] for word in words))),
        "words.blob": blob,
        "words.offsets": offsets,
        "slots": memoryview(slots),
    }
