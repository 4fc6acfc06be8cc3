"""jieba.Tokenizer: a dictionary that may change at any time, and the ways of cutting with it."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from math import log
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ...ext.segment import Segmenter
from ...ext.trie import Trie, Words
from ...lexicon import packaged_dictionary
from ...segment.hmm import packaged_hmm
from .words import Frequencies, UserTags, strdecode

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_DICT = None
DEFAULT_DICT_NAME = "dict.txt"

default_logger = logging.getLogger("nlptk.compat.jieba")
default_logger.setLevel(logging.DEBUG)
log_console = logging.StreamHandler(sys.stderr)

_USERDICT_LINE = re.compile("^(.+?)( [0-9]+)?( [a-z]+)?$")

force_split_words = Words()  # words that the HMM may not make; jieba shares them between all tokenizers, and so must we


def setLogLevel(log_level: int) -> None:
    """Level of the messages; this module has nothing to say below WARNING."""
    default_logger.setLevel(log_level)


def _warn_paddle() -> None:
    import warnings

    warnings.warn("nlptk.compat.jieba has no paddle mode: use_paddle is ignored", stacklevel=3)


def absolute(path: str) -> str:
    """The path as jieba keeps it."""
    return os.path.normpath(os.path.join(os.getcwd(), path))


def file_name(file: Any) -> str:
    """What jieba calls a file in its messages."""
    return str(getattr(file, "name", repr(file)))


class Tokenizer:
    """jieba.Tokenizer.

    Parameters
    ----------
    dictionary : str, optional
        A file of lines ``word frequency [tag]`` in place of the packaged dictionary.
    """

    def __init__(self, dictionary: str | None = DEFAULT_DICT) -> None:
        self.lock = threading.RLock()
        self.dictionary = dictionary if dictionary == DEFAULT_DICT else absolute(dictionary)
        self.initialized = False
        self.tmp_dir: str | None = None  # jieba's cache went there; accepted and not used
        self.cache_file: str | None = None
        self._use(Trie.build(Words()))
        self.FREQ = Frequencies(self)
        self.user_word_tag_tab = UserTags(self)
        self._total = 0

    def __repr__(self) -> str:
        return f"<Tokenizer dictionary={self.dictionary!r}>"

    def _use(self, trie: Trie) -> None:
        self._words = Words(trie)
        self._kernels: dict[tuple[str, bool], Segmenter] = {}

    def _kernel(self, algorithm: str, hmm: bool) -> Segmenter:
        if not self.initialized:
            self.initialize()
        kernel = self._kernels.get((algorithm, hmm))
        if kernel is None:
            made = Segmenter(
                self._words.base, algorithm, packaged_hmm() if hmm else None, words=self._words, split=force_split_words
            )
            kernel = self._kernels[algorithm, hmm] = made
        return kernel

    # ---- the dictionary

    @property
    def total(self) -> int:
        """Sum of frequencies; grows with every ``add_word``."""
        return self._total

    @total.setter
    def total(self, value: int) -> None:
        self._total = value
        self._words.total = value

    def initialize(self, dictionary: str | None = None) -> None:
        """Open the dictionary; done by itself when first needed."""
        if dictionary:
            path = absolute(dictionary)
            if self.dictionary == path and self.initialized:
                return
            self.dictionary, self.initialized = path, False
        with self.lock:
            if self.initialized:
                return
            if self.dictionary == DEFAULT_DICT:
                trie = packaged_dictionary().trie
                total = int(trie.total)
            else:
                trie, total = _read_dictionary(self.get_dict_file())
            self._use(trie)
            self.FREQ.empty_word = None
            self.total = total
            self.initialized = True

    def check_initialized(self) -> None:
        """Initialize unless done."""
        if not self.initialized:
            self.initialize()

    def set_dictionary(self, dictionary_path: str) -> None:
        """Use another dictionary from the next call on."""
        with self.lock:
            path = absolute(dictionary_path)
            if not os.path.isfile(path):
                raise Exception("jieba: file does not exist: " + path)
            self.dictionary, self.initialized = path, False

    def get_dict_file(self) -> IO[bytes]:
        """The dictionary as a binary file of lines ``word frequency tag``."""
        if self.dictionary == DEFAULT_DICT:
            import io

            lines = (f"{word} {entry.frequency} {entry.tag}\n" for word, entry in packaged_dictionary().items())
            return io.BytesIO("".join(lines).encode("utf-8"))
        return Path(self.dictionary).open("rb")

    def _lookup(self, word: str) -> int | None:
        if not isinstance(word, str):
            return None
        found = self._words.frequency(word)
        return None if found < 0 else found

    def _set_frequency(self, word: str, frequency: int, tag: str | None = None) -> None:
        total = self._words.total
        self._words.add(word, frequency, tag)
        self._words.total = total

    def add_word(self, word: str | bytes, freq: int | str | None = None, tag: str | None = None) -> None:
        """Add a word; without frequency it gets one that keeps it whole. Every call adds to ``total``."""
        self.check_initialized()
        word = strdecode(word)
        freq = int(freq) if freq is not None else self.suggest_freq(word, False)
        with self.lock:
            self.FREQ[word] = freq
            self.total += freq
            if tag:
                self.user_word_tag_tab[word] = tag
            if freq == 0 and word:
                force_split_words.add(word, 1)

    def del_word(self, word: str | bytes) -> None:
        """Take a word out: it keeps an entry with frequency 0, and the HMM will not make it again."""
        self.add_word(word, 0)

    def load_userdict(self, f: str | IO[bytes] | IO[str]) -> None:
        """Add the words of a file, lines ``word [frequency] [tag]`` parted by one blank.

        Parameters
        ----------
        f : str or file object
            UTF-8.
        """
        self.check_initialized()
        if isinstance(f, str):
            with Path(f).open("rb") as file:
                self._add_lines(file, f)
        else:
            self._add_lines(f, file_name(f))

    def _add_lines(self, lines: Any, name: str) -> None:
        for ln in lines:
            line = ln.strip()
            if not isinstance(line, str):
                try:
                    line = line.decode("utf-8").lstrip("\ufeff")
                except UnicodeDecodeError:
                    raise ValueError(f"dictionary file {name} must be utf-8") from None
            if not line:
                continue
            word, freq, tag = _USERDICT_LINE.match(line).groups()  # type: ignore[union-attr]
            self.add_word(word, freq.strip() if freq is not None else None, tag.strip() if tag is not None else None)

    def suggest_freq(self, segment: str | tuple[str, ...] | list[str], tune: bool = False) -> int:
        """The frequency that keeps a word whole (a str), or lets it fall into the given parts (a tuple).

        Parameters
        ----------
        segment : str or tuple of str
        tune : bool
            Whether to set it as well.
        """
        self.check_initialized()
        total = float(self.total)
        freq: float = 1
        if isinstance(segment, str):
            word = segment
            for part in self._kernel("unigram", False).cut(word):
                freq *= self.FREQ.get(part, 1) / total
            found = max(int(freq * self.total) + 1, self.FREQ.get(word, 1))
        else:
            parts = tuple(map(strdecode, segment))
            word = "".join(parts)
            for part in parts:
                freq *= self.FREQ.get(part, 1) / total
            found = min(int(freq * self.total), self.FREQ.get(word, 0))
        if tune:
            self.add_word(word, found)
        return found

    # ---- the lattice

    def get_DAG(self, sentence: str) -> dict[int, list[int]]:
        """For each position the last positions of the words that begin there; the position itself if there is none."""
        self.check_initialized()
        words = self._words
        return {k: [end - 1 for end, _ in words.prefixes(sentence, k)] or [k] for k in range(len(sentence))}

    def calc(self, sentence: str, DAG: dict[int, list[int]], route: dict[int, tuple[float, int]]) -> None:
        """Fill ``route`` with (score, last position) of the best word at each position, from the right."""
        n = len(sentence)
        route[n] = (0, 0)
        log_total = log(self.total)
        for k in range(n - 1, -1, -1):
            route[k] = max((log(self.FREQ.get(sentence[k : x + 1]) or 1) - log_total + route[x + 1][0], x) for x in DAG[k])

    # ---- cutting

    def lcut(self, sentence: str | bytes, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> list[str]:
        """``cut`` as a list."""
        if use_paddle:
            _warn_paddle()
        text = sentence if type(sentence) is str else strdecode(sentence)
        return self._kernel("full" if cut_all else "unigram", bool(HMM) and not cut_all).cut(text)

    def cut(self, sentence: str | bytes, cut_all: bool = False, HMM: bool = True, use_paddle: bool = False) -> Iterator[str]:
        """The words of a sentence.

        Parameters
        ----------
        sentence : str or bytes
        cut_all : bool
            All words that occur, instead of the best path.
        HMM : bool
            Whether to join single characters into unknown words.
        use_paddle : bool
            Not supported: warns.
        """
        yield from self.lcut(sentence, cut_all, HMM, use_paddle)

    def lcut_for_search(self, sentence: str | bytes, HMM: bool = True) -> list[str]:
        """``cut_for_search`` as a list."""
        return self._kernel("search", bool(HMM)).cut(strdecode(sentence))

    def cut_for_search(self, sentence: str | bytes, HMM: bool = True) -> Iterator[str]:
        """The words of a sentence, and before each longer one the shorter words inside it."""
        yield from self.lcut_for_search(sentence, HMM)

    def tokenize(self, unicode_sentence: str, mode: str = "default", HMM: bool = True) -> Iterator[tuple[str, int, int]]:
        """(word, start, end) of the words of a sentence; any ``mode`` but ``default`` is the search mode."""
        if not isinstance(unicode_sentence, str):
            raise ValueError("jieba: the input parameter should be unicode.")
        kernel = self._kernel("unigram" if mode == "default" else "search", bool(HMM))
        for start, end, _ in kernel.spans(unicode_sentence):
            yield unicode_sentence[start:end], start, end

    # jieba's names for what its worker processes run
    _lcut, _lcut_for_search = lcut, lcut_for_search

    def _lcut_no_hmm(self, sentence: str) -> list[str]:
        return self.lcut(sentence, False, False)

    def _lcut_all(self, sentence: str) -> list[str]:
        return self.lcut(sentence, True)

    def _lcut_for_search_no_hmm(self, sentence: str) -> list[str]:
        return self.lcut_for_search(sentence, False)


def _read_dictionary(file: IO[bytes]) -> tuple[Trie, int]:
    """A dictionary file in jieba's way: ``word frequency [tag]``, one blank between; a later line wins, all count."""
    words, total = Words(), 0
    with file:
        for number, raw in enumerate(file, 1):
            line: Any = raw
            try:
                line = raw.strip().decode("utf-8")
                word, digits, *rest = line.split(" ")
                frequency = int(digits)
                if word:
                    words.add(word, frequency, rest[0] if rest and rest[0].isascii() else None)
            except ValueError:
                raise ValueError(f"invalid dictionary entry in {file_name(file)} at Line {number}: {line}") from None
            total += frequency
    return Trie.build(words), total
