"""What jieba's dictionaries look like from outside: FREQ and user_word_tag_tab as mappings over the tokenizer's words."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .tokenizer import Tokenizer


def strdecode(sentence: str | bytes) -> str:
    """Text from bytes, as jieba takes them: UTF-8, or else GBK without what is not."""
    if not isinstance(sentence, str):
        try:
            return sentence.decode("utf-8")
        except UnicodeDecodeError:
            return sentence.decode("gbk", "ignore")
    return sentence


class Frequencies(MutableMapping[str, int]):
    """FREQ: every word with its frequency, and every beginning of a word with 0.

    Assigning changes the frequency at once and leaves ``total`` alone, as in jieba. Entries cannot be deleted: assign 0.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.empty_word: int | None = None  # the entry of the word '', which no trie holds

    def __getitem__(self, word: str) -> int:
        found = self.empty_word if word == "" else self._tokenizer._lookup(word)
        if found is None:
            raise KeyError(word)
        return found

    def __setitem__(self, word: str, frequency: int) -> None:
        if word == "":
            self.empty_word = frequency
        else:
            self._tokenizer._set_frequency(word, frequency)

    def __delitem__(self, word: str) -> None:
        raise TypeError("entries of FREQ cannot be deleted; set the frequency to 0")

    def _all(self) -> dict[str, int]:
        words = self._tokenizer._words
        found = {word: frequency for word, frequency, _ in words.base.items("", True)}
        for word, frequency, _ in words.items():
            for i in range(1, len(word)):
                found.setdefault(word[:i], 0)
            found[word] = frequency
        if self.empty_word is not None:
            found[""] = self.empty_word
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return f"<FREQ of {self._tokenizer!r}>"


class UserTags(MutableMapping[str, str]):
    """user_word_tag_tab: the tags given with ``add_word``.

    jieba empties it into the first posseg tokenizer that cuts; here it stays, which changes no result.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._long: dict[str, str] = {}  # of words that the kernel cannot hold a tag for

    def _all(self) -> dict[str, str]:
        return {word: tag for word, _, tag in self._tokenizer._words.items() if tag} | self._long

    def __getitem__(self, word: str) -> str:
        return self._all()[word]

    def __setitem__(self, word: str, tag: str) -> None:
        frequency = self._tokenizer._lookup(word) if word else None
        if frequency is None:
            self._long[word] = tag
        else:
            self._tokenizer._set_frequency(word, frequency, tag)

    def __delitem__(self, word: str) -> None:
        raise TypeError("tags of user words cannot be deleted; give the word another tag")

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())
