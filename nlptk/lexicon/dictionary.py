"""Dictionary: an immutable set of words with frequency and tag."""

from __future__ import annotations

import os
from collections import namedtuple
from operator import index

from .. import container
from ..errors import CorpusFormatError, ModelFormatError, ParameterError
from ..ext.trie import MAX_FREQUENCY, Trie, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, NamedTuple, TypeAlias

    class Entry(NamedTuple):
        """What a dictionary knows about a word."""

        frequency: int
        tag: str

    # a file, or words: "北京", ("北京", 34488), ("北京", 34488, "ns"), or a mapping of word to frequency
    Path: TypeAlias = str | os.PathLike[str]
    Source: TypeAlias = Path | "Dictionary" | Mapping[str, int] | Iterable[str | tuple[str, int] | tuple[str, int, str]]
else:
    Entry = namedtuple("Entry", ["frequency", "tag"])
    Entry.__doc__ = "What a dictionary knows about a word."


class Dictionary:
    """Words with frequency and tag. Immutable, so that threads and segmenters can share it.

    Made by :meth:`from_file`, :meth:`from_words`, :meth:`load`, or from another one by :meth:`with_words`.

    Examples
    --------
    >>> d = Dictionary.from_words([("北京", 34488, "ns"), ("北京大学", 2053, "nt"), ("大学", 20025, "n")])
    >>> "北京" in d, "京" in d, len(d)
    (True, False, 3)
    >>> d["北京大学"]
    Entry(frequency=2053, tag='nt')
    >>> d.prefixes("北京大学生")
    ['北京', '北京大学']
    >>> d.longest("北京大学生")
    '北京大学'
    """

    kind = "dictionary"

    def __init__(self, trie: Trie) -> None:
        self._trie = trie

    # ---- making one

    @classmethod
    def from_file(cls, path: Path, *, encoding: str = "utf-8", on_error: str = "stop") -> Dictionary:
        """Read a word list, or a dictionary file that :meth:`save` wrote.

        Parameters
        ----------
        path : path
            Lines ``word [frequency] [tag]``, parted by tabs or blanks. Parted by tabs, anything else may stand in the word;
            parted by blanks, a line is read from its end as jieba reads it. ``# ...`` is a comment. Of a word given
            twice the later line counts. A word without frequency gets 1. ``-`` is standard input; .gz and the like are
            unpacked.
        encoding : str
        on_error : {"stop", "skip"}
            Whether a malformed line is an error or skipped, and reported through logging.

        Raises
        ------
        CorpusFormatError
            A malformed line, named with its number and what was expected.
        """
        name = os.fspath(path)
        if name.endswith(".nlptk") or (name != "-" and container.is_model_file(name)):
            return cls.load(path)
        return cls.from_files([path], encoding=encoding, on_error=on_error)

    @classmethod
    def from_files(cls, paths: Sequence[Path], *, encoding: str = "utf-8", on_error: str = "stop") -> Dictionary:
        """The words of several files, the later ones before the earlier; see :meth:`from_file`."""
        return cls(_built(fill_words(Words(), list(paths), encoding, on_error)))

    @classmethod
    def from_words(cls, words: Source) -> Dictionary:
        """Make a dictionary of words, (word, frequency) or (word, frequency, tag) tuples, or a mapping to frequencies."""
        return cls(_built(fill_words(Words(), [words])))

    def with_words(self, *sources: Source, encoding: str = "utf-8", on_error: str = "stop") -> Dictionary:
        """A new dictionary that also has these words.

        A word without frequency gets the smallest one that makes it win over the words it would otherwise be cut into
        (jieba's ``suggest_freq``). Later words replace earlier ones; the sum of frequencies grows by each, as in jieba.

        Parameters
        ----------
        *sources : path, Dictionary, iterable of words or tuples, or mapping
        encoding, on_error : see :meth:`from_file`
        """
        added = fill_words(Words(self._trie, suggest=True), sources, encoding, on_error)
        merged = Words(expected=len(self) + len(added))
        for word, frequency, tag in (*self._trie.items(), *added.items()):
            merged.add(word, frequency, tag or None)
        merged.total = added.total
        characters = self._trie.arrays()[2].tobytes().decode("utf-32-le", "surrogatepass")
        return Dictionary(_built(merged, characters[1:]))

    def merge(self, *others: Dictionary) -> Dictionary:
        """A new dictionary with the words of all; where two have a word, the later one counts."""
        return self.with_words(*others)

    @classmethod
    def load(cls, path: Path, *, verify: bool = True) -> Dictionary:
        """Open a dictionary file by mmap; see :func:`nlptk.container.open` for the errors."""
        return cls.from_container(container.open(path, kind=cls.kind, verify=verify))

    @classmethod
    def from_container(cls, file: container.Container) -> Dictionary:
        """The dictionary in an open file (or in a part of one)."""
        try:
            cells, tags = file.array("cells", "I32", (None, 4)), file.array("tags", "U16", (None,))
            characters, tag_names = file.array("characters", "U32", (None,)), file.strings("tag_names")
            return cls(Trie.view(cells, tags, characters, tag_names, file.learned["total"], index(file.learned["words"])))
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            if isinstance(error, ModelFormatError):
                raise
            raise ModelFormatError(f"damaged dictionary: {error}", path=file.path) from None

    def arrays(self) -> dict[str, memoryview | bytes]:
        """The arrays that :meth:`save` writes and :meth:`from_container` reads."""
        cells, tags, characters = self._trie.arrays()
        blob, offsets = container.pack_strings(self._trie.tag_names)
        return {
            "cells": cells,
            "tags": tags,
            "characters": characters,
            "tag_names.blob": blob,
            "tag_names.offsets": offsets,
        }

    def save(self, path: Path, *, licence: str = "", training_data: str = "") -> None:
        """Write the dictionary to a file that opens in milliseconds; the same words in the same order give the same bytes."""
        learned = {"total": self._trie.total, "words": len(self)}
        container.write(path, self.kind, self.arrays(), learned=learned, licence=licence, training_data=training_data)

    # ---- asking it

    @property
    def trie(self) -> Trie:
        """The double array, for kernels."""
        return self._trie

    @property
    def total(self) -> int:
        """Sum of all frequencies; the probability of a word is its frequency divided by this."""
        return int(self._trie.total)

    def __len__(self) -> int:
        return len(self._trie)

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._trie.frequency(word) > 0

    def __getitem__(self, word: str) -> Entry:
        entry = self.get(word)
        if entry is None:
            raise KeyError(word)
        return entry

    def get(self, word: str) -> Entry | None:
        """Frequency and tag of a word, or None."""
        frequency = self._trie.frequency(word)
        return Entry(frequency, self._trie.tag(word) or "") if frequency > 0 else None

    def frequency(self, word: str) -> int:
        """Frequency of a word; 0 if it is none."""
        return max(self._trie.frequency(word), 0)

    def tag(self, word: str) -> str | None:
        """Tag of a word, '' if it has none; None if it is no word."""
        return self._trie.tag(word)

    def __iter__(self) -> Iterator[str]:
        """The words in code point order."""
        return (word for word, _, _ in sorted(self._trie.items()))

    def items(self) -> list[tuple[str, Entry]]:
        """(word, entry) of all words in code point order."""
        return [(word, Entry(frequency, tag)) for word, frequency, tag in sorted(self._trie.items())]

    def completions(self, prefix: str, limit: int | None = None) -> list[str]:
        """Words that begin with a prefix, the most frequent first."""
        found = sorted(self._trie.items(prefix), key=lambda item: (-item[1], item[0]))
        return [word for word, _, _ in found[:limit]]

    def prefixes(self, text: str, start: int = 0) -> list[str]:
        """Words that begin at ``text[start]``, the shortest first."""
        return [text[start:end] for end, _ in self._trie.prefixes(text, start)]

    def longest(self, text: str, start: int = 0) -> str | None:
        """The longest word that begins at ``text[start]``, or None."""
        found = self._trie.prefixes(text, start)
        return text[start : found[-1][0]] if found else None

    def __repr__(self) -> str:
        return f"<Dictionary of {len(self):,} words>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dictionary):
            return NotImplemented
        return self is other or (
            len(self) == len(other) and self.total == other.total and sorted(self._trie.items()) == sorted(other._trie.items())
        )

    def __hash__(self) -> int:
        return hash((len(self), self.total))

    def __copy__(self) -> Dictionary:
        return self  # immutable

    def __deepcopy__(self, memo: object) -> Dictionary:
        return self

    def __reduce__(self) -> tuple[object, ...]:
        arrays = [bytes(array) for array in self._trie.arrays()]
        return _unpickled, (*arrays, self._trie.tag_names, self._trie.total, len(self))


def _unpickled(cells: bytes, tags: bytes, characters: bytes, tag_names: list[str], total: float, words: int) -> Dictionary:
    views = memoryview(cells).cast("i", (len(cells) // 16, 4)), memoryview(tags).cast("H"), memoryview(characters).cast("I")
    return Dictionary(Trie.view(*views, tag_names, total, words))


class WordFile(os.PathLike):  # type: ignore[type-arg]
    """A word list with its own encoding, where a plain path would be read as UTF-8.

    Parameters
    ----------
    path : path
    encoding : str
    on_error : {"stop", "skip"}
    """

    def __init__(self, path: Path, encoding: str = "utf-8", on_error: str = "stop") -> None:
        self.path, self.encoding, self.on_error = path, encoding, on_error

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __repr__(self) -> str:
        return f"WordFile({self.path!r}, {self.encoding!r}, {self.on_error!r})"


def _built(words: Words, ranked: str = "") -> Trie:
    try:
        return Trie.build(words, ranked)
    except OverflowError as error:
        raise ParameterError(str(error)) from None


def fill_words(words: Words, sources: Sequence[Source], encoding: str = "utf-8", on_error: str = "stop") -> Words:
    """The words with those of the sources added, frozen; on_error goes for files."""
    if on_error not in ("stop", "skip"):
        raise ParameterError(f"on_error={on_error!r}: expected 'stop' or 'skip'")
    for source in sources:
        try:
            if isinstance(source, (str, os.PathLike)):
                own = source if isinstance(source, WordFile) else WordFile(source, encoding, on_error)
                _read_file(words, os.fspath(source), own.encoding, own.on_error)
            else:
                _add_words(words, source)
        except OverflowError as error:
            if isinstance(source, (str, os.PathLike)):
                raise CorpusFormatError(str(error), path=source) from None
            raise ParameterError(str(error)) from None
    words.freeze()
    return words


def _read_file(words: Words, path: Path, encoding: str, on_error: str) -> None:
    from ..corpus.files import display_name, open_input

    name = display_name(path, "<stdin>")
    with open_input(path) as file:
        text = file.read()
    if name.endswith(".nlptk") or container.is_model(text):
        _add_words(words, Dictionary.load(path))
        return
    if encoding.lower().replace("_", "-") not in ("utf-8", "utf8", "utf-8-sig"):
        text = "\n".join(_decoded(text, name, encoding, on_error)).encode("utf-8", "surrogatepass")
    elif text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CorpusFormatError(
            "starts with a byte order mark of UTF-16, expected UTF-8 (name another encoding)", path=name, line=1
        )
    problems = words.read(text, on_error == "skip")
    if problems and on_error == "stop":
        number, problem = problems[0]
        raise CorpusFormatError(f"{problem}, not {_shown(text, number)}", path=name, line=number)
    if problems:
        import logging

        logging.getLogger("nlptk").warning(
            "%s: skipped %d malformed line(s): %s",
            name,
            len(problems),
            ", ".join(f"{number} ({problem})" for number, problem in problems[:5]),
        )


def _decoded(text: bytes, name: str, encoding: str, on_error: str) -> Iterator[str]:
    import io

    from ..corpus.encoding import decode_lines

    return decode_lines(io.BytesIO(text), name, encoding, on_error)


def _shown(text: bytes, number: int) -> str:
    line = text.split(b"\n", number)[number - 1].rstrip(b"\r")
    return repr(line[:60].decode("utf-8", "replace"))


def _add_words(words: Words, source: object) -> None:
    if isinstance(source, Dictionary):
        for known, entry in source.items():
            words.add(known, entry.frequency, entry.tag or None)
        return
    from collections.abc import Iterable, Mapping

    if not isinstance(source, Iterable):
        raise ParameterError(f"{type(source).__name__} is no source of words: expected a path, a Dictionary, or words")
    for number, item in enumerate(source.items() if isinstance(source, Mapping) else source, 1):
        word: Any = item
        frequency: Any = None
        tag: Any = None
        if isinstance(item, (tuple, list)) and 0 < len(item) < 4:
            word, frequency, tag = (*item, None, None)[:3]
        if hasattr(frequency, "__index__"):
            frequency = index(frequency)  # NumPy's integers too
        whole = frequency is None or (isinstance(frequency, int) and 0 <= frequency <= MAX_FREQUENCY)
        if not isinstance(word, str) or not word or not whole or not (tag is None or isinstance(tag, str)):
            raise ParameterError(f"word {number} is {item!r}: expected 'word', ('word', frequency) or ('word', frequency, 'tag')")
        try:
            words.add(word, -1 if frequency is None else frequency, tag)
        except ValueError as error:
            raise ParameterError(f"word {number}: {error}") from None


class UserWords:
    """What a segmenter needs of user dictionaries.

    Attributes
    ----------
    words : Words or None
        The user's words laid over the dictionary; None where they are forced.
    special : Words or None
        Forced: all of them. Otherwise those with characters that part words elsewhere, such as blanks.
    """

    def __init__(self, base: Dictionary, sources: Sequence[Source], *, force: bool, encoding: str = "utf-8") -> None:
        self.words: Words | None = None
        if force:
            self.special: Words | None = fill_words(Words(), sources, encoding)
        else:
            special = Words()
            self.words = fill_words(Words(base.trie, special, wide_only=True, suggest=True), sources, encoding)
            special.freeze()
            self.special = special if len(special) else None
        total = getattr(sources, "total", None)  # of a saved segmenter: words given twice counted twice
        if total is not None and self.words is not None:
            self.words.total = total
