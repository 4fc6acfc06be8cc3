"""Extractive summaries: TextRank over the sentences of a text (Mihalcea & Tarau 2004)."""

from __future__ import annotations

import re
from array import array

from ..doc import Component, Doc
from ..errors import ParameterError
from ..estimator import Transformer
from ..ext.textrank import rank_sentences
from .stopwords import stop_words_of
from .textrank import check_graph
from .units import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from typing_extensions import Self

    from .stopwords import StopWords

# A sentence ends after a full-width mark; after a Latin mark before a blank, unless it ends a usual abbreviation or an initial;
# at an empty line; at a line's end beside Chinese.
_END = re.compile(
    r"""(?P<wide>[。！？!?；…]+[”’」』）\])"']*)
      | (?P<latin>[.!?]+[”’"')\]]*)(?=\s|$)
      | (?P<lines>\s*\n\s*)""",
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:\b[A-Za-z]|\b(?:e\.g|i\.e|etc|al|vs|cf|Mr|Mrs|Ms|Dr|Prof|St|Fig|Figs|Eq|Eqs|No|Vol|pp|Sec|Inc|Ltd|Co|Jr|Sr))$"
)
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef\U00020000-\U0003ffff]")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text begin and end, blanks around them left out."""
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match["latin"] is not None and match["latin"] == "." and not _ends_sentence(text, match):
            continue
        if match["lines"] is not None and not _ends_line(text, match):
            continue
        yield from _stripped(text, start, end)
        start = end
    yield from _stripped(text, start, len(text))


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - 12) : match.start()]
    following = text[match.end() : match.end() + 40].lstrip()
    return not _ABBREVIATION.search(before) and not following[:1].islower()


def _ends_line(text: str, match: re.Match[str]) -> bool:
    """Lines of Latin text are wrapped, they end a sentence only where an empty line follows."""
    if match["lines"].count("\n") > 1:
        return True
    return any(_HAN.match(c) for c in (text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]) if c)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


class TextRankSummarizer(Transformer, Component):
    """The sentences of a text that have most in common with the others.

    Sentences are neighbours by the words they share, ``|A and B| / (log |A| + log |B|)``; PageRank says which matter most.

    Parameters
    ----------
    sentences : int
        How many; a shorter text is given whole.
    stop_words : "default", path, collection of str, or None
        Words that do not count.
    damping, iterations, tolerance
        As for :class:`~nlptk.keywords.TextRank`; it sweeps until no score moves by more than `tolerance`.
    segmenter : object, optional
        With ``cut(text)``, which gives words. Default: the packaged dictionary.
    """

    kind = "textrank-summarizer"
    requires_fit = False
    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ("summary",)

    def __init__(
        self,
        sentences: int = 3,
        stop_words: StopWords = "default",
        damping: float = 0.85,
        iterations: int = 100,
        tolerance: float = 1e-6,
        segmenter: Any = None,
    ) -> None:
        self.sentences = sentences
        self.stop_words = stop_words
        self.damping = damping
        self.iterations = iterations
        self.tolerance = tolerance
        self.segmenter = segmenter

    def _check(self) -> frozenset[str]:
        check_graph(self.damping, self.iterations, self.tolerance)
        if not hasattr(self.sentences, "__index__") or self.sentences < 1:
            raise ParameterError(f"sentences={self.sentences!r}: expected a number from 1")
        return stop_words_of(self.stop_words)

    def rank(self, text: str) -> list[tuple[str, float]]:
        """All sentences of a text in their order, each with its score; alone with no other in common, 0."""
        if not isinstance(text, str):
            raise TypeError(f"text is {type(text).__name__}, expected str")
        stop = self._check()
        sentences = [text[start:end] for start, end in sentence_spans(text)]
        number: dict[str, int] = {}
        words, ends = array("i"), array("i")
        for sentence in sentences:
            units = Units(self._cut(sentence), None)
            found = {term for term, fits in zip(units.terms, units.content(stop, None, 1), strict=True) if fits}
            words.extend(sorted(number.setdefault(term, len(number)) for term in sorted(found)))
            ends.append(len(words))
        scores = rank_sentences(words, ends, len(number), self.damping, self.iterations, self.tolerance)
        return list(zip(sentences, scores, strict=True))

    def _cut(self, sentence: str) -> Sequence[str]:
        if self.segmenter is not None:
            return list(self.segmenter.cut(sentence))
        from ..segment.dictionary import cut

        return cut(sentence)

    def summarize(self, text: str) -> list[str]:
        """The most important sentences of a text, in the order in which they stand there."""
        ranked = self.rank(text)
        best = sorted(range(len(ranked)), key=lambda i: -ranked[i][1])[: self.sentences]
        return [ranked[i][0] for i in sorted(best)]

    def annotate(self, docs: list[Doc]) -> None:
        """Set ``doc.extra["summary"]`` to what :meth:`summarize` gives."""
        self._check()
        for doc in docs:
            doc.extra["summary"] = self.summarize(doc.text)

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Nothing is learned; checks the parameters."""
        self._check()
        return self

    def transform(self, X: Iterable[str]) -> list[list[str]]:
        """The summary of each text."""
        return [self.summarize(text) for text in X]

    def _stored_parameters(self) -> dict[str, Any]:
        from ..estimator import plain_value

        params = self.get_params(deep=False)
        if params["stop_words"] is not None and params["stop_words"] != "default":
            params["stop_words"] = sorted(self._check())
        return {name: plain_value(value, f"parameter {name!r}") for name, value in params.items()}

    def _set_state(self, learned: Mapping[str, Any], arrays: Any) -> None:
        self._check()  # a damaged file shows now


def summarize(text: str, sentences: int = 3) -> list[str]:
    """The most important sentences of a Chinese or English text, in the order in which they stand there.

    Parameters
    ----------
    text : str
    sentences : int
        How many at most.

    Examples
    --------
    >>> summarize("北京是中国的首都。北京有很多大学。今天下雨。清华大学是北京的大学。", sentences=2)
    ['北京有很多大学。', '清华大学是北京的大学。']
    """
    return TextRankSummarizer(sentences).summarize(text)
