"""Segmentation with parts of speech as jieba.posseg gives them."""

from __future__ import annotations

import os

from .. import container
from ..doc import Component
from ..estimator import Transformer
from ..ext.segment import Segmenter, TagHmm
from ..lexicon.packaged import DICTIONARY_FILE, packaged_dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from typing_extensions import Self

    from ..doc import Doc

TAG_HMM_FILE = os.path.join(os.path.dirname(DICTIONARY_FILE), "zh-posseg.nlptk")
_TABLES = {
    "start": "F64", "trans": "F64", "offsets": "I32", "states": "U16",
    "emit": "F64", "candidate": "U8", "position": "U8", "tag": "U16",
}  # fmt: skip
_cache: list[TagHmm] = []


def packaged_tag_hmm() -> TagHmm:
    """jieba's joint model of word-internal positions and parts of speech."""
    if not _cache:
        file = container.open(TAG_HMM_FILE, kind="tag-hmm")
        tables: list[Any] = [file.array(name, dtype) for name, dtype in _TABLES.items()]
        tables.append(list(file.learned["tags"]))
        _cache.append(TagHmm(*tables))
    return _cache[0]


class PosSegmenter(Transformer, Component):
    """Words with parts of speech: those of jieba.posseg 0.42.1.

    Words of the dictionary have the dictionary's tag; what it does not have is split and tagged at once by a hidden Markov
    model over (position in the word, part of speech).

    Parameters
    ----------
    hmm : bool
        Whether to join characters into words that the dictionary does not have.

    Examples
    --------
    >>> PosSegmenter().cut("我爱北京天安门")
    [('我', 'r'), ('爱', 'v'), ('北京', 'ns'), ('天安门', 'ns')]
    """

    kind = "pos-segmenter"
    requires_fit = False
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ("words", "tags")

    def __init__(self, hmm: bool = True) -> None:
        self.hmm = hmm

    _made: tuple[bool, Segmenter] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_made"}

    @property
    def kernel(self) -> Segmenter:
        """The compiled segmenter; made when first needed."""
        if self._made is None or self._made[0] is not self.hmm:
            made = Segmenter(packaged_dictionary().trie, "unigram", tags=packaged_tag_hmm(), join=bool(self.hmm))
            self._made = self.hmm, made
        return self._made[1]

    def cut(self, text: str) -> list[tuple[str, str]]:
        """The words of a text with their parts of speech."""
        return self.kernel.tagged(text)

    def annotate(self, docs: list[Doc]) -> None:
        """Set words and tags of documents."""
        for doc in docs:
            tagged = self.kernel.tagged(doc.text)
            ends, end = [], 0
            for word, _ in tagged:
                end += len(word)
                ends.append(end)
            doc.set_ends(ends, trusted=True)
            doc.tags = [tag for _, tag in tagged]

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Nothing is learned."""
        return self

    def transform(self, X: Iterable[str]) -> list[list[tuple[str, str]]]:
        """The tagged words of each text."""
        return [self.cut(text) for text in X]
