"""The hidden Markov model that joins single characters into words the dictionary does not have."""

from __future__ import annotations

from ..ext.segment import Hmm
from ..lexicon.packaged import packaged

_cache: list[Hmm] = []


def packaged_hmm() -> Hmm:
    """jieba's model of word-internal positions, from the packaged dictionary file."""
    if not _cache:
        _, file = packaged()
        emit = file.array("hmm.emit", "F64", (None, 4))
        _cache.append(Hmm(file.array("hmm.start", "F64", (4,)), file.array("hmm.trans", "F64", (4, 4)), emit))
    return _cache[0]
