"""GloVe: vectors of words from how often they stand near each other in a whole corpus."""

from __future__ import annotations

import math
from functools import lru_cache
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
from .training import State, Training, check_number, first_vectors
from .vocabulary import Vocabulary
from .word_vectors import WordVectors

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..container import Container
    from ..corpus.blocks import Corpus, Progress
    from .cooccurrence import Cooccurrences
    from .corpus import EncodedCorpus

    Path: TypeAlias = str | os.PathLike[str]


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

    vocabulary_: Vocabulary
    loss_: list[float]

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
    _corpus: EncodedCorpus | None = None  # what build_vocab read
    _unfinished: State | None = None  # of a training that was interrupted
    _vectors: WordVectors | None = None

    # ---- training

    def fit(self, X: Corpus, y: Any = None, callbacks: Iterable[object] = ()) -> Self:
        """Learn the words and their vectors from a corpus.

        Parameters
        ----------
        X : path, or iterable of lists of str, of str or of pathlib.Path
            A file with a sentence a line, words separated by blanks; sentences; or several files.
        y : None
        callbacks : iterable of object
            See :class:`~nlptk.vectors.training.Training`.

        Raises
        ------
        CorpusFormatError
            There is not a word in the corpus, or it is not UTF-8.
        OutputError
            A temporary file cannot be written.
        ParameterError
            No word reaches `min_count`, no two words stand near each other, the loss is no longer finite, or a parameter makes
            no sense.
        """
        try:
            return self.build_vocab(X).train(callbacks=callbacks)
        finally:
            self.close()

    def partial_fit(self, X: Corpus, y: Any = None, callbacks: Iterable[object] = ()) -> Self:
        """Learn from more text; words that are new in it, and frequent enough there, join the vocabulary."""
        try:
            return self.build_vocab(X, update=self._rows is not None).train(callbacks=callbacks)
        finally:
            self.close()

    def build_vocab(
        self, corpus: Corpus, update: bool = False, *, encoding: str = "utf-8", progress: Progress | None = None
    ) -> Self:
        """Count the words of a corpus and make their vectors ready; the corpus is kept, as numbers, for :meth:`train`.

        Parameters
        ----------
        corpus
            As for :meth:`fit`.
        update : bool
            Keep what was learned, and add words.
        encoding : str
            Of files.
        progress : callable, optional
            Called with numbers of bytes of the files.
        """
        self._check_parameters()
        self.close()
        old = self._known() if update and self._rows is not None else None
        vocabulary, self._corpus = build(
            corpus,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            max_final_vocab=self.max_final_vocab,
            base=None if old is None else self.vocabulary_,
            encoding=encoding,
            progress=progress,
        )
        if old is None:
            self.loss_ = []
        self._rows = self._grown(vocabulary, old)
        self.vocabulary_, self._unfinished, self._vectors = vocabulary, None, None
        return self

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

    def close(self) -> None:
        """Give back the corpus that :meth:`build_vocab` keeps."""
        if self._corpus is not None:
            self._corpus.close()
            self._corpus = None

    # ---- how

    def _encoded(self, corpus: Corpus | None, encoding: str) -> EncodedCorpus:
        if corpus is None:
            if self._corpus is None:
                raise ParameterError("which corpus? build_vocab has kept none")
            return self._corpus
        source = source_of(corpus)
        if self._corpus is None or source is None or self._corpus.source != source:
            encoded = encode(corpus, self.vocabulary_, encoding=encoding)
            self.close()
            self._corpus = encoded
        return self._corpus

    def _grown(self, vocabulary: Vocabulary, old: Rows | None) -> Rows:
        """Parameters for a vocabulary, the first words of which may have learned something."""
        known, size = 0 if old is None else old.n_words, self.vector_size
        rng = np.random.default_rng([self.seed, known])
        vectors = (rng.random((len(vocabulary), 2, size + 1), np.float32) - np.float32(0.5)) / np.float32(size)
        squares = np.zeros_like(vectors)
        if self.init is not None:
            given = first_vectors(self.init, size)
            for number, word in enumerate(vocabulary.words):
                if word in given:
                    vectors[number, :, :size] = given[word] / 2
        if old is not None:
            vectors[:known], squares[:known] = old.unpack()
        return Rows(vectors, squares)

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

    def _known(self) -> Rows:
        if self._rows is None:
            self._check_fitted()
            raise ParameterError("no words yet: call build_vocab or fit first")
        if self._rows.vector_size != self.vector_size:
            found = self._rows.vector_size
            raise ParameterError(f"vector_size={self.vector_size}, but the vectors that are there have {found} dimensions")
        return self._rows

    @property
    def vectors_(self) -> WordVectors:
        """The sums of word and context vectors of now, as a copy."""
        self._check_fitted()
        if self._vectors is None:
            matrix, _ = self._known().unpack()
            vectors = self._of(matrix[:, 0, :-1] + matrix[:, 1, :-1])
            if self._unfinished is not None:  # a callback looks: they will change
                return vectors
            self._vectors = vectors
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
        return WordVectors(self.vocabulary_.words, matrix, self.vocabulary_.counts)

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        init, self.init = self.init, None  # what it said is in the vectors
        try:
            return super()._stored_parameters()
        finally:
            self.init = init

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        blob, offsets = pack_strings(self.vocabulary_.words)
        vectors, squares = self._known().unpack()
        learned = {
            "loss": self.loss_,
            "raw_total": self.vocabulary_.raw_total,
            "unfinished": None if self._unfinished is None else self._unfinished.to_dict(),
        }
        arrays = {"words.blob": blob, "words.offsets": offsets, "counts": self.vocabulary_.counts}
        return learned, {**arrays, "vectors": vectors, "squares": squares}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        self._check_parameters()
        words = arrays.strings("words")
        arrays.array("counts", "I64", (len(words),))
        counts = arrays.numpy("counts").copy()
        if not words or len(set(words)) != len(words) or counts.min() < 1:
            raise ModelFormatError("not a vocabulary: a word is there twice, or none is")
        for name in ("vectors", "squares"):
            arrays.array(name, "F32", (len(words), 2, self.vector_size + 1))
        self.vocabulary_ = Vocabulary(words, counts, int(learned["raw_total"]))
        self._rows = Rows(arrays.numpy("vectors"), arrays.numpy("squares"))
        self.loss_ = [float(loss) for loss in learned["loss"]]
        unfinished = learned["unfinished"]
        self._unfinished = None if unfinished is None else State.from_dict(unfinished, ("records",))

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: all but the corpus, which is an open file."""
        return {name: value for name, value in vars(self).items() if name != "_corpus"}


def _lists(a: int, b: int, symmetric: bool) -> list[tuple[int, int]]:
    """The lists of two blocks."""
    pair = (min(a, b), max(a, b))
    return [pair] if symmetric or a == b else [pair, pair[::-1]]
