"""jieba.posseg: words with their parts of speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ext.segment import Segmenter, pair
from ...segment.tagged import packaged_tag_hmm
from . import dt as _default_tokenizer
from .tokenizer import Tokenizer, _warn_paddle
from .words import strdecode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["POSTokenizer", "cut", "dt", "initialize", "lcut", "pair"]


class POSTokenizer:
    """jieba.posseg.POSTokenizer: tags the words of a tokenizer; words added to that have the tags they were added with."""

    def __init__(self, tokenizer: Tokenizer | None = None) -> None:
        self.tokenizer = tokenizer or Tokenizer()
        self._kernels: dict[bool, Segmenter] = {}

    def __repr__(self) -> str:
        return f"<POSTokenizer tokenizer={self.tokenizer!r}>"

    def __getattr__(self, name: str) -> Any:
        if name in ("cut_for_search", "lcut_for_search", "tokenize"):
            raise NotImplementedError
        return getattr(self.__dict__["tokenizer"], name)

    def initialize(self, dictionary: str | None = None) -> None:
        """Open a dictionary."""
        self.tokenizer.initialize(dictionary)

    def _kernel_for(self, join: bool) -> Segmenter:
        self.tokenizer.check_initialized()
        words = self.tokenizer._words
        kernel = self._kernels.get(join)
        if kernel is None or kernel.words is not words:  # the tokenizer may have got another dictionary
            kernel = self._kernels[join] = Segmenter(words.base, "unigram", words=words, tags=packaged_tag_hmm(), join=join)
        return kernel

    def lcut(self, sentence: str | bytes, HMM: bool = True) -> list[pair]:
        """``cut`` as a list."""
        return self._kernel_for(bool(HMM)).tagged(strdecode(sentence), True)

    def cut(self, sentence: str | bytes, HMM: bool = True) -> Iterator[pair]:
        """The words of a sentence as pairs of word and flag."""
        yield from self.lcut(sentence, HMM)

    _lcut_internal = lcut

    def _lcut_internal_no_hmm(self, sentence: str) -> list[pair]:
        return self.lcut(sentence, False)


dt = POSTokenizer(_default_tokenizer)
initialize = dt.initialize


def lcut(sentence: str | bytes, HMM: bool = True, use_paddle: bool = False) -> list[pair]:
    """``cut`` as a list."""
    from .. import jieba

    if use_paddle:
        _warn_paddle()
    if jieba.pool is None:
        return dt.lcut(sentence, HMM)
    return [item for part in strdecode(sentence).splitlines(True) for item in dt.lcut(part, HMM)]


def cut(sentence: str | bytes, HMM: bool = True, use_paddle: bool = False) -> Iterator[pair]:
    """The words of a sentence as pairs of word and flag."""
    yield from lcut(sentence, HMM, use_paddle)
