"""Word segmentation: ``cut``, the dictionary segmenter, its lattice, and scoring."""

from __future__ import annotations

from .dictionary import DictionarySegmenter, cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bigram import BigramSegmenter
    from .evaluate import SegmentationScore, evaluate_segmentation
    from .lattice import Arc, Lattice
    from .stream import segment_stream
    from .trained import TaggedSegmenter

# what the short way from import to first word does not need -> module that holds it
_LATER = {
    "Arc": "lattice",
    "BigramSegmenter": "bigram",
    "Lattice": "lattice",
    "SegmentationScore": "evaluate",
    "TaggedSegmenter": "trained",
    "evaluate_segmentation": "evaluate",
    "segment_stream": "stream",
}

__all__ = [
    "cut",
    "DictionarySegmenter",
    "BigramSegmenter",
    "TaggedSegmenter",
    "Lattice",
    "Arc",
    "segment_stream",
    "evaluate_segmentation",
    "SegmentationScore",
]


def __getattr__(name: str) -> object:
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
