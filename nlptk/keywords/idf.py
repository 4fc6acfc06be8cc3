"""Inverse document frequencies: the packaged table, a file, or what a corpus taught."""

from __future__ import annotations

import math
import os

from .. import container
from ..errors import CorpusFormatError, InputError, ModelFormatError
from ..ext.checksum import xxh64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IDF_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "zh-idf.nlptk")
KIND = "idf"

_cache: list[StoredIdf] = []


class Idf:
    """How rare words are.

    Parameters
    ----------
    values : mapping of str to float
    unknown : float
        For words that are not in it.
    """

    def __init__(self, values: Mapping[str, float], unknown: float) -> None:
        self.values = values
        self.unknown = unknown

    def __len__(self) -> int:
        return len(self.values)

    def words(self) -> list[str]:
        """All words it has, in order."""
        return sorted(self.values)

    def __contains__(self, word: object) -> bool:
        return word in self.values

    def __call__(self, word: str) -> float:
        """The inverse document frequency of a word."""
        return self.values.get(word, self.unknown)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], encoding: str = "utf-8") -> Idf:
        """Read lines ``word value``, as jieba's ``idf.txt``; words that are not in it get the median of all values.

        Raises
        ------
        InputError
            If the file cannot be read.
        CorpusFormatError
            With the line, if it is not a word and a finite number, or if there is no line at all.
        """
        from ..corpus.lines import read_lines

        values: dict[str, float] = {}
        for number, line in enumerate(read_lines(path, encoding), 1):
            if not line.strip():
                continue
            word, _, digits = line.strip().rpartition(" ")
            try:
                value = float(digits)
            except ValueError:
                value = math.nan
            if not word or not math.isfinite(value):
                raise CorpusFormatError(f"{line.strip()[:60]!r}, expected a word and a number", path=path, line=number)
            values[word] = value
        if not values:
            raise CorpusFormatError("no words, expected lines of a word and a number", path=path)
        return cls(values, median(values.values()))

    @classmethod
    def from_documents(cls, documents: Iterable[Iterable[str]]) -> Idf:
        """Count in how many documents each word stands: ``ln((1 + n) / (1 + count)) + 1``.

        One document that holds every word is added, so that no count is zero; a word never seen gets ``ln(1 + n) + 1``.
        """
        counts: dict[str, int] = {}
        n = 0
        for words in documents:
            n += 1
            for word in set(words):
                counts[word] = counts.get(word, 0) + 1
        values = {word: math.log((1 + n) / (1 + count)) + 1 for word, count in sorted(counts.items())}
        return cls(values, math.log(1 + n) + 1)


class StoredIdf(Idf):
    """A table in a model file, looked up in place by a hash: opening it reads no word.

    Word i is ``words.blob[words.offsets[i]:words.offsets[i + 1]]`` with ``values[i]``. Slot ``xxh64(word) mod len(slots)``, or
    the next one that fits, holds i; -1 ends the search.
    """

    def __init__(self, file: container.Container) -> None:
        self._values = file.array("values", "F64", (None,))
        n = len(self._values)
        self._blob = file.array("words.blob", "U8", (None,))
        self._offsets = file.array("words.offsets", "I64", (n + 1,))
        self._slots = file.array("slots", "I32", (None,))
        self._mask = len(self._slots) - 1
        unknown = file.learned.get("median")
        if len(self._slots) & self._mask or n >= len(self._slots) or not isinstance(unknown, float):
            raise ModelFormatError("not a usable table of inverse document frequencies", path=file.path)
        super().__init__({}, unknown)
        self._known: dict[str, float | None] = {}  # what was asked for already

    def __len__(self) -> int:
        return len(self._values)

    def words(self) -> list[str]:
        """All words it has, in order."""
        return container.unpack_strings(self._blob, self._offsets)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._find(word) is not None

    def __call__(self, word: str) -> float:
        value = self._known[word] if word in self._known else self._find(word)
        return self.unknown if value is None else value

    def _find(self, word: str) -> float | None:
        key = word.encode("utf-8", "surrogatepass")
        at = xxh64(key) & self._mask
        value = None
        for _ in range(len(self._slots)):
            i = self._slots[at]
            if not 0 <= i < len(self._values):
                break
            if self._blob[self._offsets[i] : self._offsets[i + 1]] == key:
                value = self._values[i]
                break
            at = (at + 1) & self._mask
        if len(self._known) >= 1 << 16:
            self._known = {}  # the words of today's texts come back at once
        self._known[word] = value
        return value


def packaged_idf() -> StoredIdf:
    """jieba's idf.txt: 258,826 words with exactly its values; unknown words get its median."""
    if not _cache:
        try:
            file = container.open(IDF_FILE, kind=KIND, verify=False)
        except InputError as error:
            raise InputError(f"{error} (the packaged table is built when nlptk is installed: install it again)") from None
        _cache.append(StoredIdf(file))
    return _cache[0]


def median(values: Iterable[float]) -> float:
    """The upper median, which jieba takes for words it does not know."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
