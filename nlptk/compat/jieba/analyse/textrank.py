"""jieba.analyse.TextRank."""

from __future__ import annotations

from array import array
from operator import itemgetter
from typing import Any

from ....ext.segment import Terms
from ....ext.textrank import rank, rescale
from .. import posseg
from .tfidf import NOT_A_TERM, KeywordExtractor, Remembered, is_term

DAMPING, SWEEPS = 0.85, 10


class TextRank(KeywordExtractor):
    """Keywords by their rank in the graph of words that stand close together.

    Attributes
    ----------
    span : int
        Two words are linked when fewer than this many words apart; 5.
    """

    def __init__(self) -> None:
        self.tokenizer: Any = posseg.dt
        self.postokenizer: Any = posseg.dt
        self.stop_words = self.STOP_WORDS.copy()
        self.pos_filt = frozenset(("ns", "n", "vn", "v"))
        self.span = 5
        self._remembered = Remembered()

    def pairfilter(self, wp: Any) -> bool:
        """Whether a tagged word is considered."""
        return wp.flag in self.pos_filt and is_term(wp.word, self.stop_words)

    def textrank(
        self, sentence: str | bytes, topK: int | None = 20, withWeight: bool = False,
        allowPOS: Any = ("ns", "n", "vn", "v"), withFlag: bool = False,
    ) -> Any:  # fmt: skip
        """Keywords of a text, the highest rank first.

        Parameters
        ----------
        sentence : str or bytes
        topK : int or None
            How many; None and 0 mean all.
        withWeight : bool
            Whether to give (word, weight).
        allowPOS : sequence of str
            Parts of speech to consider.
        withFlag : bool
            Whether to give pairs of word and flag.
        """
        self.pos_filt = frozenset(allowPOS)
        if (allowPOS and withFlag) or not hasattr(self.tokenizer, "_kernel_for") or not isinstance(sentence, str):
            nodes, terms = self._slow_sequence(sentence, bool(allowPOS) and withFlag)
        elif type(self).pairfilter is not TextRank.pairfilter:
            nodes, terms = self._slow_sequence(sentence, False)
        else:
            kernel = self.tokenizer._kernel_for(True)
            nodes, terms = kernel.term_sequence(sentence, self._terms(kernel.trie))
        order = array("i", sorted(range(len(terms)), key=terms.__getitem__))
        scores, seen = rank(nodes, order, len(terms), self.span, DAMPING, SWEEPS)
        values = rescale(scores, seen)
        tags: Any = sorted(zip([terms[node] for node in seen], values, strict=True), key=itemgetter(1), reverse=True)
        if not withWeight:
            tags = [term for term, _ in tags]
        return tags[:topK] if topK else tags

    extract_tags = textrank

    def _terms(self, trie: Any) -> Terms:
        stop_words, allowed = frozenset(self.stop_words), self.pos_filt

        def weigh(word: str, tag: str | None) -> float:
            return 0.0 if tag in allowed and is_term(word, stop_words) else NOT_A_TERM

        return self._remembered.get((stop_words, allowed, id(trie)), lambda: Terms(trie, weigh))

    def _slow_sequence(self, sentence: str | bytes, with_flag: bool) -> tuple[Any, list[Any]]:
        known: dict[Any, int] = {}
        nodes = array("i")
        for tagged in self.tokenizer.cut(sentence):
            key = (tagged if with_flag else tagged.word) if self.pairfilter(tagged) else None
            nodes.append(-1 if key is None else known.setdefault(key, len(known)))
        return memoryview(nodes), list(known)
