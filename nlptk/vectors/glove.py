"""GloVe: vectors of words from how often they stand near each other in a whole corpus."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..corpus.sizes import parse_size
from ..errors import ParameterError
from ..ext.cooccurrence import MAX_WINDOW
from ..ext.glove import train_pairs
from ..threads import in_threads
from .cooccurrence import count_cooccurrences
from .glove_rows import Rows, tournament
from .trainer import VectorTrainer
from .training import State, Training, check_number, first_vectors
from .word_vectors import WordVectors

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..container import Container
    from ..corpus.blocks import Corpus
    from .cooccurrence import Cooccurrences
    from .vocabulary import Vocabulary

    Path: TypeAlias = str | os.PathLike[str]


class GloVe(VectorTrainer):
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
        Of the weights f. The paper has an `x_max` of 100, for corpora of 10^9 words and more; smaller ones want less.
    learning_rate : float
        At the start; AdaGrad lowers it for each number by itself. That of biases is 1.
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
    init : WordVectors or path, optional
        Vectors to begin with, for words that are among them: word and context vectors are half of these.
    verbose : bool
        Show a progress bar, if stderr is a terminal.

    Attributes
    ----------
    vocabulary_ : Vocabulary
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

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 15,
        min_count: int = 5,
        x_max: float = 10.0,
        alpha: float = 0.75,
        learning_rate: float = 0.075,
        epochs: int = 25,
        symmetric: bool = True,
        distance_weighting: bool = True,
        max_vocab_size: int | None = None,
        max_final_vocab: int | None = None,
        memory: str | int = "1G",
        seed: int = 1,
        workers: int = 3,
        init: WordVectors | Path | None = None,
        verbose: bool = False,
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
        self.init = init
        self.verbose = verbose

    _rows: Rows | None = None

    # ---- training

    def train(
        self,
        corpus: Corpus | None = None,
        *,
        epochs: int | None = None,
        callbacks: Iterable[object] = (),
        checkpoint: Path | None = None,
        checkpoint_every: float = 600.0,
        resume: bool = False,
        encoding: str = "utf-8",
    ) -> Self:
        """Count the pairs of words of a corpus and go over them, beginning with the vectors that are there.

        Parameters
        ----------
        corpus : optional
            As for :meth:`fit`; words that are not known are left out, so that their neighbours stand next to each other. Default,
            and where it is the file that :meth:`build_vocab` read: that, without reading it again.
        epochs : int, optional
            In place of the parameter.
        callbacks : iterable of object
            See :class:`~nlptk.vectors.training.Training`.
        checkpoint : path, optional
            A model file, written every `checkpoint_every` seconds and when the training is interrupted: ``load`` it and call
            ``train(corpus, resume=True)``.
        checkpoint_every : float
        resume : bool
            Go on with the training that was interrupted; the result is that of a training that was not. Everything but `workers`
            and `memory` is as it was.
        encoding : str
            Of files.
        """
        self._check_parameters()
        rows = self._known()
        check_number("checkpoint_every", checkpoint_every, 0)
        epochs = self.epochs if epochs is None else epochs
        check_number("epochs", epochs, 1, whole=True)
        if resume and self._unfinished is None:
            raise ParameterError("resume: the training of this model was not interrupted")
        found = count_cooccurrences(
            self._encoded(corpus, encoding).ids,
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
            n_rounds = len(list(tournament(len(rows.array))))
            state = State(n_rounds, epochs, extra={"records": found.n_records})
            if resume:
                assert self._unfinished is not None
                if self._unfinished.extra != state.extra:
                    raise ParameterError(f"resume: {found.n_records:,} pairs, the interrupted training has another corpus")
                state = self._unfinished
            self._unfinished, self._vectors = state, None
            training = Training(
                self,
                state,
                self.loss_,
                words=found.n_records,
                callbacks=callbacks,
                verbose=self.verbose,
                parts=[(k, k + 1) for k in range(n_rounds)],
                unit="pairs",
                save=None if checkpoint is None else lambda: self.save(checkpoint),
                every=checkpoint_every,
            )
            training.run(self._step(rows, found))
        self._unfinished = None
        return self

    # ---- how

    def _grow(self, vocabulary: Vocabulary, known: int) -> None:
        size = self.vector_size
        rng = np.random.default_rng([self.seed, known])
        vectors = (rng.random((len(vocabulary), 2, size + 1), np.float32) - np.float32(0.5)) / np.float32(size)
        squares = np.zeros_like(vectors)
        if self.init is not None:
            given = first_vectors(self.init, size)
            for number, word in enumerate(vocabulary.words):
                if word in given:
                    vectors[number, :, :size] = given[word] / 2
        if known:
            vectors[:known], squares[:known] = self._known().unpack()
        self._rows = Rows(vectors, squares)

    def _step(self, rows: Rows, found: Cooccurrences) -> Callable[[int, int, int], tuple[float, int, int]]:
        """What :class:`Training` calls with each round of the tournament of blocks."""
        rates = rows.rates(self.learning_rate)

        @lru_cache(1)
        def rounds(epoch: int) -> list[list[list[tuple[int, int]]]]:
            rng = np.random.default_rng([self.seed, epoch])
            names = rng.permutation(len(rows.array)).tolist()
            order = list(tournament(len(names)))
            return [[_lists(names[a], names[b], found.symmetric) for a, b in order[k]] for k in rng.permutation(len(order))]

        def step(_: int, k: int, end: int) -> tuple[float, int, int]:
            games = rounds(len(self.loss_))[k]
            losses = np.zeros(len(games))

            def learn(at: int) -> None:
                for first, second in games[at]:
                    blocks = rows.array[first], rows.array[second]
                    losses[at] += train_pairs(found.of(first, second), *blocks, *rates, self.x_max, self.alpha, found.symmetric)

            in_threads(learn, len(games), self.workers)
            loss, records = float(losses.sum()), sum(int(found.records[a, b]) for game in games for a, b in game)
            if not math.isfinite(loss):
                epoch, rate = len(self.loss_) + 1, self.learning_rate
                raise ParameterError(f"the loss is {loss} in epoch {epoch}: try a learning_rate below {rate}")
            return loss, records, records

        return step

    def _check_parameters(self) -> None:
        check_number("vector_size", self.vector_size, 1, 100_000, whole=True)
        check_number("window", self.window, 1, MAX_WINDOW, whole=True)
        check_number("x_max", self.x_max, 0, above=True)
        check_number("alpha", self.alpha, 0, above=True)
        check_number("learning_rate", self.learning_rate, 0, above=True)
        check_number("epochs", self.epochs, 1, whole=True)
        check_number("seed", self.seed, 0, whole=True)
        check_number("workers", self.workers, 1, 1024, whole=True)
        parse_size(self.memory, "memory")

    # ---- what was learned

    def _check_unchanged(self) -> None:
        self._known()

    def _known(self) -> Rows:
        if self._rows is None:
            self._check_fitted()
            raise ParameterError("no words yet: call build_vocab or fit first")
        if self._rows.vector_size != self.vector_size:
            found = self._rows.vector_size
            raise ParameterError(f"vector_size={self.vector_size}, but the vectors that are there have {found} dimensions")
        return self._rows

    def _copy_vectors(self) -> WordVectors:
        matrix, _ = self._known().unpack()
        return self._of(matrix[:, 0, :-1] + matrix[:, 1, :-1])

    @property
    def word_vectors_(self) -> WordVectors:
        """The word vectors w alone."""
        return self._of(self._known().unpack()[0][:, 0, :-1].copy())

    @property
    def context_vectors_(self) -> WordVectors:
        """The context vectors c alone."""
        return self._of(self._known().unpack()[0][:, 1, :-1].copy())

    def _of(self, matrix: NDArray[np.float32]) -> WordVectors:
        return WordVectors(self.vocabulary_.words, matrix, self.vocabulary_.counts)

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        vectors, squares = self._known().unpack()
        learned, arrays = self._get_progress()
        return learned, {**arrays, "vectors": vectors, "squares": squares}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        self._check_parameters()
        self._set_progress(learned, arrays, ("records",))
        for name in ("vectors", "squares"):
            arrays.array(name, "F32", (len(self.vocabulary_), 2, self.vector_size + 1))
        self._rows = Rows(arrays.numpy("vectors"), arrays.numpy("squares"))


def _lists(a: int, b: int, symmetric: bool) -> list[tuple[int, int]]:
    """The lists of two blocks."""
    pair = (min(a, b), max(a, b))
    return [pair] if symmetric or a == b else [pair, pair[::-1]]
