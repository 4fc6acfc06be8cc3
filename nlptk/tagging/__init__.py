"""Sequence labelling: HMM, averaged perceptron, CRF; tag schemes, templates and scoring."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .crf import CRF
    from .encoding import DictEncoder, TemplateEncoder
    from .template import Template

# module that holds a public name
_LATER = {
    "CRF": "crf",
    "DictEncoder": "encoding",
    "Template": "template",
    "TemplateEncoder": "encoding",
}

__all__ = ["CRF", "Template", "TemplateEncoder", "DictEncoder"]


def __getattr__(name: str) -> object:
    if name in _LATER:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
