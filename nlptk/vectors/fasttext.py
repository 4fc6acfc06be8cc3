"""FastText: Word2Vec whose words are made of character n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelFormatError, ParameterError
from .fasttext_format import LOSSES, MODELS, FastTextArguments, FastTextFile, read_fasttext, write_fasttext
from .subwords import SubwordVectors, buckets_of_all
from .training import check_number, new_rows, random_rows
from .vocabulary import Vocabulary
from .word2vec import Word2Vec
from .word_vectors import WordVectors
from .words import Words

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..container import Container
    from .word2vec import Path


class FastText(Word2Vec):
    r"""Vectors of words that are made of character n-grams (Bojanowski et al. 2017), with gensim's parameters.

    The vector of a word is the mean of a vector of its own and those of all n-grams of ``<word>`` of `min_n` to `max_n`
    characters; n-grams share `bucket` vectors, by a hash. So words of the same stem are near each other, and words that were
    never seen have vectors. In skip-gram it is the word that predicts those near it, each by a vector of its own, and not the
    other way round: the mean is made once for all words of the window, and what it learns is handed to the n-grams once.

    Parameters
    ----------
    vector_size, window, min_count, sg, hs, negative, ns_exponent, sample, alpha, min_alpha, epochs, workers, seed, ...
        And all others: as in :class:`Word2Vec`; `negative` or `hs` must be set.
        CBOW takes the mean over all n-grams of all words near a word.
    min_n, max_n : int
        Characters of n-grams; ``max_n=0``: none.
    bucket : int
        Vectors that n-grams share. Only those that the vocabulary needs take memory while training; the others are zeros.

    Attributes
    ----------
    vectors_ : SubwordVectors
    vocabulary_ : Vocabulary
    loss_ : list of float

    Examples
    --------
    >>> sentences = [["cats", "eat", "fish"], ["dogs", "eat", "meat"]] * 50
    >>> model = FastText(vector_size=8, min_count=1, bucket=1000, workers=1).fit(sentences)
    >>> model.vectors_["cat"].shape  # not a word of the corpus
    (8,)
    """

    kind = "fasttext"
    _cbow_rate = 1.0

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        sample: float = 1e-3,
        alpha: float = 0.025,
        min_alpha: float = 0.0001,
        epochs: int = 5,
        workers: int = 3,
        seed: int = 1,
        cbow_mean: int = 1,
        min_n: int = 3,
        max_n: int = 6,
        bucket: int = 2_000_000,
        max_vocab_size: int | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        deterministic: bool = False,
        init: WordVectors | Path | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            vector_size, window, min_count, sg, hs, negative, ns_exponent, sample, alpha, min_alpha, epochs, workers, seed,
            cbow_mean, max_vocab_size, max_final_vocab, shrink_windows, deterministic, init, verbose,
        )  # fmt: skip
        self.min_n = min_n
        self.max_n = max_n
        self.bucket = bucket

    _buckets: NDArray[np.uint32]  # those that have a row in _input, behind the words'

    @property
    def vectors_(self) -> SubwordVectors:
        """The vectors of now, as a copy."""
        vectors = super().vectors_
        assert isinstance(vectors, SubwordVectors)
        return vectors

    # ---- how

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number("min_n", self.min_n, 0, 1 << 20, whole=True)
        check_number("max_n", self.max_n, 0, 1 << 20, whole=True)
        check_number("bucket", self.bucket, 0, (1 << 31) - 1, whole=True)
        if not self.negative and not self.hs:
            raise ParameterError("negative=0, hs=0: expected one of them above 0")

    def _layout(self) -> dict[str, Any]:
        return {**super()._layout(), "min_n": self.min_n, "max_n": self.max_n, "bucket": self.bucket}

    def _copy_vectors(self) -> SubwordVectors:
        size, n = self.vector_size, len(self.vocabulary_)
        rows = np.zeros((n + (self.bucket if self.max_n else 0), size), np.float32)
        rows[:n] = self._input[:n, :size]
        rows[n + self._buckets.astype(np.int64)] = self._input[n:, :size]
        return SubwordVectors(self.vocabulary_.words, rows, self.min_n, self.max_n, self.bucket, self.vocabulary_.counts)

    def _grow_input(self, vocabulary: Vocabulary, known: int) -> NDArray[np.float32]:
        n, size = len(vocabulary), self.vector_size
        before = self._buckets if known else np.empty(0, np.uint32)
        starts, found = buckets_of_all(Words(vocabulary.words), self.min_n, self.max_n, self.bucket)
        distinct, places = np.unique(found, return_inverse=True)
        often = np.bincount(places, np.repeat(vocabulary.counts, np.diff(starts)), len(distinct))
        distinct = distinct[np.argsort(-often, kind="stable")]  # frequent ones side by side, where caches find them
        self._buckets = np.concatenate([before, distinct[~np.isin(distinct, before)]])
        self._subwords = _rows_of_words(starts, found, self._buckets)
        rows = new_rows(n + len(self._buckets), size)
        if known:
            rows[:known] = self._input[:known]
            rows[n : n + len(before)] = self._input[known:]
        for part, new in enumerate((rows[known:n], rows[n + len(before) :])):
            random_rows(new, size, np.random.default_rng([self.seed, known, part]))
            new *= 2  # fastText begins between -1 / size and 1 / size
        return rows

    def _begin_with(self, vectors: WordVectors, vocabulary: Vocabulary, known: int) -> None:
        sizes = (self.min_n, self.max_n, self.bucket)
        if not isinstance(vectors, SubwordVectors) or (vectors.min_n, vectors.max_n, vectors.bucket) != sizes:
            super()._begin_with(vectors, vocabulary, known)
            return
        n, size = len(vocabulary), self.vector_size
        for number, word in enumerate(vocabulary.words[known:], known):
            if word in vectors:
                self._input[number, :size] = vectors.rows[vectors.index(word)]
        if not known:
            self._input[n:, :size] = vectors.rows[len(vectors) + self._buckets.astype(np.int64)]

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        learned, arrays = super()._get_state()
        return learned, {**arrays, "buckets": self._buckets}

    def _stored_rows(self, words: list[str], arrays: Container) -> int:
        arrays.array("buckets", "U32", (None,))
        self._set_buckets(words, arrays.numpy("buckets").copy())
        return len(words) + len(self._buckets)

    def _set_buckets(self, words: list[str], buckets: NDArray[np.uint32]) -> None:
        starts, found = buckets_of_all(Words(words), self.min_n, self.max_n, self.bucket)
        limit = self.bucket if self.max_n else 0
        if len(np.unique(buckets)) != len(buckets) or (buckets >= limit).any() or not np.isin(found, buckets).all():
            raise ModelFormatError("rows of n-grams that are not those of the words")
        self._buckets, self._subwords = buckets, _rows_of_words(starts, found, buckets)

    def save_fasttext(self, path: Path) -> None:
        """Write a ``.bin`` file of fastText, which ``fasttext`` and gensim read, and :meth:`load_fasttext`.

        All vectors are in it, also those that only training needs; of those with ``hs=1`` and ``negative > 0`` the latter's.

        Raises
        ------
        OutputError
            The file cannot be written.
        """
        vectors = self.vectors_
        n, size = len(vectors), self.vector_size
        if self.negative:
            output = self._output[:n, :size]
        else:  # a row more, which stays empty; the other way is the positive one
            output = np.concatenate([-self._output[:, :size], np.zeros((1, size), np.float32)])
        arguments = FastTextArguments(
            dim=size,
            ws=self.window,
            epoch=self.epochs,
            min_count=self.min_count,
            neg=self.negative,
            loss=LOSSES["ns" if self.negative else "hs"],
            model=MODELS["skipgram" if self.sg else "cbow"],
            bucket=self.bucket if self.max_n else 0,
            minn=self.min_n,
            maxn=self.max_n,
            t=self.sample,
        )
        vocabulary = self.vocabulary_
        write_fasttext(
            path, FastTextFile(arguments, vocabulary.words, vocabulary.counts, vocabulary.raw_total, vectors.rows, output)
        )

    @classmethod
    def load_fasttext(cls, path: Path, *, errors: str = "strict") -> Self:
        """Read a ``.bin`` file of fastText, to go on training; for queries alone :meth:`SubwordVectors.load_fasttext` takes less.

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
            It is no such file, damaged, or a classifier.
        """
        file = read_fasttext(path, errors=errors)
        stored = file.arguments
        if stored.model == MODELS["supervised"] or stored.loss not in (LOSSES["ns"], LOSSES["hs"]):
            raise ModelFormatError("a classifier, or trained with a softmax; expected skip-gram or CBOW with ns or hs", path=path)
        hs = stored.loss == LOSSES["hs"]
        model = cls(
            vector_size=stored.dim,
            window=stored.ws,
            min_count=stored.min_count,
            sg=int(stored.model == MODELS["skipgram"]),
            hs=int(hs),
            negative=0 if hs else stored.neg,
            sample=stored.t,
            epochs=stored.epoch,
            min_n=max(stored.minn, 0),
            max_n=max(stored.maxn, 0),
            bucket=stored.bucket,
        )
        try:
            model._check_parameters()
            # the n-grams of unknown words have vectors, too, if only those that they began with
            used = np.asarray(file.input[len(file.words) :].any(axis=1))
            _, found = buckets_of_all(Words(file.words), model.min_n, model.max_n, model.bucket)
            used[found] = True
            model._set_buckets(file.words, np.flatnonzero(used).astype(np.uint32))
        except ParameterError as error:
            raise ModelFormatError(str(error), path=path) from None
        n, size = len(file.words), stored.dim
        model._input = new_rows(n + len(model._buckets), size)
        model._input[:n, :size] = file.input[:n]
        for start in range(0, len(model._buckets), 4096):
            some = model._buckets[start : start + 4096].astype(np.int64)
            model._input[n + start : n + start + len(some), :size] = file.input[n + some]
        model._output = new_rows(n - 1 if hs else n, size)
        model._output[:, :size] = -file.output[: n - 1] if hs else file.output
        model._made_for = model._layout()
        model.vocabulary_ = Vocabulary(file.words, np.maximum(file.counts, 1), file.tokens)
        model.loss_ = []
        return model


def _rows_of_words(
    starts: NDArray[np.int64], found: NDArray[np.uint32], buckets: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """``(starts, rows)``: of each word its own row, then those of its n-grams, where row n + i has bucket ``buckets[i]``."""
    n = len(starts) - 1
    order = np.argsort(buckets)
    rows = np.empty(n + len(found), np.int32)
    own = np.zeros(len(rows), bool)
    own_starts = starts + np.arange(n + 1)
    own[own_starts[:-1]] = True
    rows[own] = np.arange(n)
    rows[~own] = n + order[np.searchsorted(buckets, found, sorter=order)]
    return own_starts, rows
