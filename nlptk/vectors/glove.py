"""GloVe: vectors of words from how often they stand near each other in a whole corpus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..container import pack_strings
from ..corpus.sizes import parse_size
from ..errors import ModelFormatError, ParameterError
from ..estimator import Estimator
from ..ext.cooccurrence import MAX_WINDOW
from ..ext.glove import train_pairs
from ..tagging.sequences import in_threads
from .cooccurrence import count_cooccurrences
from .corpus import build, encode, source_of
from .glove_rows import Rows, tournament
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..container import Container
    from ..corpus.blocks import Corpus
    from .cooccurrence import Cooccurrences
    from .corpus import EncodedCorpus
    from .word_vectors import WordVectors

_MOST_SIZE = 10_000


class GloVe(Estimator):
    r"""GloVe (Pennington, Socher, Manning 2014: "GloVe: Global Vectors for Word Representation").

    Counts :math:`x_{ij}`, how often word j stands near word i, and then minimises by AdaGrad

    .. math:: \frac12 \sum_{ij: x_{ij} > 0} f(x_{ij}) (w_i \cdot c_j + b_i + d_j - \log x_{ij})^2,
              \quad f(x) = \min(1, (x / x_\mathrm{max})^\alpha).

    A word's vector is the sum of its word vector w and its context vector c, as in the authors' tool.

    Parameters
    ----------
    vector_size : int
        Dimensions.
    window : int
        Words at most so far away are near.
    min_count : int
        Words that occur less often are left out.
    x_max, alpha : float
        Of the weights f. For corpora of some 10 M words an `x_max` of 10 suits better.
    learning_rate : float
        At the start; AdaGrad lowers it for each number by itself.
    epochs : int
        How often all pairs are gone over.
    symmetric : bool
        Words before and after are near; otherwise words after.
    distance_weighting : bool
        A word at distance d counts 1 / d; otherwise 1.
    max_vocab_size, max_final_vocab : int, optional
        Words counted at a time; words of the vocabulary. See :func:`nlptk.vectors.corpus.build`.
    memory : str or int
        Cap on buffers while counting, such as ``"1G"``; what does not fit goes to temporary files. The result does not depend
        on it.
    seed : int
    workers : int
        Threads. The result does not depend on it.

    Attributes
    ----------
    vectors_ : WordVectors
        Sums of word and context vectors.
    loss_ : list of float
        Of each epoch: the sum that is minimised, for each cell of the matrix.

    Notes
    -----
    Words are dealt out to blocks, and what is learned at a time are the pairs of two blocks, whose parameters fit into the cache.
    Threads work on blocks that have no word in common, as in Gemulla et al. 2011 ("Large-Scale Matrix Factorization with
    Distributed Stochastic Gradient Descent"): they never meet, and the result is the same for any number of them.

    Examples
    --------
    >>> model = GloVe(vector_size=8, window=2, min_count=1, epochs=5).fit([["a", "b", "c"], ["a", "b", "d"]])
    >>> model.vectors_.matrix.shape
    (4, 8)
    """

    kind = "glove"

    loss_: list[float]

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 15,
        min_count: int = 5,
        x_max: float = 100.0,
        alpha: float = 0.75,
        learning_rate: float = 0.05,
        epochs: int = 25,
        symmetric: bool = True,
        distance_weighting: bool = True,
        max_vocab_size: int | None = None,
        max_final_vocab: int | None = None,
        memory: str | int = "1G",
        seed: int = 1,
        workers: int = 1,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.min_count = min_count
        self.x_max = x_max
        self.alpha = alpha
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.symmetric = symmetric
        self.distance_weighting = distance_weighting
        self.max_vocab_size = max_vocab_size
        self.max_final_vocab = max_final_vocab
        self.memory = memory
        self.seed = seed
        self.workers = workers

    # ---- training

    def fit(self, X: Corpus, y: None = None) -> Self:
        """Learn from a corpus, forgetting what was learned before.

        Parameters
        ----------
        X : path, or iterable of str, of lists of str, or of pathlib.Path
            A file with a sentence a line, words separated by blanks (``-`` is standard input); sentences; or several files.

        Raises
        ------
        CorpusFormatError, CorpusEncodingError
            There is not a word in the corpus; it is not UTF-8.
        OutputError
            A temporary file cannot be written.
        ParameterError
            No word occurs `min_count` times, no two words stand near each other, the loss is no longer finite, or a parameter
            makes no sense.
        """
        return self.build_vocab(X).train()

    def build_vocab(self, corpus: Corpus, update: bool = False) -> Self:
        """Read a corpus: its words become the vocabulary, or with `update` are added to it."""
        self._check_parameters()
        base = self._vocabulary if update else None
        if base is not None and self._known().vector_size != self.vector_size:
            have = self._known().vector_size
            raise ParameterError(f"vector_size={self.vector_size}, but the vectors that are there have {have} dimensions")
        vocabulary, encoded = build(
            corpus,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            max_final_vocab=self.max_final_vocab,
            base=base,
        )
        rng = np.random.default_rng(self.seed if base is None else [self.seed, len(base)])
        vectors = (rng.random((len(vocabulary), 2, self.vector_size + 1), np.float32) - np.float32(0.5)) / self.vector_size
        squares = np.zeros_like(vectors)
        if base is None:
            self.loss_ = []
        else:
            vectors[: len(base)], squares[: len(base)] = self._known().unpack()
        self._encoded, self._vocabulary, self._rows, self._vectors = encoded, vocabulary, Rows(vectors, squares), None
        return self

    def train(self, corpus: Corpus | None = None, epochs: int | None = None) -> Self:
        """Count the pairs of a corpus and go over them, going on from the vectors that are there.

        Parameters
        ----------
        corpus
            As for :meth:`fit`; words that are not in the vocabulary are left out, so that their neighbours stand next to each
            other. Default: that of :meth:`build_vocab`, which is not read again either if it is a file and given here.
        epochs : int, optional
            Default: the parameter.
        """
        self._check_parameters()
        epochs = self.epochs if epochs is None else epochs
        rows, encoded = self._known(), self._encoded
        if corpus is None and encoded is None:
            raise ParameterError("there is no corpus to train on: call build_vocab first, or name one")
        if corpus is not None and (encoded is None or encoded.source is None or encoded.source != source_of(corpus)):
            encoded = encode(corpus, self.vocabulary_)
        assert encoded is not None
        with encoded:
            self._encoded = None
            found = count_cooccurrences(
                encoded.ids,
                rows.n_words,
                window=self.window,
                symmetric=self.symmetric,
                distance_weighting=self.distance_weighting,
                shift=rows.shift,
                memory=parse_size(self.memory, "memory"),
                threads=self.workers,
                seed=self.seed,
            )
        with found:
            if not found.n_records:
                raise ParameterError("no two words of the corpus stand near each other in a sentence: there is nothing to learn")
            self._vectors = None
            for _ in range(epochs):
                self.loss_.append(self._epoch(found, len(self.loss_)))
        return self

    def partial_fit(self, X: Corpus, y: None = None) -> Self:
        """Learn from one more corpus: new words are added, what is known is kept and goes on from there."""
        return self.build_vocab(X, update=self._rows is not None).train()

    def _epoch(self, found: Cooccurrences, epoch: int) -> float:
        """Go over all pairs once; returns the loss of a cell."""
        rows = self._known()
        rates = rows.rates(self.learning_rate)
        rng = np.random.default_rng([self.seed, epoch])
        names = rng.permutation(len(rows.array)).tolist()  # so that each epoch has another tournament
        rounds = list(tournament(len(names)))
        total = 0.0
        for k in rng.permutation(len(rounds)).tolist():
            games = [sorted((names[a], names[b])) for a, b in rounds[k]]
            losses = np.zeros(len(games))

            def learn(at: int, games: list[list[int]] = games, losses: NDArray[np.float64] = losses) -> None:
                a, b = games[at]
                for first, second in ((a, b),) if found.symmetric or a == b else ((a, b), (b, a)):
                    blocks = rows.array[first], rows.array[second]
                    losses[at] += train_pairs(found.of(first, second), *blocks, *rates, self.x_max, self.alpha, found.symmetric)

            in_threads(learn, len(games), self.workers)
            total += float(losses.sum())
            if not math.isfinite(total):
                raise ParameterError(f"the loss is {total} in epoch {epoch + 1}: try a learning_rate below {self.learning_rate}")
        return total / found.n_records

    def _check_parameters(self) -> None:
        for name, least in (("vector_size", 1), ("window", 1), ("epochs", 0), ("seed", 0), ("workers", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ParameterError(f"{name}={value!r}: expected {least} or more")
        for name in ("x_max", "alpha", "learning_rate"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise ParameterError(f"{name}={value!r}: expected a number above 0")
        if self.window > MAX_WINDOW or self.vector_size > _MOST_SIZE:
            given = f"window={self.window}, vector_size={self.vector_size}"
            raise ParameterError(f"{given}: expected {MAX_WINDOW} and {_MOST_SIZE} at most")
        parse_size(self.memory, "memory")

    # ---- what was learned

    _vocabulary: Vocabulary | None = None
    _encoded: EncodedCorpus | None = None
    _rows: Rows | None = None
    _vectors: WordVectors | None = None

    def _known(self) -> Rows:
        if self._rows is None:
            self._check_fitted()
        return self._rows  # type: ignore[return-value]

    @property
    def vocabulary_(self) -> Vocabulary:
        """Words and how often they occur."""
        self._known()
        return self._vocabulary  # type: ignore[return-value]

    @property
    def vectors_(self) -> WordVectors:
        """The sums of word and context vectors."""
        if self._vectors is None:
            vectors, _ = self._known().unpack()
            self._vectors = self._of(vectors[:, 0, :-1] + vectors[:, 1, :-1])
        return self._vectors

    @property
    def word_vectors_(self) -> WordVectors:
        """The word vectors w alone."""
        return self._of(self._known().unpack()[0][:, 0, :-1].copy())

    @property
    def context_vectors_(self) -> WordVectors:
        """The context vectors c alone."""
        return self._of(self._known().unpack()[0][:, 1, :-1].copy())

    def _of(self, matrix: NDArray[np.float32]) -> WordVectors:
        from .word_vectors import WordVectors

        return WordVectors(self.vocabulary_.words, matrix, self.vocabulary_.counts)

    # ---- files

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_encoded": None}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        vocabulary = self.vocabulary_
        blob, offsets = pack_strings(vocabulary.words)
        vectors, squares = self._known().unpack()
        arrays = {
            "words.blob": blob,
            "words.offsets": offsets,
            "counts": vocabulary.counts,
            "vectors": vectors,
            "squares": squares,
        }
        return {"loss": self.loss_, "raw_total": vocabulary.raw_total}, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        words = arrays.strings("words")
        shape = (len(words), 2, self.vector_size + 1)
        for name in ("vectors", "squares"):
            arrays.array(name, "F32", shape)
        arrays.array("counts", "I64", (len(words),))
        loss, raw_total = learned["loss"], learned["raw_total"]
        if not words or not isinstance(loss, list) or not all(isinstance(x, float) for x in loss) or type(raw_total) is not int:
            raise ModelFormatError(f"{len(words)} words, losses {loss!r}, {raw_total!r} tokens")
        self._vocabulary = Vocabulary(words, arrays.numpy("counts"), raw_total)
        self._rows = Rows(arrays.numpy("vectors"), arrays.numpy("squares"))
        self.loss_ = loss
