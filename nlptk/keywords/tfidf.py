"""Keywords by TF-IDF."""

from __future__ import annotations

import os

from ..doc import Doc
from ..errors import CorpusFormatError, ModelFormatError, ParameterError
from .extractor import KeywordExtractor, term_counts
from .idf import Idf, packaged_idf
from .units import Units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Any

    from typing_extensions import Self

    from .stopwords import StopWords


class TfidfKeywords(KeywordExtractor):
    """The words that are frequent here and rare elsewhere: frequency times inverse document frequency.

    Before ``fit`` the packaged table counts (jieba's, of Chinese words), or the one in `idf`; after it, the corpus.

    Parameters
    ----------
    top_k, phrases, stop_words, pos, min_length, segmenter
        As for :class:`~nlptk.keywords.TermFrequency`.
    idf : path, optional
        A file of lines ``word value``, or a TfidfKeywords that was fitted and saved. Words it does not have get the median.

    Attributes
    ----------
    idf_ : Idf
        What ``fit`` learned: ``idf_(word)`` is ``ln((1 + n) / (1 + n_word)) + 1`` for n documents, n_word with the word in it.

    Examples
    --------
    >>> TfidfKeywords(top_k=3).extract("我来到北京清华大学学习自然语言处理")  # doctest: +SKIP
    [('自然语言', 1.739...), ('清华大学', 1.346...), ('学习', 0.962...)]
    """

    kind = "tfidf-keywords"
    idf_: Idf

    def __init__(
        self,
        top_k: int | None = 20,
        phrases: bool = False,
        stop_words: StopWords = "default",
        pos: Collection[str] | None = None,
        min_length: int = 2,
        segmenter: Any = None,
        idf: str | os.PathLike[str] | None = None,
    ) -> None:
        self.top_k = top_k
        self.phrases = phrases
        self.stop_words = stop_words
        self.pos = pos
        self.min_length = min_length
        self.segmenter = segmenter
        self.idf = idf

    _table: tuple[object, Idf] | None = None  # what was read from the file of parameter idf

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Learn document frequencies.

        Parameters
        ----------
        X : iterable of str, Doc or lists of words, optional
            A corpus, read once. Without it nothing is learned.
        """
        self._check()
        if X is None:
            return self
        if isinstance(X, (str, Doc)):
            raise TypeError(f"X is one {type(X).__name__}, expected an iterable of documents")
        self.idf_ = Idf.from_documents(map(self._document_terms, X))
        return self

    def _document_terms(self, document: str | Doc | Iterable[str]) -> list[str]:
        if isinstance(document, (str, Doc)):
            words = self._tokens(document)[0] if isinstance(document, str) else document.words
        else:
            words = list(document)
        return Units(words, None).terms

    @property
    def table(self) -> Idf:
        """The inverse document frequencies in use: those learned, those of the file, or the packaged ones."""
        if "idf_" in self.__dict__:
            return self.idf_
        if self.idf is None:
            return packaged_idf()
        if self._table is None or self._table[0] != self.idf:
            self.__dict__["_table"] = self.idf, read_table(self.idf)
        return self._table[1]  # type: ignore[index]

    def _salience(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        return term_counts(units, content)

    def _weights(self, units: Units, content: list[bool]) -> Mapping[str, float]:
        counts, idf = term_counts(units, content), self.table
        total = sum(counts.values())
        return {term: count * idf(term) / total for term, count in counts.items()}

    def _rarity(self, units: Units) -> Callable[[str], float]:
        return self.table

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from array import array

        from ..container import pack_strings

        if "idf_" not in self.__dict__:
            return {}, {}
        values = self.idf_.values
        words = sorted(values)
        blob, offsets = pack_strings(words)
        numbers = memoryview(array("d", (values[word] for word in words)))
        return {"unknown": self.idf_.unknown}, {"values": numbers, "words.blob": blob, "words.offsets": offsets}

    def _stored_parameters(self) -> dict[str, Any]:
        stored = dict(self.get_params(deep=False))
        if self.idf is not None:
            raise ParameterError("idf is a file of its own: fit on a corpus, or save without it")
        return super()._stored_parameters() | {"idf": stored["idf"]}

    def _set_state(self, learned: Mapping[str, Any], arrays: Any) -> None:
        super()._set_state(learned, arrays)
        if "unknown" not in learned:
            return
        words, values = arrays.strings("words"), arrays.array("values", "F64", (None,)).tolist()
        unknown = learned["unknown"]
        if len(words) != len(values) or not isinstance(unknown, float) or not all(v - v == 0 for v in values):
            raise ModelFormatError("not a usable table of inverse document frequencies")
        self.idf_ = Idf(dict(zip(words, values, strict=True)), unknown)


def read_table(path: str | os.PathLike[str]) -> Idf:
    """Inverse document frequencies of a text file ``word value``, or of a saved TfidfKeywords."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            is_model = file.read(32)[8:].startswith(b'{"__metadata__"')
    except OSError:
        is_model = False  # the reader below says what is wrong
    if not is_model:
        return Idf.from_file(path)
    model = TfidfKeywords.load(path)
    if "idf_" not in model.__dict__:
        raise CorpusFormatError("a TfidfKeywords that was not fitted, expected one with document frequencies", path=path)
    return model.idf_
