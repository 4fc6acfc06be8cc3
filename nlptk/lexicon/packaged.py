"""The dictionary that comes with the package, opened once and shared."""

from __future__ import annotations

import os

from .. import container
from ..errors import InputError
from .dictionary import Dictionary

DICTIONARY_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "zh-dictionary.nlptk")

_cache: list[tuple[Dictionary, container.Container]] = []


def packaged() -> tuple[Dictionary, container.Container]:
    """The packaged dictionary and the file it is in, which also holds the HMM tables."""
    if not _cache:
        try:
            file = container.open(DICTIONARY_FILE, kind=Dictionary.kind)
        except InputError as error:
            raise InputError(f"{error} (the packaged dictionary is built when nlptk is installed: install it again)") from None
        _cache.append((Dictionary.from_container(file), file))
    return _cache[0]


def packaged_dictionary() -> Dictionary:
    """The default dictionary: jieba's 349,045 words, with frequency and tag."""
    return packaged()[0]
