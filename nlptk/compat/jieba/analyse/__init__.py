"""jieba.analyse: keywords by TF-IDF and by TextRank."""

from __future__ import annotations

from contextlib import suppress

from .textrank import TextRank
from .tfidf import TFIDF, IDFLoader, KeywordExtractor

with suppress(ImportError):  # as in jieba: only where whoosh is installed
    from .analyzer import ChineseAnalyzer

__all__ = [
    "TFIDF", "IDFLoader", "KeywordExtractor", "TextRank", "ChineseAnalyzer", "default_textrank", "default_tfidf",
    "extract_tags", "set_idf_path", "set_stop_words", "textrank", "tfidf",
]  # fmt: skip
if "ChineseAnalyzer" not in globals():
    __all__.remove("ChineseAnalyzer")

default_tfidf = TFIDF()
default_textrank = TextRank()

extract_tags = tfidf = default_tfidf.extract_tags
set_idf_path = default_tfidf.set_idf_path
textrank = default_textrank.extract_tags


def set_stop_words(stop_words_path: str) -> None:
    """Add the lines of a file to the stop words of both default extractors."""
    default_tfidf.set_stop_words(stop_words_path)
    default_textrank.set_stop_words(stop_words_path)
