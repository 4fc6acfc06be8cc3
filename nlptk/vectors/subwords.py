"""SubwordVectors: words and character n-grams, as fastText has them, so that any word has a vector."""

from __future__ import annotations

import os

import numpy as np

from ..errors import ModelFormatError, ParameterError, UnknownWordError
from ..ext import subwords as kernel
from .fasttext_format import END_OF_SENTENCE, MODELS, FastTextArguments, FastTextFile, read_fasttext, write_fasttext
from .word_vectors import WordVectors, unit
from .words import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import ArrayLike, NDArray
    from typing_extensions import Self

    from .. import container

    Matrix = NDArray[np.float32]

_LONGEST = 1 << 20  # characters of an n-gram


def buckets_of(word: str, min_n: int, max_n: int, bucket: int) -> NDArray[np.uint32]:
    """Buckets of the n-grams of a word, in fastText's order; ``</s>`` has none.

    Examples
    --------
    >>> buckets_of("北京", 3, 6, 2_000_000).tolist()
    [1187847, 1502395, 782253]
    """
    if word == END_OF_SENTENCE or not max_n or not bucket:
        return np.empty(0, np.uint32)
    text = word.encode("utf-8", "surrogatepass")
    found = np.empty(kernel.count(text, max(min_n, 1), max_n), np.uint32)
    kernel.buckets(text, max(min_n, 1), max_n, bucket, found)
    return found


def buckets_of_all(words: Words, min_n: int, max_n: int, bucket: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """``(starts, buckets)``: those of word i are ``buckets[starts[i]:starts[i + 1]]``."""
    starts = np.zeros(len(words) + 1, np.int64)
    if not max_n or not bucket:
        return starts, np.empty(0, np.uint32)
    blob, offsets = words.packed
    arguments = (words.find(END_OF_SENTENCE), max(min_n, 1), max_n, bucket)
    kernel.buckets_of_all(blob, offsets, *arguments, starts)
    found = np.empty(int(starts[-1]), np.uint32)
    kernel.buckets_of_all(blob, offsets, *arguments, starts, found)
    return starts, found


class SubwordVectors(WordVectors):
    r"""Vectors of words and of the buckets of character n-grams (Bojanowski et al. 2017), compatible with fastText's files.

    The vector of a word is the mean of its own row and the rows of its n-grams; that of any other word is the mean of its
    n-grams' rows alone.

    Parameters
    ----------
    words : sequence of str
    rows : float32 array of shape (words + buckets, dimensions)
        The words' own rows, then those of the buckets.
    min_n, max_n : int
        Characters of n-grams; ``<`` and ``>`` around the word count.
    bucket : int
        How many buckets there are; an n-gram goes where its hash says.
    counts : array of int64, optional

    Attributes
    ----------
    matrix : float32 array of shape (words, dimensions)
        The means, which all queries are about.
    rows : float32 array
        As given.
    """

    kind = "subword-vectors"

    def __init__(
        self,
        words: Sequence[str] | Words,
        rows: ArrayLike,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 2_000_000,
        counts: ArrayLike | None = None,
        *,
        matrix: Matrix | None = None,
    ) -> None:
        table = words if isinstance(words, Words) else Words(words)
        self.rows = np.ascontiguousarray(rows, np.float32)
        self.min_n, self.max_n, self.bucket = min_n, max_n, bucket
        sizes = min(min_n, max_n, bucket) >= 0 and max(min_n, max_n) <= _LONGEST and bucket < 1 << 31
        if not sizes or self.rows.ndim != 2 or len(self.rows) != len(table) + (bucket if max_n else 0):
            raise ParameterError(
                f"min_n={min_n}, max_n={max_n}, bucket={bucket}, {len(table)} words and rows of shape {self.rows.shape}: "
                "expected a row a word and a row a bucket"
            )
        if matrix is None:
            starts, found = buckets_of_all(table, min_n, max_n, bucket)
            matrix = np.empty((len(table), self.rows.shape[1]), np.float32)
            kernel.means(self.rows, starts, found, matrix)
        super().__init__(table, matrix, counts)

    def knows(self, word: str) -> bool:
        """Whether there is a vector for a word: it is one of :attr:`words`, or has n-grams."""
        return word in self or len(buckets_of(word, self.min_n, self.max_n, self.bucket)) > 0

    def get_vector(self, word: str | int, norm: bool = False) -> NDArray[np.float32]:
        """The vector of a word; ``norm=True``: divided by its length. UnknownWordError if it is unknown and has no n-grams."""
        if not isinstance(word, str) or self._words.find(word) >= 0:
            return super().get_vector(word, norm)
        found = buckets_of(word, self.min_n, self.max_n, self.bucket)
        if not len(found):
            raise UnknownWordError(self._unknown(word))
        vector = self.rows[len(self) + found.astype(np.int64)].mean(axis=0)
        return unit(vector) if norm else vector

    def _known_rows(self, tokens: list[str]) -> tuple[Matrix, list[str]]:
        known = [token for token in tokens if self.knows(token)]
        return self.vectors_of(known), known

    # ---- files

    def _arrays(self) -> dict[str, Any]:
        return {**super()._arrays(), "rows": self.rows}

    def _parameters(self) -> dict[str, Any]:
        return {"min_n": self.min_n, "max_n": self.max_n, "bucket": self.bucket}

    @classmethod
    def _restore(cls, stored: container.Container) -> Self:
        words = Words.of(stored)
        stored.array("matrix", "F32", (len(words), None))
        matrix = stored.numpy("matrix")
        stored.array("rows", "F32", (None, matrix.shape[1]))
        counts = None
        if "counts" in stored.names():
            stored.array("counts", "I64", (len(words),))
            counts = stored.numpy("counts")
        sizes = [stored.parameters[name] for name in ("min_n", "max_n", "bucket")]
        if any(type(size) is not int for size in sizes):
            raise ModelFormatError(f"sizes of n-grams are {sizes}, expected integers")
        min_n, max_n, bucket = sizes
        return cls(words, stored.numpy("rows"), min_n, max_n, bucket, counts, matrix=matrix)

    @classmethod
    def load_fasttext(cls, path: str | os.PathLike[str], *, errors: str = "strict") -> Self:
        """Read a fastText ``.bin`` file; vectors of words, known or not, are those of fastText itself.

        Parameters
        ----------
        path : path
        errors : {"strict", "replace", "ignore"}
            What to do with words that are not UTF-8.

        Raises
        ------
        InputError
            The file cannot be read.
        ModelFormatError
            It is no such file, or damaged.
        """
        return cls.of_fasttext(read_fasttext(path, errors=errors, output=False), path)

    @classmethod
    def of_fasttext(cls, model: FastTextFile, path: str | os.PathLike[str] | None = None) -> Self:
        """What was read from a fastText file."""
        arguments = model.arguments
        buckets = arguments.bucket if arguments.maxn > 0 else 0
        try:
            return cls(model.words, model.input, max(arguments.minn, 0), max(arguments.maxn, 0), buckets, model.counts)
        except ParameterError as error:
            raise ModelFormatError(str(error), path=path) from None

    def save_fasttext(self, path: str | os.PathLike[str], *, output: Matrix | None = None) -> None:
        """Write a ``.bin`` file that fastText and gensim read.

        Parameters
        ----------
        path : path
        output : float32 array of shape (words, dimensions), optional
            Rows of the output, with which training could go on; zeros by default.
        """
        counts = np.ones(len(self), np.int64) if self.counts is None else np.asarray(self.counts)
        arguments = FastTextArguments(
            dim=self.vector_size, minn=self.min_n, maxn=self.max_n, bucket=self.bucket, model=MODELS["skipgram"]
        )
        outputs = np.zeros(self.matrix.shape, np.float32) if output is None else output
        write_fasttext(path, FastTextFile(arguments, self.words, counts, int(counts.sum()), self.rows, outputs))
