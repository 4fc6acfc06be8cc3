"""nlptk: Chinese and English text processing at native speed.

Names are imported when first touched, so ``import nlptk`` costs next to nothing.

>>> import nlptk
>>> nlptk.cut("我来到北京清华大学")
['我', '来到', '北京', '清华大学']
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False  # spares the import of typing; type checkers take it for true
if TYPE_CHECKING:
    from .corpus import read_lines, read_tokens
    from .doc import Doc
    from .errors import NlptkError
    from .estimator import Estimator
    from .keywords import NewWords, TermFrequency, TextRank, TextRankSummarizer, TfidfKeywords, summarize
    from .lexicon import Dictionary
    from .lm import NgramLM
    from .loading import load
    from .pipeline import Component, Pipeline
    from .segment import BigramSegmenter, DictionarySegmenter, TaggedSegmenter, cut
    from .segment.tagged import PosSegmenter
    from .tagging import CRF, HMM, Chunker, EntityTagger, Perceptron, PosTagger
    from .vectors import FastText, GloVe, Word2Vec, WordVectors

# public name -> module that holds it
_PUBLIC = {
    "BigramSegmenter": "segment",
    "CRF": "tagging",
    "Chunker": "tagging",
    "Component": "pipeline",
    "Dictionary": "lexicon",
    "DictionarySegmenter": "segment",
    "Doc": "doc",
    "EntityTagger": "tagging",
    "Estimator": "estimator",
    "GloVe": "vectors",
    "FastText": "vectors",
    "HMM": "tagging",
    "NewWords": "keywords",
    "NgramLM": "lm",
    "NlptkError": "errors",
    "Perceptron": "tagging",
    "Pipeline": "pipeline",
    "PosSegmenter": "segment.tagged",
    "PosTagger": "tagging",
    "TaggedSegmenter": "segment",
    "TermFrequency": "keywords",
    "TextRank": "keywords",
    "TextRankSummarizer": "keywords",
    "TfidfKeywords": "keywords",
    "Word2Vec": "vectors",
    "WordVectors": "vectors",
    "cut": "segment",
    "load": "loading",
    "read_lines": "corpus",
    "read_tokens": "corpus",
    "summarize": "keywords",
}

__all__ = [*_PUBLIC]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
