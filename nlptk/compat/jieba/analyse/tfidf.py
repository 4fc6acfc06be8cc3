"""jieba.analyse.TFIDF."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any, ClassVar

from ....ext.segment import Terms, pair
from ....keywords.idf import packaged_idf
from .. import dt, posseg
from ..tokenizer import absolute

DEFAULT_IDF = ""  # stands for the packaged table, which is no file of jieba's format
NOT_A_TERM = float("-inf")

_ENGLISH = "the of is and to in that we for an are by be as on with can if from which you it this then at have all not one has or"


class KeywordExtractor:
    """What the two extractors share."""

    STOP_WORDS: ClassVar[set[str]] = set(_ENGLISH.split())
    stop_words: set[str]

    def set_stop_words(self, stop_words_path: str) -> None:
        """Add the lines of a UTF-8 file to the stop words."""
        path = absolute(stop_words_path)
        if not os.path.isfile(path):
            raise Exception("jieba: file does not exist: " + path)
        self.stop_words.update(Path(path).read_bytes().decode("utf-8").splitlines())

    def extract_tags(self, *args: Any, **kwargs: Any) -> Any:
        """Keywords of a text."""
        raise NotImplementedError


class _PackagedIdf(Mapping[str, float]):
    """The packaged table as a mapping; its words stay in the file."""

    def __getitem__(self, word: str) -> float:
        table = packaged_idf()
        if word not in table:
            raise KeyError(word)
        return table(word)

    def get(self, word: str, default: Any = None) -> Any:
        """The value of a word, or the default."""
        table = packaged_idf()
        return table(word) if word in table else default

    def __iter__(self) -> Iterator[str]:
        return iter(packaged_idf().words())

    def __len__(self) -> int:
        return len(packaged_idf())


class IDFLoader:
    """jieba's table of inverse document frequencies.

    Attributes
    ----------
    path : str
    idf_freq : mapping of str to float
    median_idf : float
        What unknown words get.
    """

    def __init__(self, idf_path: str | None = None) -> None:
        self.path = ""
        self.idf_freq: Mapping[str, float] = {}
        self.median_idf = 0.0
        if idf_path is not None:
            self.set_new_path(idf_path)

    def set_new_path(self, new_idf_path: str) -> None:
        """Read another file, lines ``word idf``."""
        if new_idf_path == DEFAULT_IDF:
            self.idf_freq, self.median_idf = _PackagedIdf(), packaged_idf().unknown
        elif self.path != new_idf_path:
            self.path = new_idf_path
            content = Path(new_idf_path).read_bytes().decode("utf-8")
            table_read: dict[str, float] = {}
            for line in content.splitlines():
                word, freq = line.strip().split(" ")
                table_read[word] = float(freq)
            self.idf_freq = table_read
            self.median_idf = sorted(table_read.values())[len(table_read) // 2]

    def get_idf(self) -> tuple[Mapping[str, float], float]:
        """The table and its median."""
        return self.idf_freq, self.median_idf


def is_term(word: str, stop_words: set[str] | frozenset[str]) -> bool:
    """Two characters or more, and no stop word."""
    return len(word.strip()) >= 2 and word.lower() not in stop_words


class Remembered:
    """A table of terms that is made anew when what it was made from has changed."""

    def __init__(self) -> None:
        self._key: tuple[Any, ...] = ()
        self._terms: Terms | None = None

    def get(self, key: tuple[Any, ...], make: Callable[[], Terms]) -> Terms:
        """The table for a key, which is compared by value."""
        if self._terms is None or self._key != key:
            self._key, self._terms = key, make()
        return self._terms


class TFIDF(KeywordExtractor):
    """Keywords by term frequency times inverse document frequency."""

    def __init__(self, idf_path: str | None = None) -> None:
        self.tokenizer: Any = dt
        self.postokenizer: Any = posseg.dt
        self.stop_words = self.STOP_WORDS.copy()
        self.idf_loader = IDFLoader(idf_path or DEFAULT_IDF)
        self.idf_freq, self.median_idf = self.idf_loader.get_idf()
        self._remembered = Remembered()

    def set_idf_path(self, idf_path: str) -> None:
        """Use the table of another file, lines ``word idf``."""
        path = absolute(idf_path)
        if not os.path.isfile(path):
            raise Exception("jieba: file does not exist: " + path)
        self.idf_loader.set_new_path(path)
        self.idf_freq, self.median_idf = self.idf_loader.get_idf()

    def extract_tags(
        self, sentence: str | bytes, topK: int | None = 20, withWeight: bool = False, allowPOS: Any = (), withFlag: bool = False
    ) -> Any:
        """Keywords of a text, the weightiest first.

        Parameters
        ----------
        sentence : str or bytes
        topK : int or None
            How many; None and 0 mean all.
        withWeight : bool
            Whether to give (word, weight).
        allowPOS : sequence of str
            Parts of speech to consider; none: all, without tagging.
        withFlag : bool
            With ``allowPOS``: whether to give pairs of word and flag.
        """
        if not allowPOS and hasattr(self.tokenizer, "_kernel") and isinstance(sentence, str):
            kernel = self.tokenizer._kernel("unigram", True)
            words, values = kernel.count_terms(sentence, self._terms(kernel.trie), -1 if not topK or topK < 0 else topK)
            if topK and topK < 0:
                words, values = words[:topK], values[:topK]
            return list(zip(words, values, strict=True)) if withWeight else words
        counts = self._count(sentence, frozenset(allowPOS), withFlag)
        total = sum(counts.values())
        for key in counts:
            word = key.word if isinstance(key, pair) else key
            counts[key] *= self.idf_freq.get(word, self.median_idf) / total
        tags: Any = sorted(counts.items(), key=itemgetter(1), reverse=True)
        if not withWeight:
            tags = [key for key, _ in tags]
        return tags[:topK] if topK else tags

    def _terms(self, trie: Any) -> Terms:
        stop_words, idf, median = frozenset(self.stop_words), self.idf_freq, self.median_idf

        def weigh(word: str, tag: str | None) -> float:
            return idf.get(word, median) if is_term(word, stop_words) else NOT_A_TERM

        # a mapping is compared by identity and size: comparing all of it would take longer than the extraction
        return self._remembered.get((stop_words, id(idf), len(idf), median, id(trie)), lambda: Terms(trie, weigh))

    def _count(self, sentence: str | bytes, allowed: frozenset[str], with_flag: bool) -> dict[Any, float]:
        counts: dict[Any, float] = {}
        if not allowed:
            for word in self.tokenizer.cut(sentence):
                if is_term(word, self.stop_words):
                    counts[word] = counts.get(word, 0.0) + 1.0
            return counts
        for tagged in self.postokenizer.cut(sentence):
            if tagged.flag in allowed and is_term(tagged.word, self.stop_words):
                key = tagged if with_flag else tagged.word
                counts[key] = counts.get(key, 0.0) + 1.0
        return counts
