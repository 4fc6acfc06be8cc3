"""WordVectors: finished vectors of words, and what is asked of them."""

from __future__ import annotations

import os

import numpy as np

from .. import container
from ..errors import ModelFormatError, ParameterError, UnknownWordError
from ..estimator import origin_of
from ..ext import nearest as kernel
from .words import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Self

    from .index import Index

    Path: TypeAlias = str | os.PathLike[str]
    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float32]
    Key: TypeAlias = str | int | Vector  # a word, its number, or any vector
    Weighted: TypeAlias = Key | tuple[Key, float]

_QUERIES, _COLUMNS = 256, 8192  # similarities that are there at a time: 8 MB


class WordVectors:
    r"""Words and their vectors, one a row; names and results are those of gensim's ``KeyedVectors``.

    Similarity is the cosine, :math:`u \cdot v / (|u| |v|)`; that of a vector of zeros is 0. Where a word is asked for, its number
    will do too, and so will any vector.

    Parameters
    ----------
    words : sequence of str
        All different, the most frequent first if they are to be restricted to the most frequent ones.
    matrix : array of shape (words, dimensions)
        Kept as it is if it is of float32: arithmetic on :attr:`matrix` is arithmetic on the vectors. Call
        :meth:`fill_norms` after it.
    counts : array of int64, optional
        How often the words occur.

    Attributes
    ----------
    matrix : float32 array of shape (words, dimensions)
    counts : int64 array or None

    Examples
    --------
    >>> wv = WordVectors(["king", "queen", "man", "woman"], [[2, 1, 0], [2, -1, 0], [0, 1, 0.1], [0, -1, 0.1]])
    >>> [word for word, _ in wv.most_similar(positive=["king", "woman"], negative=["man"], topn=1)]
    ['queen']
    >>> round(wv.similarity("king", "man"), 3)
    0.445
    >>> wv["king"] + wv["man"]
    array([2. , 2. , 0.1], dtype=float32)
    """

    kind = "word-vectors"
    matrix: Matrix
    counts: NDArray[np.int64] | None

    def __init__(self, words: Sequence[str] | Words, matrix: ArrayLike, counts: ArrayLike | None = None) -> None:
        self._words = words if isinstance(words, Words) else Words(words)
        self.matrix = np.asarray(matrix, np.float32)
        self.counts = None if counts is None else np.asarray(counts, np.int64)
        self._norms: Vector | None = None
        self._index: Index | None = None
        self._origin: dict[str, Any] = {}
        if self.matrix.ndim != 2 or len(self.matrix) != len(self._words) or not self.matrix.shape[1]:
            raise ParameterError(f"{len(self._words)} words and a matrix of shape {self.matrix.shape}, expected a row a word")
        if self.counts is not None and self.counts.shape != (len(self._words),):
            raise ParameterError(f"{len(self._words)} words and counts of shape {self.counts.shape}, expected one a word")

    # ---- words and vectors

    @property
    def words(self) -> list[str]:
        """The words by number."""
        return self._words.list()

    def word(self, number: int) -> str:
        """The word of a number, without making the list of all words."""
        return self._words[number]

    @property
    def vector_size(self) -> int:
        """Dimensions."""
        return int(self.matrix.shape[1])

    @property
    def norms(self) -> Vector:
        """Length of each vector."""
        if self._norms is None:
            self.fill_norms()
        return self._norms  # type: ignore[return-value]

    def fill_norms(self) -> None:
        """Compute the lengths of the vectors anew, after arithmetic on the matrix."""
        norms = np.empty(len(self.matrix), np.float32)
        for start in range(0, len(norms), _COLUMNS):
            part = self.matrix[start : start + _COLUMNS]
            norms[start : start + _COLUMNS] = np.sqrt(np.einsum("ij,ij->i", part, part))
        self._norms, self._index = norms, None

    def __len__(self) -> int:
        return len(self._words)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} words, {self.vector_size} dimensions>"

    def __contains__(self, word: object) -> bool:
        """Whether a word is one of :attr:`words`."""
        return isinstance(word, str) and self._words.find(word) >= 0

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.matrix, dtype=dtype, copy=copy)

    def index(self, word: str | int) -> int:
        """The number of a word.

        Raises
        ------
        UnknownWordError
            It has none; this is a KeyError too.
        """
        if isinstance(word, str):
            number = self._words.find(word)
            if number < 0:
                raise UnknownWordError(self._unknown(word))
            return number
        if isinstance(word, (bool, np.bool_)) or not isinstance(word, (int, np.integer)):
            raise ParameterError(f"{word!r:.50} in place of a word or its number")
        number = int(word)
        if not 0 <= number < len(self):
            raise UnknownWordError(f"number {number}, expected 0 to {len(self) - 1}")
        return number

    def _unknown(self, word: str) -> str:
        from unicodedata import normalize

        others = (word.strip(), word.lower(), normalize("NFKC", word), word.capitalize(), word.upper(), word.replace(" ", "_"))
        near = list(dict.fromkeys(other for other in others if other in self))
        return f"word {word!r} has no vector" + (f"; there is {', '.join(near)}" if near else "")

    def __getitem__(self, key: Any) -> Any:
        """The vector of a word, the matrix of a list of words, or the vectors of a slice of the words, without a copy."""
        if isinstance(key, slice):
            counts = None if self.counts is None else self.counts[key]
            return WordVectors([self._words[i] for i in range(*key.indices(len(self)))], self.matrix[key], counts)
        if isinstance(key, (str, int, np.integer)):
            return self.get_vector(key)  # type: ignore[arg-type]
        return self.vectors_of(key)

    def get_vector(self, word: str | int, norm: bool = False) -> Vector:
        """The vector of a word; ``norm=True``: divided by its length."""
        number = self.index(word)
        vector: Vector = self.matrix[number]
        return unit(vector) if norm else vector

    def vectors_of(self, words: Iterable[str | int]) -> Matrix:
        """The vectors of some words, one a row."""
        found = [self.get_vector(word) for word in words]
        return np.stack(found) if found else np.empty((0, self.vector_size), np.float32)

    # ---- similarity

    def similarity(self, a: Key, b: Key) -> float:
        """Cosine of the vectors of two words."""
        u, v = (self._vector(word).astype(np.float64) for word in (a, b))
        length = float(np.sqrt((u @ u) * (v @ v)))
        return float(u @ v) / length if length else 0.0

    def distance(self, a: Key, b: Key) -> float:
        """``1 - similarity(a, b)``."""
        return 1.0 - self.similarity(a, b)

    def distances(self, word: Key, others: Iterable[str | int] = ()) -> Vector:
        """Distances from a word or vector to other words; none given: to all."""
        query = unit(self._vector(word))
        numbers = [*others]
        if not numbers:
            return 1 - self._cosines(query)
        rows = self.vectors_of(numbers)
        cosines: Vector = rows @ query / _divisors(np.linalg.norm(rows, axis=1))
        return 1 - cosines

    def n_similarity(self, words: Sequence[str | int], others: Sequence[str | int]) -> float:
        """Cosine of the means of two sets of words.

        Raises
        ------
        ParameterError
            One of them is empty.
        """
        if not len(words) or not len(others):
            raise ParameterError("expected at least one word on both sides")
        a, b = (unit(self.mean_vector(_several(side), pre_normalize=False)) for side in (words, others))
        return float(a @ b)

    def mean_vector(self, keys: Sequence[Weighted], *, pre_normalize: bool = True, post_normalize: bool = False) -> Vector:
        r"""Weighted mean :math:`\sum w_i v_i / \sum |w_i|` of words or vectors.

        Parameters
        ----------
        keys : sequence of words or vectors, or pairs of one and its weight
        pre_normalize : bool
            Divide the vectors of words by their lengths first; vectors that are given stay as they are.
        post_normalize : bool
            Divide the mean by its length.
        """
        mean, total = np.zeros(self.vector_size, np.float32), 0.0
        for key, weight in map(_weighted, keys):
            vector = self._vector(key)
            if pre_normalize and not isinstance(key, np.ndarray):
                vector = unit(vector)
            mean += np.float32(weight) * vector
            total += abs(weight)
        if total:
            mean /= np.float32(total)
        return unit(mean) if post_normalize else mean

    def _vector(self, key: Key) -> Vector:
        if not isinstance(key, np.ndarray):
            return self.get_vector(key)
        if key.shape != (self.vector_size,):
            raise ParameterError(f"a vector of shape {key.shape}, expected {(self.vector_size,)}")
        return key.astype(np.float32, copy=False)

    def _cosines(self, unit: Vector, restrict: int | None = None) -> Vector:
        """Similarities of a vector of length 1 with the first words."""
        cosines = self.matrix[:restrict] @ unit
        cosines /= _divisors(self.norms[:restrict])
        return cosines

    def most_similar(
        self,
        positive: Weighted | Sequence[Weighted] = (),
        negative: Weighted | Sequence[Weighted] = (),
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | Vector:
        """The words closest to the mean of some words and of others turned round (3CosAdd, Mikolov et al. 2013).

        Parameters
        ----------
        positive, negative : word, vector, pair of one and its weight, or a sequence of them
            Weights are 1 for `positive` and -1 for `negative` unless given. Words that are given are not among the results.
        topn : int or None
            How many; None: the similarities of all words, as an array.
        restrict_vocab : int, optional
            Look only at so many words, the first ones.

        Returns
        -------
        list of (word, similarity)
            The closest first.

        Raises
        ------
        UnknownWordError
            A word has no vector.
        """
        queries = [*_listed(positive), *((key, -1.0) if not isinstance(key, tuple) else key for key in _listed(negative))]
        if topn is not None and topn < 1:
            return []
        if not queries:
            raise ParameterError("expected at least one word or vector")
        cosines = self._cosines(self.mean_vector(queries, post_normalize=True), _restriction(restrict_vocab))
        return cosines if topn is None else self._best(cosines, topn, [key for key, _ in map(_weighted, queries)])

    def _best(self, scores: Vector, topn: int, given: Sequence[Key]) -> list[tuple[str, float]]:
        """The words with the highest scores but those given."""
        numbers = {
            self._words.find(key) if isinstance(key, str) else int(key) for key in given if not isinstance(key, np.ndarray)
        }
        found, best = _highest(scores[None], min(len(scores), topn + len(numbers)))
        pairs = zip(found[0].tolist(), best[0].tolist(), strict=True)
        return [(self._words[i], score) for i, score in pairs if i not in numbers and i >= 0][:topn]

    def most_similar_cosmul(
        self,
        positive: Key | Sequence[Key] = (),
        negative: Key | Sequence[Key] = (),
        topn: int | None = 10,
        restrict_vocab: int | None = None,
    ) -> list[tuple[str, float]] | Vector:
        r"""The words with the highest :math:`\prod_p s(w, p) / (\prod_n s(w, n) + 10^{-6})`, where :math:`s = (1 + \cos) / 2`.

        3CosMul of Levy and Goldberg (2014); it lets no single similarity decide. Parameters as in :meth:`most_similar`, without
        weights.
        """
        queries = [_listed(positive), _listed(negative)]
        if topn is not None and topn < 1:
            return []
        if not queries[0] and not queries[1]:
            raise ParameterError("expected at least one word or vector")
        products = []
        for side in queries:
            product: Any = np.float32(1)
            for key in side:
                product = product * ((1 + self._cosines(unit(self._vector(key)), _restriction(restrict_vocab))) / 2)
            products.append(product)
        scores = np.asarray(products[0] / (products[1] + 0.000001), np.float32)
        return scores if topn is None else self._best(scores, topn, [*queries[0], *queries[1]])

    def analogy(
        self, a: Key, b: Key, c: Key, topn: int = 10, method: str = "3cosadd", restrict_vocab: int | None = None
    ) -> list[tuple[str, float]]:
        """What is to `c` as `b` is to `a`.

        Parameters
        ----------
        a, b, c : word or vector
        topn : int
        method : {"3cosadd", "3cosmul"}
        restrict_vocab : int, optional
            Look only at so many words, the first ones.

        Examples
        --------
        >>> wv.analogy("man", "king", "woman", topn=1)  # doctest: +SKIP
        [('queen', 0.71)]
        """
        if method not in ("3cosadd", "3cosmul"):
            raise ParameterError(f"method={method!r}: expected 3cosadd or 3cosmul")
        ask = self.most_similar if method == "3cosadd" else self.most_similar_cosmul
        return ask([b, c], [a], topn, restrict_vocab)  # type: ignore[return-value]

    def doesnt_match(self, words: Sequence[str | int]) -> str:
        """The word that is farthest from the mean of them all; words without a vector are left out.

        Raises
        ------
        UnknownWordError
            No word has a vector.
        """
        known = [word for word in _several(words) if not isinstance(word, str) or self.knows(word)]
        if not known:
            raise UnknownWordError(f"none of {', '.join(map(repr, words))} has a vector")
        units = np.stack([unit(self.get_vector(word)) for word in known])
        mean = unit(units.mean(axis=0).astype(np.float32))
        farthest = known[int(np.argmin(units @ mean))]
        return farthest if isinstance(farthest, str) else self._words[int(farthest)]

    def knows(self, word: str) -> bool:
        """Whether there is a vector for a word."""
        return word in self

    # ---- many at once

    def nearest(
        self,
        queries: Sequence[str | int] | Matrix,
        k: int = 10,
        *,
        restrict_vocab: int | None = None,
        approximate: bool = False,
    ) -> tuple[NDArray[np.int64], Matrix]:
        """The closest words of many at once, which is much faster than one by one and needs little memory.

        Parameters
        ----------
        queries : sequence of words, or array of shape (n, dimensions)
            A word is not among its own neighbours.
        k : int
            How many each, at most all words.
        restrict_vocab : int, optional
            Look only at so many words, the first ones.
        approximate : bool
            Ask the index of :meth:`build_index`, which may miss some.

        Returns
        -------
        numbers : int64 array of shape (n, k)
            Of the words, the closest first; ``wv.word(number)`` is the word. -1 where there is no other word left.
        similarities : float32 array of shape (n, k)
            ``-inf`` there.
        """
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ParameterError(f"k={k!r}: expected 1 or more")
        queries = queries if isinstance(queries, np.ndarray) else _several(queries)
        own: NDArray[np.int64] | None = None
        if isinstance(queries, np.ndarray) and queries.ndim == 2:
            vectors = queries.astype(np.float32, copy=False)
            if vectors.shape[1] != self.vector_size:
                raise ParameterError(f"vectors of {vectors.shape[1]} dimensions, expected {self.vector_size}")
        else:
            vectors = self.vectors_of(queries)
            own = np.array([self._words.find(each) if isinstance(each, str) else int(each) for each in queries], np.int64)
        units = vectors / _divisors(np.linalg.norm(vectors, axis=1))[:, None]
        size = len(self.matrix[: _restriction(restrict_vocab)])
        wanted = min(size, int(k)) + (own is not None)
        if approximate:
            if self._index is None or restrict_vocab is not None:
                raise ParameterError("approximate=True needs build_index() first, and no restrict_vocab")
            numbers, cosines = self._index.search(units, wanted)
        else:
            numbers, cosines = self._scan(units, size, wanted)
        return (numbers, cosines) if own is None else _without(numbers, cosines, own)

    def _scan(self, units: Matrix, size: int, k: int) -> tuple[NDArray[np.int64], Matrix]:
        """The k closest of the first words to each vector of length 1."""
        best = np.full((len(units), k), -np.inf, np.float32)
        numbers = np.full((len(units), k), -1, np.int64)
        for start in range(0, size, _COLUMNS):
            stop = min(size, start + _COLUMNS)
            columns = (self.matrix[start:stop] / _divisors(self.norms[start:stop])[:, None]).T
            for at in range(0, len(units), _QUERIES):
                rows = slice(at, at + _QUERIES)
                kernel.update(units[rows] @ columns, start, best[rows], numbers[rows])
        return numbers, best

    def build_index(self, *, connectivity: int = 16, expansion_add: int = 128, expansion_search: int = 64) -> Self:
        """Build an index for ``nearest(..., approximate=True)`` (HNSW: Malkov and Yashunin 2016); needs the extra ``[ann]``.

        Parameters
        ----------
        connectivity : int
            Neighbours of each node of the graph; more are better and slower.
        expansion_add, expansion_search : int
            Candidates that are kept while a word is added, and while one is asked for.
        """
        from .index import Index

        self._index = Index(self.matrix, self.norms, connectivity, expansion_add, expansion_search)
        return self

    def document_vector(self, tokens: Iterable[str], weights: Mapping[str, float] | None = None) -> Vector:
        """The mean of the vectors of the words that have one; zeros if none has.

        Parameters
        ----------
        tokens : iterable of str
        weights : mapping of word to weight, optional
            Such as IDF; the weight of words that it lacks is 0.
        """
        mean: Vector = self.document_vectors([tokens], weights)[0]
        return mean

    def document_vectors(self, documents: Iterable[Iterable[str]], weights: Mapping[str, float] | None = None) -> Matrix:
        """The same for many documents: an array of shape (documents, dimensions)."""
        means = []
        for tokens in documents:
            rows, found = self._known_rows(_several(tokens))
            if weights is not None:
                shares = np.array([weights.get(token, 0.0) for token in found], np.float32)
                total = np.abs(shares).sum() or np.float32(1)
                means.append(shares @ rows / total if len(rows) else np.zeros(self.vector_size, np.float32))
            else:
                means.append(rows.mean(axis=0) if len(rows) else np.zeros(self.vector_size, np.float32))
        return np.array(means, np.float32).reshape(-1, self.vector_size)

    def _known_rows(self, tokens: list[str]) -> tuple[Matrix, list[str]]:
        """The vectors of those tokens that have one, and these tokens."""
        numbers = self._words.find_all(tokens)
        known = numbers >= 0
        return self.matrix[numbers[known]], [token for token, there in zip(tokens, known.tolist(), strict=True) if there]

    # ---- files

    def _arrays(self) -> dict[str, Any]:
        arrays = {**self._words.arrays(), "matrix": np.ascontiguousarray(self.matrix)}
        return arrays if self.counts is None else {**arrays, "counts": self.counts}

    def _parameters(self) -> dict[str, Any]:
        return {}

    def save(
        self,
        path: Path,
        *,
        licence: str | None = None,
        training_data: str | None = None,
        scores: Mapping[str, Any] | None = None,
    ) -> None:
        """Write a model file, which opens in milliseconds however large it is; the same vectors give the same bytes.

        Parameters
        ----------
        path : path
        licence, training_data : str, optional
            Default: what the file said that the vectors were loaded from.
        scores : mapping, optional
            How good they are, for the record.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        said = {"licence": licence, "training_data": training_data, "scores": scores}
        origin = {**self._origin, **{name: value for name, value in said.items() if value is not None}}
        container.write(path, self.kind, self._arrays(), parameters=self._parameters(), **origin)

    @classmethod
    def load(cls, path: Path, *, verify: bool = False) -> Self:
        """Open what :meth:`save` wrote, by mapping it into memory: the vectors are read-only, and shared between processes.

        Parameters
        ----------
        path : path
        verify : bool
            Read all of the file and compare checksums. Without it, nothing is read but what is asked for; damage elsewhere in the
            file gives wrong numbers or an error then.

        Raises
        ------
        InputError
            The file cannot be read.
        ModelFormatError
            It is damaged or holds something else.
        """
        stored = container.open(path, kind=cls.kind, verify=verify)
        try:
            vectors = cls._restore(stored)
        except (ParameterError, TypeError, ValueError, KeyError) as error:
            raise error if isinstance(error, ModelFormatError) else ModelFormatError(str(error), path=path) from error
        vectors._origin = origin_of(stored.manifest)
        return vectors

    @classmethod
    def _restore(cls, stored: container.Container) -> Self:
        """The inverse of ``_arrays`` and ``_parameters``."""
        words = Words.of(stored)
        stored.array("matrix", "F32", (len(words), None))
        counts = None
        if "counts" in stored.names():
            stored.array("counts", "I64", (len(words),))
            counts = stored.numpy("counts")
        return cls(words, stored.numpy("matrix"), counts)

    @classmethod
    def load_word2vec_format(
        cls,
        path: Path,
        binary: bool | None = None,
        *,
        limit: int | None = None,
        errors: str = "strict",
        on_error: str = "stop",
    ) -> WordVectors:
        """Read vectors in word2vec's text or binary format, which is also fastText's ``.vec``, or in GloVe's text format.

        Parameters
        ----------
        path : path
            May be compressed; ``-`` is standard input. Text with or without a header of two numbers; binary with or without line
            feeds behind the vectors.
        binary : bool, optional
            Default: what the file looks like.
        limit : int, optional
            Read only so many vectors, the first ones.
        errors : {"strict", "replace", "ignore"}
            What to do with words that are not UTF-8.
        on_error : {"stop", "skip"}
            What to do with rows that are wrong: another number of values, values that are not finite, words that were there
            before. ``skip`` leaves them out and logs how many.

        Raises
        ------
        InputError
            The file cannot be read.
        ModelFormatError
            It is in no such format, damaged or truncated; the message names the line or the byte.
        """
        from .formats import read_word2vec

        return WordVectors(*read_word2vec(path, binary, limit, errors, on_error))

    def save_word2vec_format(self, path: Path, binary: bool = False, *, header: bool = True, blank: str | None = None) -> None:
        """Write word2vec's text or binary format; numbers in text have the digits it takes to read them back.

        Parameters
        ----------
        path : path
            Compressed if its name ends so; ``-`` is standard output.
        binary : bool
        header : bool
            Whether the first line says how many words and dimensions there are; without it, the text is GloVe's.
        blank : str, optional
            What stands for blanks inside words, which the format cannot hold.

        Raises
        ------
        ParameterError
            A word holds a blank, or a value is not finite.
        OutputError
            The file cannot be written.
        """
        from .formats import write_word2vec

        if binary and not header:
            raise ParameterError("binary vectors need a header")
        write_word2vec(path, self._words, self.matrix, binary, header, blank)

    def __getstate__(self) -> dict[str, Any]:
        state = {name: value for name, value in self.__dict__.items() if name not in ("_words", "_index", "_norms")}
        return {**state, "words": self.words}

    def __setstate__(self, state: dict[str, Any]) -> None:
        words = state.pop("words")
        self.__dict__.update(state, _words=Words(words), _index=None, _norms=None)


def unit(vector: Vector) -> Vector:
    """A vector divided by its length; zeros stay zeros."""
    length = np.float32(np.sqrt(vector @ vector))
    shortened: Vector = vector / length if length else vector
    return shortened


def _divisors(norms: Vector) -> Vector:
    """Lengths to divide by: vectors of zeros stay what they are."""
    divisors: Vector = np.where(norms > 0, norms, np.float32(1))
    return divisors


def _listed(keys: Any) -> list[Any]:
    """One word, vector or weighted one as a list of it."""
    single = isinstance(keys, (str, int, np.integer)) or (isinstance(keys, np.ndarray) and keys.ndim == 1)
    pair = isinstance(keys, tuple) and len(keys) == 2 and isinstance(keys[1], (float, int)) and not isinstance(keys[0], int)
    return [keys] if single or pair else list(keys if keys is not None else ())


def _several(words: Iterable[Any]) -> list[Any]:
    """Words as a list; one str, whose characters would be taken for words, is a mistake."""
    if isinstance(words, str):
        raise ParameterError(f"{words!r:.50} is one str, expected a list of words")
    return list(words)


def _weighted(key: Weighted) -> tuple[Key, float]:
    return (key[0], float(key[1])) if isinstance(key, tuple) else (key, 1.0)


def _restriction(restrict: int | None) -> int | None:
    if restrict is not None and (isinstance(restrict, bool) or restrict < 1):
        raise ParameterError(f"restrict_vocab={restrict!r}: expected 1 or more, or None")
    return restrict


def _highest(scores: Matrix, k: int) -> tuple[NDArray[np.int64], Matrix]:
    """Columns with the highest scores of each row, and these scores."""
    best = np.full((len(scores), k), -np.inf, np.float32)
    numbers = np.full((len(scores), k), -1, np.int64)
    kernel.update(np.ascontiguousarray(scores), 0, best, numbers)
    return numbers, best


def _without(numbers: NDArray[np.int64], cosines: Matrix, own: NDArray[np.int64]) -> tuple[NDArray[np.int64], Matrix]:
    """Leave out one column of each row: the own number, or the last one."""
    keep = numbers != own[:, None]
    keep[keep.all(axis=1), -1] = False
    shape = (numbers.shape[0], numbers.shape[1] - 1)
    return numbers[keep].reshape(shape), cosines[keep].reshape(shape)
