"""N-gram language models: estimated from text, read from and written to ARPA files, queried at speed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .evaluation import evaluate
    from .model import NgramLM

# public name -> module that holds it
_PUBLIC = {
    "NgramLM": "model",
    "evaluate": "evaluation",
}

__all__ = ["NgramLM", "evaluate"]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
