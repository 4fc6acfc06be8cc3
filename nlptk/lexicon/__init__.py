"""Dictionaries: words with frequency and tag, looked up in a double-array trie."""

from .dictionary import Dictionary, Entry
from .packaged import packaged_dictionary

__all__ = ["Dictionary", "Entry", "packaged_dictionary"]
