"""Doc: a text and what is known about it, kept as columns; and Component, what fills them.

A document never holds token objects. Token boundaries are one int32 array of end offsets into the original text,
labels are small integers with a label table, and strings are made only when somebody asks for them. Tokens cover the
text without gaps (blanks are tokens too), so joining them always gives the text back.
"""

from __future__ import annotations

from array import array
from operator import index, lt

from .errors import CorpusFormatError, ParameterError, PipelineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, overload

    from typing_extensions import Self
else:

    def overload(function: object) -> object:
        return function


# what Doc itself says about a text; not free as names of label columns or extra results
_BUILT_IN = ("text", "ends", "spans", "words", "heads", "entities", "sentences", "columns", "extra")


class Component:
    """What a :class:`~nlptk.Pipeline` is made of: something that fills columns of documents.

    Inheriting is optional, having these three members is enough.

    Attributes
    ----------
    requires : tuple of str
        Columns that :meth:`annotate` reads, e.g. ``("words",)``.
    provides : tuple of str
        Columns that it fills, e.g. ``("tags",)``.
    """

    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()

    def annotate(self, docs: list[Doc]) -> None:
        """Fill the provided columns of every document, in place.

        Called from several threads at once, with different documents; what it fills must not depend on which documents
        share a batch, and calling it again must replace what it filled before.

        Parameters
        ----------
        docs : list of Doc
            A batch.
        """
        raise NotImplementedError


class Doc:
    """A text and columns of the same length as its list of tokens.

    Parameters
    ----------
    text : str
        The original text, kept as it is.
    ends : buffer or iterable of int, optional
        Where each token ends, in characters: strictly increasing, the last is ``len(text)``. An empty text has no
        tokens. Without it the document has no words yet.

    Attributes
    ----------
    extra : dict
        Results about the document as a whole (keywords, a class, an identifier), JSON-able, under names of your choice.

    Examples
    --------
    >>> doc = Doc("我来到北京", [1, 3, 5])
    >>> doc.words
    ['我', '来到', '北京']
    >>> doc.tags = ["r", "v", "ns"]
    >>> doc.entities = [(2, 3, "LOC")]
    >>> doc.join(2, 3), doc[-1], len(doc)
    ('北京', '北京', 3)
    """

    __slots__ = ("_ends", "_entities", "_heads", "_labels", "_sentences", "_text", "_words", "extra")

    def __init__(self, text: str, ends: Iterable[int] | memoryview | None = None) -> None:
        if not isinstance(text, str):
            raise TypeError(f"text is {type(text).__name__}, expected str")
        self._text = text
        self.extra: dict[str, Any] = {}
        self._drop_tokens()
        if ends is not None:
            self.set_ends(ends)

    def _drop_tokens(self) -> None:
        self._ends: array[int] | None = None
        self._words: list[str] | None = None
        self._labels: dict[str, tuple[array[int], tuple[str, ...]]] = {}
        self._heads: array[int] | None = None
        self._entities: tuple[tuple[int, int, str], ...] | None = None
        self._sentences: tuple[tuple[int, int], ...] | None = None

    @classmethod
    def from_words(cls, words: Iterable[str]) -> Self:
        """Make a document from its tokens; the text is what they give when joined.

        Parameters
        ----------
        words : iterable of str
            Tokens, none empty. Blanks between English words are tokens of their own.
        """
        words = list(words)
        ends, end = [], 0
        for i, word in enumerate(words):
            if not isinstance(word, str):
                raise TypeError(f"word {i} is {type(word).__name__}, expected str")
            if not word:
                raise ParameterError(f"word {i} is empty")
            end += len(word)
            ends.append(end)
        doc = cls("".join(words))
        doc.set_ends(ends, trusted=True)
        return doc

    # ---- tokens

    @property
    def text(self) -> str:
        """The original text."""
        return self._text

    @property
    def ends(self) -> memoryview:
        """End offset of each token in characters: a read-only int32 memoryview.

        ``numpy.asarray`` takes it without a copy. Setting it validates the offsets and drops whatever was known about
        the former tokens.
        """
        return memoryview(self._tokens()).toreadonly()

    @ends.setter
    def ends(self, ends: Iterable[int] | memoryview) -> None:
        self.set_ends(ends)

    def set_ends(self, ends: Iterable[int] | memoryview, *, trusted: bool = False) -> None:
        """Set the token boundaries; everything known about the former tokens is dropped.

        Parameters
        ----------
        ends : buffer or iterable of int
            As for the constructor. Always copied.
        trusted : bool
            Skip the validation: for boundaries that come straight from a kernel.
        """
        new = _int32(ends, "ends")
        if not trusted:
            size, last = len(self._text), new[-1] if new else 0
            if last != size:
                raise ParameterError(f"the last end is {last}, expected {size}, the length of the text")
            if new and (new[0] <= 0 or not all(map(lt, new, new[1:]))):
                raise ParameterError("ends must be positive and increase strictly: no token is empty")
        self._drop_tokens()
        self._ends = new

    def _tokens(self) -> array[int]:
        if self._ends is None:
            raise PipelineError("the document has no words yet: a segmenter or tokenizer has to run first")
        return self._ends

    @property
    def spans(self) -> list[tuple[int, int]]:
        """``(start, end)`` of each token in characters."""
        ends = self._tokens().tolist()
        return list(zip([0, *ends], ends))  # noqa: B905 - the first is longer by one on purpose

    @property
    def words(self) -> list[str]:
        """The tokens as strings; made when first asked for and kept. Not to be changed."""
        if self._words is None:
            text = self._text
            self._words = [text[start:end] for start, end in self.spans]
        return self._words

    def join(self, start: int, end: int) -> str:
        """The text of the tokens ``start`` to ``end`` (exclusive), e.g. of an entity.

        >>> Doc("我来到北京", [1, 3, 5]).join(1, 3)
        '来到北京'
        """
        ends = self._tokens()
        if not 0 <= start <= end <= len(ends):
            raise IndexError(f"tokens {start} to {end} of {len(ends)}")
        return "" if start == end else self._text[ends[start - 1] if start else 0 : ends[end - 1]]

    def __len__(self) -> int:
        return len(self._tokens())

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    @overload
    def __getitem__(self, where: int) -> str: ...
    @overload
    def __getitem__(self, where: slice) -> list[str]: ...  # noqa: F811
    def __getitem__(self, where: int | slice) -> str | list[str]:  # noqa: F811
        return self.words[where]

    # ---- columns

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of everything known so far: words, label columns, heads, entities, sentences, names in ``extra``."""
        known = {"words": self._ends, "heads": self._heads, "entities": self._entities, "sentences": self._sentences}
        return (*(name for name, value in known.items() if value is not None), *self._labels, *self.extra)

    def _missing(self, name: str) -> PipelineError:
        return PipelineError(f'the document has no column "{name}", only: {", ".join(self.columns) or "none"}')

    def set_column(self, name: str, labels: Sequence[str] | tuple[Any, Sequence[str]]) -> None:
        """Set one label for each token.

        Parameters
        ----------
        name : str
            Name of the column.
        labels : sequence of str, or pair of (codes, table)
            The labels; or small integers (any buffer or sequence) and the list of labels they are indices of. The
            same tuple given as the table of many documents is shared.
        """
        if not isinstance(name, str) or not name or name in _BUILT_IN or name in self.extra:
            raise ParameterError(f"{name!r} cannot be the name of a label column: it has another meaning")
        count = len(self._tokens())
        if isinstance(labels, tuple) and len(labels) == 2 and not isinstance(labels[0], str):
            codes, table = _int32(labels[0], name), tuple(labels[1])
            if codes and not (min(codes) >= 0 and max(codes) < len(table)):
                raise ParameterError(f"{name}: codes must be from 0 to {len(table) - 1}, the last of the label table")
        else:
            seen: dict[str, int] = {}
            codes = array("i", [seen.setdefault(label, len(seen)) for label in labels])
            table = tuple(seen)
        if not all(isinstance(label, str) for label in table):
            raise TypeError(f"{name}: every label must be a str")
        if len(codes) != count:
            raise ParameterError(f"{name}: {len(codes)} labels for {count} tokens")
        small = "B" if len(table) <= 256 else "H" if len(table) <= 65536 else "i"
        self._labels[name] = array(small, codes), table

    def column(self, name: str) -> list[str]:
        """The labels of a column, one for each token."""
        codes, table = self.codes(name)
        return [table[code] for code in codes]

    def codes(self, name: str) -> tuple[memoryview, tuple[str, ...]]:
        """A label column as it is stored: read-only integers (1, 2 or 4 bytes wide) and the label table."""
        if name not in self._labels:
            raise self._missing(name)
        codes, table = self._labels[name]
        return memoryview(codes).toreadonly(), table

    @property
    def tags(self) -> list[str]:
        """Part of speech of each token."""
        return self.column("tags")

    @tags.setter
    def tags(self, labels: Sequence[str] | tuple[Any, Sequence[str]]) -> None:
        self.set_column("tags", labels)

    @property
    def relations(self) -> list[str]:
        """Dependency relation of each token to its head."""
        return self.column("relations")

    @relations.setter
    def relations(self, labels: Sequence[str] | tuple[Any, Sequence[str]]) -> None:
        self.set_column("relations", labels)

    @property
    def heads(self) -> memoryview:
        """Index of each token's head, -1 for a root: a read-only int32 memoryview."""
        if self._heads is None:
            raise self._missing("heads")
        return memoryview(self._heads).toreadonly()

    @heads.setter
    def heads(self, heads: Iterable[int] | memoryview) -> None:
        new, count = _int32(heads, "heads"), len(self._tokens())
        if len(new) != count:
            raise ParameterError(f"heads: {len(new)} values for {count} tokens")
        if new and not (min(new) >= -1 and max(new) < count):
            raise ParameterError(f"heads must be from -1 (a root) to {count - 1}")
        self._heads = new

    @property
    def entities(self) -> list[tuple[int, int, str]]:
        """Named entities: ``(start, end, label)`` in token indices, end exclusive; :meth:`join` gives their text."""
        if self._entities is None:
            raise self._missing("entities")
        return list(self._entities)

    @entities.setter
    def entities(self, entities: Iterable[tuple[int, int, str]]) -> None:
        new = tuple((index(start), index(end), label) for start, end, label in entities)
        count = len(self._tokens())
        for start, end, label in new:
            if not 0 <= start < end <= count:
                raise ParameterError(f"entity from token {start} to {end} in a document of {count} tokens")
            if not isinstance(label, str):
                raise TypeError(f"entity label is {type(label).__name__}, expected str")
        self._entities = new

    @property
    def sentences(self) -> list[tuple[int, int]]:
        """Sentences: ``(start, end)`` in token indices, the end exclusive, in order and without overlap."""
        if self._sentences is None:
            raise self._missing("sentences")
        return list(self._sentences)

    @sentences.setter
    def sentences(self, sentences: Iterable[tuple[int, int]]) -> None:
        new = tuple((index(start), index(end)) for start, end in sentences)
        last, count = 0, len(self._tokens())
        for start, end in new:
            if not last <= start < end <= count:
                raise ParameterError(f"sentence from token {start} to {end}: not in order, empty or past {count}")
            last = end
        self._sentences = new

    # ---- in and out

    def to_dict(self) -> dict[str, Any]:
        """All that is known, as JSON-able values: ``text``, ``words``, ``tags`` ..., other labels in ``columns``."""
        out: dict[str, Any] = {"text": self._text}
        if self._ends is not None:
            out["words"] = list(self.words)
        for name in ("tags", "relations"):
            if name in self._labels:
                out[name] = self.column(name)
        if self._heads is not None:
            out["heads"] = self._heads.tolist()
        if self._entities is not None:
            out["entities"] = [list(entity) for entity in self._entities]
        if self._sentences is not None:
            out["sentences"] = [list(sentence) for sentence in self._sentences]
        others = {name: self.column(name) for name in self._labels if name not in ("tags", "relations")}
        if others:
            out["columns"] = others
        if self.extra:
            out["extra"] = dict(self.extra)
        return out

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The document that :meth:`to_dict` described; either of ``text`` and ``words`` is enough.

        Raises
        ------
        CorpusFormatError
            If anything in it is unknown, of the wrong type or does not fit the rest.
        """
        try:
            return cls._from_dict(values)
        except CorpusFormatError:
            raise
        except (ParameterError, PipelineError, TypeError, ValueError, AttributeError) as error:
            raise CorpusFormatError(f"not a document: {error}") from error

    @classmethod
    def _from_dict(cls, values: dict[str, Any]) -> Self:
        known = ("text", "words", "tags", "relations", "heads", "entities", "sentences", "columns", "extra")
        unknown = [name for name in values if name not in known]
        if unknown or not ("text" in values or "words" in values):
            what = f"has {unknown[0]!r}" if unknown else "has neither text nor words"
            raise CorpusFormatError(f"not a document: {what}, expected some of {', '.join(known)}")
        doc = cls.from_words(values["words"]) if "words" in values else cls(values["text"])
        if values.get("text", doc.text) != doc.text:
            raise CorpusFormatError("not a document: the words, joined, differ from the text")
        for name in ("tags", "relations", "heads", "entities", "sentences"):
            if name in values:
                setattr(doc, name, values[name])
        for name, labels in values.get("columns", {}).items():
            doc.set_column(name, list(labels))
        doc.extra.update(values.get("extra", {}))
        return doc

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Doc):
            return NotImplemented
        return (
            self._text == other._text
            and self._ends == other._ends
            and self._heads == other._heads
            and self._entities == other._entities
            and self._sentences == other._sentences
            and self._labels.keys() == other._labels.keys()
            and all(self.column(name) == other.column(name) for name in self._labels)
            and self.extra == other.extra
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        text = self._text if len(self._text) <= 40 else self._text[:39] + "…"
        tokens = "" if self._ends is None else f", {len(self)} tokens"
        return f"<Doc {text!r}{tokens}; columns: {', '.join(self.columns) or 'none'}>"


def _int32(values: Any, what: str) -> array[int]:
    """A fresh int32 array of any buffer or iterable of integers."""
    try:
        try:
            view = memoryview(values)
        except TypeError:
            return array("i", values if isinstance(values, (list, tuple)) else list(values))
        if view.ndim != 1:
            raise TypeError(f"{view.ndim} dimensions")
        if view.itemsize == 4 and view.format in ("i", "l"):
            new = array("i")
            new.frombytes(view.cast("B") if view.c_contiguous else view.tobytes())
            return new
        return array("i", view.tolist())
    except (TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise ParameterError(f"{what} must be one row of 32-bit integers: {error}") from error
