"""Keywords by term frequency."""

from __future__ import annotations

from .extractor import KeywordExtractor, term_counts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from .stopwords import StopWords
    from .units import Units


class TermFrequency(KeywordExtractor):
    """The words that occur most often.

    Parameters
    ----------
    top_k : int or None
        How many keywords at most; 0 or None: all.
    phrases : bool
        Join adjacent words to terms (机器 学习 -> 机器学习); see :mod:`nlptk.keywords.phrases` for how they are scored.
    stop_words : "default", path, collection of str, or None
        Words that are no keywords. ``"default"``: the packaged Chinese and English lists; a path: one word a line.
    pos : collection of str, optional
        Parts of speech that are wanted, ``("n", "vn")``; a trailing ``*`` stands for any ending. Latin words are ``eng``.
    min_length : int
        Characters that a keyword needs.
    segmenter : object, optional
        Where words come from: anything with ``annotate(docs)``, or with ``cut(text)`` that gives words or pairs of word and tag.
        Default: the packaged dictionary, with parts of speech where they are needed.

    Examples
    --------
    >>> TermFrequency(top_k=2).extract("今天的会议讨论了会议室和会议记录")
    [('会议', 0.25), ('讨论', 0.25)]
    """

    kind = "term-frequency"

    def __init__(
        self,
        top_k: int | None = 20,
        phrases: bool = False,
        stop_words: StopWords = "default",
        pos: Collection[str] | None = None,
        min_length: int = 2,
        segmenter: Any = None,
    ) -> None:
        self.top_k = top_k
        self.phrases = phrases
        self.stop_words = stop_words
        self.pos = pos
        self.min_length = min_length
        self.segmenter = segmenter

    def _salience(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        return term_counts(units, content)

    def _weights(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        """Shares of all words that are left."""
        counts = term_counts(units, content)
        total = sum(counts.values())
        return {term: count / total for term, count in counts.items()}
