"""User dictionaries of segmenters: one source or several, as users write them."""

from __future__ import annotations

import os

from ..lexicon.dictionary import Dictionary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..lexicon.dictionary import Source


class StoredWords(list):  # type: ignore[type-arg]
    """User words of a saved segmenter, and the sum of frequencies they led to."""

    total: float | None = None


_SUFFIXES = (".txt", ".dic", ".dict", ".csv", ".tsv", ".nlptk", ".gz", ".bz2", ".xz", ".zst")


def _is_file(item: object) -> bool:
    """In a list, what names a file: a path object, or a str that is an absolute path or has the suffix of a word list."""
    return isinstance(item, os.PathLike) or (isinstance(item, str) and (os.path.isabs(item) or item.endswith(_SUFFIXES)))


def user_sources(userdict: Any) -> list[Source]:
    """The user dictionaries, one or several: of a list, its files, Dictionaries, mappings and lists, and its words."""
    if isinstance(userdict, StoredWords) or not isinstance(userdict, (list, tuple)):
        return _Sources([userdict], userdict.total if isinstance(userdict, StoredWords) else None)
    sources: list[Any] = []
    for item in userdict:
        if _is_file(item) or isinstance(item, (Dictionary, dict, list)):
            sources.append(item)
        elif sources and type(sources[-1]) is _Run:
            sources[-1].append(item)
        else:
            sources.append(_Run([item]))
    return sources


class _Run(list):  # type: ignore[type-arg]
    """Words that stand together in a list of sources."""


class _Sources(list):  # type: ignore[type-arg]
    def __init__(self, items: list[Any], total: float | None) -> None:
        super().__init__(items)
        self.total = total
