"""Sequence labelling: HMM, averaged perceptron, CRF; tag schemes, templates and scoring."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .chunk import Chunker
    from .crf import CRF
    from .encoding import DictEncoder, TemplateEncoder
    from .evaluation import evaluate_labels, evaluate_spans
    from .hmm import HMM
    from .ner import EntityTagger
    from .perceptron import Perceptron
    from .pos import PosTagger
    from .schemes import convert_labels, detect_scheme, labels_of, masks, spans
    from .template import Template

# module that holds a public name
_LATER = {
    "CRF": "crf",
    "Chunker": "chunk",
    "DictEncoder": "encoding",
    "EntityTagger": "ner",
    "HMM": "hmm",
    "Perceptron": "perceptron",
    "PosTagger": "pos",
    "Template": "template",
    "TemplateEncoder": "encoding",
    "convert_labels": "schemes",
    "detect_scheme": "schemes",
    "evaluate_labels": "evaluation",
    "evaluate_spans": "evaluation",
    "labels_of": "schemes",
    "masks": "schemes",
    "spans": "schemes",
}

__all__ = [
    "CRF",
    "PosTagger",
    "EntityTagger",
    "Chunker",
    "Perceptron",
    "HMM",
    "Template",
    "TemplateEncoder",
    "DictEncoder",
    "spans",
    "labels_of",
    "convert_labels",
    "detect_scheme",
    "masks",
    "evaluate_spans",
    "evaluate_labels",
]


def __getattr__(name: str) -> object:
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
