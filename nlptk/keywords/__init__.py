"""Keywords and summaries: term frequency, TF-IDF, TextRank, and words that a dictionary does not know yet."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .frequency import TermFrequency
    from .newwords import NewWords
    from .summary import TextRankSummarizer, summarize
    from .textrank import TextRank
    from .tfidf import TfidfKeywords

# public name -> module that holds it
_PUBLIC = {
    "NewWords": "newwords",
    "TermFrequency": "frequency",
    "TextRank": "textrank",
    "TextRankSummarizer": "summary",
    "TfidfKeywords": "tfidf",
    "summarize": "summary",
}

__all__ = ["TermFrequency", "TfidfKeywords", "TextRank", "TextRankSummarizer", "summarize", "NewWords"]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
