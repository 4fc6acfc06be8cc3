"""Words that are no keywords: the packaged lists, files and collections of one's own."""

from __future__ import annotations

import os

from ..errors import CorpusFormatError, InputError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    StopWords = str | os.PathLike[str] | Iterable[str] | None

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data")
_LANGUAGES = ("zh", "en")
_cache: list[frozenset[str]] = []


def packaged_stop_words() -> frozenset[str]:
    """Function words of Chinese and English."""
    if not _cache:
        files = [os.path.join(_FOLDER, f"stopwords.{language}.txt") for language in _LANGUAGES]
        _cache.append(frozenset().union(*map(read_stop_words, files)))
    return _cache[0]


def read_stop_words(path: str | os.PathLike[str], encoding: str = "utf-8") -> frozenset[str]:
    """Stop words of a file: one a line, in lower case; empty lines and lines that begin with ``# `` do not count.

    Raises
    ------
    InputError
        If the file cannot be read.
    CorpusFormatError
        If a line holds several words.
    """
    from ..corpus.lines import read_lines

    words = set()
    for number, line in enumerate(read_lines(path, encoding), 1):
        word = line.strip()
        if not word or word == "#" or word.startswith("# "):
            continue
        if len(word.split()) > 1:
            raise CorpusFormatError(f"{len(word.split())} words, expected one a line", path=path, line=number)
        words.add(word.lower())
    return frozenset(words)


def stop_words_of(source: StopWords) -> frozenset[str]:
    """The set that a parameter ``stop_words`` stands for: ``"default"``, a path, words, or None for no stop words."""
    if source is None:
        return frozenset()
    if isinstance(source, str) and source == "default":
        return packaged_stop_words()
    if isinstance(source, (str, os.PathLike)):
        try:
            return read_stop_words(source)
        except InputError as error:
            raise InputError(f"{error} (stop_words is 'default', a file, a set of words or None)") from None
    words: list[object] = [*source] if hasattr(source, "__iter__") else [source]
    lower = set()
    for word in words:
        if not isinstance(word, str):
            raise ParameterError(f"stop_words holds {word!r}, expected 'default', a file, a set of words or None")
        lower.add(word.lower())
    return frozenset(lower)
