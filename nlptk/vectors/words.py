"""The words of vectors: by number and number by word, in arrays that open in no time however many they are."""

from __future__ import annotations

import numpy as np

from ..container import pack_strings
from ..errors import ModelFormatError, ParameterError
from ..ext.word_table import WordTable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray

    from ..container import Container


class Words:
    """Words by number and numbers by word.

    Parameters
    ----------
    words : sequence of str, or (blob, offsets)
        Or the words as one UTF-8 text with int64 offsets, of shape (n + 1,), as :func:`nlptk.container.pack_strings` makes them.

    unique : bool
        Whether it is an error that a word is there twice; otherwise the first one is found.

    Attributes
    ----------
    repeated : int
        How many words had been there before.

    Raises
    ------
    ParameterError
        A word is there twice, or is no str.
    """

    repeated = 0

    def __init__(self, words: Sequence[str] | tuple[Any, Any], unique: bool = True) -> None:
        self._list: list[str] | None = None
        if isinstance(words, tuple) and len(words) == 2 and not isinstance(words[0], str):
            blob, offsets = words
        else:
            self._list = list(words)
            try:
                blob, offsets = pack_strings(self._list)
            except AttributeError:
                found = next(type(word).__name__ for word in self._list if not isinstance(word, str))
                raise ParameterError(f"a {found} among the words, expected str") from None
        slots = np.zeros(1 << (2 * (len(offsets) - 1) + 1).bit_length(), np.uint64)
        self._table = WordTable(blob, offsets, slots)
        self.repeated, twice = self._table.fill(slots)
        if self.repeated and unique:
            raise ParameterError(f"word {self[twice]!r} is there twice, as number {self.find(self[twice])} and number {twice}")

    @classmethod
    def of(cls, stored: Container) -> Words:
        """Those that a model file holds, where they lie."""
        words = cls.__new__(cls)
        words._list = None
        try:
            words._table = WordTable(
                stored.array("words.blob", "U8", (None,)),
                stored.array("words.offsets", "I64", (None,)),
                stored.array("words.slots", "U64", (None,)),
            )
        except (ValueError, TypeError) as error:
            raise error if isinstance(error, ModelFormatError) else ModelFormatError(str(error), path=stored.path) from None
        return words

    def arrays(self) -> dict[str, Any]:
        """What a model file holds of them."""
        table = self._table
        return {"words.blob": table.blob, "words.offsets": table.offsets, "words.slots": table.slots}

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, number: int) -> str:
        if self._list is not None and number >= 0:
            return self._list[number]
        try:
            return self._table.word(number)
        except ValueError as error:  # offsets, or bytes that are not UTF-8
            raise ModelFormatError(str(error)) from None

    def list(self) -> list[str]:
        """All of them, made once."""
        if self._list is None:
            self._list = [self[number] for number in range(len(self))]
        return self._list

    def find(self, word: str) -> int:
        """The number of a word, or -1."""
        return self._table.find(word)

    def find_all(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of each word, or -1."""
        todo = words if isinstance(words, list) else [*words]
        found = np.empty(len(todo), np.int64)
        try:
            self._table.find_all(todo, found)
        except TypeError as error:
            raise ParameterError(str(error)) from None
        return found

    @property
    def packed(self) -> tuple[Any, Any]:
        """(UTF-8 of all words, int64 offsets)."""
        return self._table.blob, self._table.offsets
