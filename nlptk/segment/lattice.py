"""Why a text is cut as it is: the word lattice with weights and sources."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .dictionary import DictionarySegmenter


class Arc(NamedTuple):
    """One candidate word. What weight and source mean is said here for a dictionary segmenter; each other one says it for itself.

    Attributes
    ----------
    start, end : int
        Characters ``text[start:end]``.
    word : str
    weight : float
        log(frequency / total); of a character that no dictionary has, log(1 / total); of a word of the HMM, 0.
    source : str
        ``dictionary``, ``user``, ``hmm``, ``letters`` that were glued, or ``character`` where no word begins.
    chosen : bool
        Whether the result has it.
    """

    start: int
    end: int
    word: str
    weight: float
    source: str
    chosen: bool


class Lattice(NamedTuple):
    """All candidate words of a text, and the ones chosen.

    Attributes
    ----------
    text : str
    arcs : list of Arc
        By start, then end. What the HMM joins is listed too; the characters it joined are then not chosen.
    """

    text: str
    arcs: list[Arc]

    @property
    def path(self) -> list[Arc]:
        """The chosen arcs: the segmentation."""
        return [arc for arc in self.arcs if arc.chosen]

    def __str__(self) -> str:
        rows = [f"{'*' if a.chosen else ' '} {a.start:>4}-{a.end:<4} {a.weight:9.3f}  {a.source:<10} {a.word}" for a in self.arcs]
        return "\n".join(rows)


def explain(segmenter: DictionarySegmenter, text: str) -> Lattice:
    """The lattice of a segmenter's decision about a text."""
    kernel = segmenter.kernel
    words = kernel.words
    lookup = words if words is not None else kernel.trie
    total = words.total if words is not None else kernel.trie.total
    log_total = log(total) if total else 0.0
    chosen = {(start, end): known for start, end, known in kernel.spans(text)}
    arcs = []
    for start in range(len(text)):
        found = lookup.prefixes(text, start)
        for end, frequency in found:
            word = text[start:end]
            source = "user" if words is not None and words.has_own(word) else "dictionary"
            arcs.append(Arc(start, end, word, log(frequency) - log_total, source, (start, end) in chosen))
        if not found:
            arcs.append(Arc(start, start + 1, text[start], -log_total, "character", (start, start + 1) in chosen))
    listed = {(arc.start, arc.end) for arc in arcs}
    for (start, end), known in chosen.items():
        if (start, end) not in listed:
            single = end - start == 1
            source = "user" if known else "character" if single else "letters" if text[start].isascii() else "hmm"
            arcs.append(Arc(start, end, text[start:end], 0.0, source, True))
    return Lattice(text, sorted(arcs))
