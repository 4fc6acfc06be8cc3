"""A dictionary as nested dicts, one level a character: what the double array must answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WORD = ""  # the key under which a node keeps the value of the word that ends there; no character is ""


class Trie:
    """Words and their frequencies.

    >>> trie = Trie({"北": 5, "北京": 9, "北京人": 2})
    >>> trie.prefixes("去北京看", 1)
    [(2, 5), (3, 9)]
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self.root: dict[str, Any] = {}
        for word, freq in words.items():
            if not word:
                raise ValueError("the empty string is no word")
            node = self.root
            for character in word:
                node = node.setdefault(character, {})
            node[WORD] = freq

    def prefixes(self, text: str, start: int = 0) -> list[tuple[int, int]]:
        """``(end, frequency)`` of every word ``text[start:end]``, shortest first."""
        found, node = [], self.root
        for end in range(start + 1, len(text) + 1):
            if text[end - 1] not in node:
                break
            node = node[text[end - 1]]
            if WORD in node:
                found.append((end, node[WORD]))
        return found

    def longest(self, text: str, start: int = 0) -> tuple[int, int] | None:
        """``(end, frequency)`` of the longest word that starts at ``start``."""
        found = self.prefixes(text, start)
        return found[-1] if found else None

    def contains(self, word: str) -> bool:
        return self.get(word) is not None

    def get(self, word: str) -> int | None:
        """Frequency of ``word``; None when it is not in the dictionary."""
        node = self._node(word)
        return None if node is None else node.get(WORD)

    def completions(self, prefix: str = "") -> list[tuple[str, int]]:
        """``(word, frequency)`` of every word that begins with ``prefix``, itself included, in code point order."""
        node = self._node(prefix)
        return [] if node is None else sorted(_words(node, prefix))

    def _node(self, prefix: str) -> dict[str, Any] | None:
        node: dict[str, Any] | None = self.root
        for character in prefix:
            node = None if node is None else node.get(character)
        return node


def _words(node: dict[str, Any], prefix: str) -> Iterator[tuple[str, int]]:
    open_nodes = [(node, prefix)]  # a list of our own: a word may be longer than Python's stack is deep
    while open_nodes:
        node, prefix = open_nodes.pop()
        for key, value in node.items():
            if key == WORD:
                yield prefix, value
            else:
                open_nodes.append((value, prefix + key))
