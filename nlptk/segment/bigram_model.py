"""What a bigram segmenter knows; :mod:`nlptk.segment.bigram_fit` learns it."""

from __future__ import annotations

import math
from functools import cached_property

from ..ext.bigram import Tables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ..lexicon.dictionary import Dictionary

# name -> its number format, as a file calls it and as memoryview does
ARRAYS: dict[str, tuple[str, Any]] = {
    "units": ("U16", "H"),
    "pair_gaps": ("U8", "B"),
    "pair_costs": ("U16", "H"),
    "neighbour_gaps": ("U8", "B"),
    "neighbour_seen": ("U8", "B"),
    "neighbour_costs": ("U16", "H"),
}


class BigramModel:
    """Words, and what following each other costs: words, and the characters that they are made of. Costs are -1024 log p.

    Attributes
    ----------
    dictionary : Dictionary
        The words (their shapes) with their counts.
    arrays : mapping of name to array
        Those of ``ARRAYS``; ``bigram.h`` says what they hold.
    unknown, end, backoff : int
        Costs of an unknown word, of the end of a sentence, and of leaving the bigrams.
    mass : int
        What the counts of words are parts of, N + T.
    """

    def __init__(
        self, dictionary: Dictionary, arrays: Mapping[str, Any], unknown: int, end: int, backoff: int, mass: int
    ) -> None:
        self.dictionary = dictionary
        self.arrays = arrays
        self.unknown = unknown
        self.end = end
        self.backoff = backoff
        self.mass = mass

    @cached_property
    def tables(self) -> Tables:
        """The same, to look things up in."""
        return Tables(
            self.dictionary.trie,
            **self.arrays,
            unknown=self.unknown,
            end=self.end,
            backoff=self.backoff,
            log_mass=math.log(self.mass),
        )

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in vars(self).items() if name != "tables"}
        return {**state, "arrays": {name: memoryview(array).tobytes() for name, array in self.arrays.items()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = {name: memoryview(data).cast(ARRAYS[name][1]) for name, data in state["arrays"].items()}
        vars(self).update(state, arrays=arrays)
