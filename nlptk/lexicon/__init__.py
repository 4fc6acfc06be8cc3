"""Dictionaries: words with frequency and tag, looked up in a double-array trie."""

from .dictionary import Dictionary, Entry, WordFile
from .packaged import packaged_dictionary

__all__ = ["Dictionary", "Entry", "WordFile", "packaged_dictionary"]
