"""Word vectors: finished ones, and what trains them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .fasttext import FastText
    from .formats import load_vectors
    from .glove import GloVe
    from .subwords import SubwordVectors
    from .word2vec import Word2Vec
    from .word_vectors import WordVectors

# public name -> module that holds it
_PUBLIC = {
    "FastText": "fasttext",
    "GloVe": "glove",
    "SubwordVectors": "subwords",
    "Word2Vec": "word2vec",
    "WordVectors": "word_vectors",
    "load_vectors": "formats",
}

__all__ = ["FastText", "GloVe", "SubwordVectors", "Word2Vec", "WordVectors", "load_vectors"]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
