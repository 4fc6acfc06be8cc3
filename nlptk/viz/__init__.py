"""Pictures: words as points."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .words import plot_words

# public name -> module that holds it
_PUBLIC = {
    "plot_words": "words",
}

__all__ = ["plot_words"]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value  # the next access does not come here
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
