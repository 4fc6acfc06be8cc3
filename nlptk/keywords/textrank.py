"""Keywords by TextRank (Mihalcea & Tarau 2004)."""

from __future__ import annotations

from array import array

from ..errors import ParameterError
from ..ext.textrank import rank, rescale
from .extractor import KeywordExtractor
from .idf import packaged_idf

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from .stopwords import StopWords
    from .units import Units


class TextRank(KeywordExtractor):
    """The words that stand near other important words: PageRank on the graph of words that occur close together.

    Parameters
    ----------
    top_k, phrases, stop_words, pos, min_length, segmenter
        As for :class:`~nlptk.keywords.TermFrequency`. Without `pos`, nouns, verbs, adjectives, names and Latin words count.
    span : int
        Two words are neighbours when the second is among the ``span - 1`` tokens after the first; blanks are no tokens here.
    damping : float
        Share of a word's score that comes from its neighbours.
    iterations : int
        Sweeps over the graph at most.
    tolerance : float
        Stop when no score moves by more. With the default, 10 sweeps as in jieba.

    Examples
    --------
    >>> TextRank(top_k=2).extract("线性规划是研究线性约束条件下线性目标函数的极值问题的方法")  # doctest: +SKIP
    [('线性', 1.0), ('目标', 0.571...)]
    """

    kind = "textrank"
    _needs_tags = True

    def __init__(
        self,
        top_k: int | None = 20,
        phrases: bool = False,
        stop_words: StopWords = "default",
        pos: Collection[str] | None = None,
        min_length: int = 2,
        span: int = 5,
        damping: float = 0.85,
        iterations: int = 10,
        tolerance: float = 0.0,
        segmenter: Any = None,
    ) -> None:
        self.top_k = top_k
        self.phrases = phrases
        self.stop_words = stop_words
        self.pos = pos
        self.min_length = min_length
        self.span = span
        self.damping = damping
        self.iterations = iterations
        self.tolerance = tolerance
        self.segmenter = segmenter

    def _check(self) -> frozenset[str]:
        if self._stop is None:
            check_graph(self.damping, self.iterations, self.tolerance)
            if not hasattr(self.span, "__index__") or self.span < 2:
                raise ParameterError(f"span={self.span!r}: expected a number from 2")
        return super()._check()

    def _graph(self, units: Units, content: list[bool]) -> tuple[list[str], array[float], array[int]]:
        """Words, their scores, and the order in which pairs first name them."""
        terms = sorted({term for term, fits in zip(units.terms, content, strict=True) if fits})
        number = {term: i for i, term in enumerate(terms)}
        pairs = zip(units.terms, content, strict=True)
        nodes = array("i", [number[term] if fits else -1 for term, fits in pairs])
        scores, seen = rank(nodes, None, len(terms), self.span, self.damping, self.iterations, self.tolerance)
        return terms, scores, seen

    def _salience(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        """Scores; a word without neighbours has what the formula gives for none."""
        terms, scores, _ = self._graph(units, content)
        return {term: score or 1 - self.damping for term, score in zip(terms, scores, strict=True)}

    def _weights(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        terms, scores, seen = self._graph(units, content)
        return {terms[node]: weight for node, weight in zip(seen, rescale(scores, seen), strict=True)}

    def _rarity(self, units: Units) -> Callable[[str], float]:
        return packaged_idf()


def check_graph(damping: float, iterations: int, tolerance: float) -> None:
    """Raise ParameterError unless these are parameters of a PageRank that converges."""
    if not isinstance(damping, (int, float)) or not 0 <= damping < 1:
        raise ParameterError(f"damping={damping!r}: expected a number from 0, below 1")
    if not hasattr(iterations, "__index__") or not 1 <= iterations < 1 << 31:
        raise ParameterError(f"iterations={iterations!r}: expected a number from 1")
    if not isinstance(tolerance, (int, float)) or not tolerance >= 0:
        raise ParameterError(f"tolerance={tolerance!r}: expected a number from 0")
