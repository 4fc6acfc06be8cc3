"""Word2Vec: skip-gram and CBOW, with gensim's names."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from ..ext.word2vec import Network, alias_table, huffman
from .trainer import VectorTrainer
from .training import State, Training, check_number, first_vectors, forget_pages, new_rows, random_rows
from .word_vectors import WordVectors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..container import Container
    from ..corpus.blocks import Corpus
    from .corpus import EncodedCorpus
    from .vocabulary import Vocabulary

    Path: TypeAlias = str | os.PathLike[str]

_SOFTMAX_LIMIT = 20_000  # words: beyond, the full softmax takes hours where the others take seconds


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32] | None:
    r"""How often of 2^32 times each word is taken: subsampling of frequent words, by gensim's formula.

    With :math:`t` = `sample` times the number of words (`sample` < 1), a word of count `c` is taken with probability
    :math:`\sqrt{t / c} + t / c`, at most 1.
    """
    if sample == 0:
        return None
    threshold = sample * counts.sum() if sample < 1 else float(int(sample * (3 + 5**0.5) / 2))
    share = (np.sqrt(counts / threshold) + 1) * (threshold / counts)
    return (np.minimum(share, 1) * (2**32 - 1)).astype(np.uint32)


class Word2Vec(VectorTrainer):
    r"""Vectors of words that tell which words stand near them (Mikolov et al. 2013), with gensim's parameters.

    Skip-gram learns, for each word `w` and each word `c` near it, vectors such that ``sigmoid(v_c . u_w)`` is high and
    ``sigmoid(v_c . u_n)`` is low for `negative` words `n` drawn at random in proportion to ``count ** ns_exponent``; CBOW takes
    the mean of the words near `w` in place of ``v_c``. The words near a `w` share its negative words, and are measured together,
    which is several times faster and as good (Ji et al. 2016). Hierarchical softmax predicts the way to `w` in a Huffman tree.
    With ``negative=0, hs=0`` the full softmax over all words is learned: for teaching, and small vocabularies.

    Parameters
    ----------
    vector_size : int
        Dimensions.
    window : int
        Words to each side that are near; for each word the number is drawn from 1 .. window, unless ``shrink_windows`` is false.
    min_count : int
        Words that occur less often are left out.
    sg : {0, 1}
        1: skip-gram; 0: CBOW.
    hs : {0, 1}
        Hierarchical softmax; beside negative sampling if ``negative > 0``.
    negative : int
        Noise words for each word; 0: none.
    ns_exponent : float
    sample : float
        Words that are more frequent than this share of the corpus are left out at random, see :func:`keep_thresholds`; 0: none.
    alpha, min_alpha : float
        The learning rate falls evenly from the one to the other. CBOW takes 1.15 times of both, for that is what gensim comes to
        when several workers read a file (in each of them the rate falls by a share of an epoch only), and CBOW gains by it.
    epochs : int
    workers : int
        Threads, without locks (HogWild): more than one give slightly different vectors each time, unless `deterministic`.
    seed : int
        With one worker, or `deterministic`, the same seed gives the same bits (on processors with vectors of the same width).
    cbow_mean : {0, 1}
        0: CBOW takes the sum in place of the mean.
    max_vocab_size, max_final_vocab : int, optional
        Words that are counted at a time, to save memory; words that remain at most.
    shrink_windows : bool
    deterministic : bool
        The same bits for any number of workers; somewhat slower. Blocks of words are measured before any of them is learned.
    init : WordVectors or path, optional
        Vectors to begin with, for words that are among them.
    verbose : bool
        Show a progress bar, if stderr is a terminal.

    Attributes
    ----------
    vectors_ : WordVectors
    vocabulary_ : Vocabulary
    loss_ : list of float
        After each epoch: the mean over its examples (skip-gram: pairs of words; CBOW: words) of the negative log likelihood of
        the word and its noise words.

    Examples
    --------
    >>> sentences = [["cat", "eats", "fish"], ["dog", "eats", "meat"]] * 50
    >>> model = Word2Vec(vector_size=8, min_count=1, workers=1).fit(sentences)
    >>> model.vectors_["cat"].shape
    (8,)
    """

    kind = "word2vec"

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
        max_vocab_size: int | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        deterministic: bool = False,
        init: WordVectors | Path | None = None,
        verbose: bool = False,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.min_count = min_count
        self.sg = sg
        self.hs = hs
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.sample = sample
        self.alpha = alpha
        self.min_alpha = min_alpha
        self.epochs = epochs
        self.workers = workers
        self.seed = seed
        self.cbow_mean = cbow_mean
        self.max_vocab_size = max_vocab_size
        self.max_final_vocab = max_final_vocab
        self.shrink_windows = shrink_windows
        self.deterministic = deterministic
        self.init = init
        self.verbose = verbose

    _input: NDArray[np.float32]  # a row for each word, padded
    _output: NDArray[np.float32]  # of each word, then of each inner node
    _made_for: dict[str, Any]  # what the matrices depend on
    _cbow_rate = 1.15  # times alpha
    _subwords: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None  # rows of _input that make up each word

    # ---- what users call

    def train(
        self,
        corpus: Corpus | None = None,
        *,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        callbacks: Iterable[object] = (),
        checkpoint: Path | None = None,
        checkpoint_every: float = 600.0,
        resume: bool = False,
        encoding: str = "utf-8",
    ) -> Self:
        """Learn vectors of the words that are known.

        Parameters
        ----------
        corpus : optional
            As for :meth:`fit`. Default, and where it is the file that :meth:`build_vocab` read: that, without reading it again.
        epochs, start_alpha, end_alpha : optional
            In place of `epochs`, `alpha` and `min_alpha`.
        callbacks : iterable of object
            See :class:`~nlptk.vectors.training.Training`.
        checkpoint : path, optional
            A model file, written every `checkpoint_every` seconds and when the training is interrupted: ``load`` it and call
            ``train(corpus, resume=True)``.
        checkpoint_every : float
        resume : bool
            Go on with the training that was interrupted; with one worker, or `deterministic`, the result is that of a training
            that was not. Everything but the corpus is as it was.
        encoding : str
            Of files.
        """
        self._check_parameters()
        self._check_unchanged()
        check_number("checkpoint_every", checkpoint_every, 0)
        if resume and self._unfinished is None:
            raise ParameterError("resume: the training of this model was not interrupted")
        encoded = self._encoded(corpus, encoding)
        if resume:
            assert self._unfinished is not None
            state = self._unfinished
            if state.places != len(encoded.ids):
                raise ParameterError(f"resume: another corpus, of {len(encoded.ids):,} places in place of {state.places:,}")
        else:
            alpha = self.alpha if start_alpha is None else start_alpha
            last = self.min_alpha if end_alpha is None else end_alpha
            state = State(len(encoded.ids), self.epochs if epochs is None else epochs, extra={"alpha": alpha, "last": last})
            check_number("epochs", state.epochs, 1, whole=True)
            check_number("start_alpha", alpha, 0, above=True)
            check_number("end_alpha", last, 0)
        self._unfinished, self._vectors = state, None
        together = self.deterministic and (self.negative > 0 or bool(self.hs))
        training = Training(
            self,
            state,
            self.loss_,
            workers=1 if self.deterministic else self.workers,
            words=encoded.n_tokens,
            callbacks=callbacks,
            verbose=self.verbose,
            save=None if checkpoint is None else lambda: self.save(checkpoint),
            every=checkpoint_every,
        )
        with ThreadPoolExecutor(self.workers if together else 1) as pool:
            training.run(self._step(encoded, state, pool if together else None))
        self._unfinished = None
        return self

    # ---- how

    def _copy_vectors(self) -> WordVectors:
        matrix = np.ascontiguousarray(self._input[:, : self.vector_size])
        return WordVectors(self.vocabulary_.words, matrix, self.vocabulary_.counts)

    def _check_parameters(self) -> None:
        check_number("vector_size", self.vector_size, 1, 100_000, whole=True)
        check_number("window", self.window, 1, 10_000, whole=True)
        for name in ("sg", "hs", "cbow_mean"):
            if getattr(self, name) not in (0, 1):
                raise ParameterError(f"{name}={getattr(self, name)!r}: expected 0 or 1")
        check_number("negative", self.negative, 0, 10_000, whole=True)
        check_number("ns_exponent", self.ns_exponent, -10, 10)
        check_number("sample", self.sample, 0)
        check_number("alpha", self.alpha, 0, above=True)
        check_number("min_alpha", self.min_alpha, 0)
        check_number("epochs", self.epochs, 1, whole=True)
        check_number("workers", self.workers, 1, 1024, whole=True)
        check_number("seed", self.seed, 0, whole=True)

    def _layout(self) -> dict[str, Any]:
        """What the matrices depend on."""
        return {"vector_size": self.vector_size, "hs": bool(self.hs), "negative": self.negative > 0}

    def _check_unchanged(self) -> None:
        if not hasattr(self, "vocabulary_"):
            raise ParameterError("no words yet: call build_vocab or fit first")
        for name, value in self._layout().items():
            if value != self._made_for[name]:
                raise ParameterError(f"{name}={value}, but the vectors that are there were made with {self._made_for[name]}")

    def _grow(self, vocabulary: Vocabulary, known: int) -> None:
        """Matrices for a vocabulary of which the first `known` words have learned something."""
        n = len(vocabulary)
        if not self.negative and not self.hs and n > _SOFTMAX_LIMIT:
            raise ParameterError(
                f"negative=0, hs=0: the full softmax is for at most {_SOFTMAX_LIMIT:,} words, not {n:,}; set one of them"
            )
        of_words = n if self.negative or not self.hs else 0
        output = new_rows(of_words + (n - 1 if self.hs else 0), self.vector_size)
        if known and of_words:
            output[:known] = self._output[:known]  # inner nodes begin anew: the tree is another one
        self._input, self._output = self._grow_input(vocabulary, known), output
        self._made_for = self._layout()
        if self.init is not None:
            self._begin_with(first_vectors(self.init, self.vector_size), vocabulary, known)

    def _grow_input(self, vocabulary: Vocabulary, known: int) -> NDArray[np.float32]:
        rows = new_rows(len(vocabulary), self.vector_size)
        spread = 1.0
        if not self.sg and self.cbow_mean:
            # random vectors grow shorter in a mean of n by the root of n; with those of one word, CBOW is slow to begin
            spread = math.sqrt(self.window + 1 if self.shrink_windows else 2 * self.window)
        random_rows(rows[known:], self.vector_size, np.random.default_rng([self.seed, known]), spread)
        if known:
            rows[:known] = self._input
        return rows

    def _begin_with(self, vectors: WordVectors, vocabulary: Vocabulary, known: int) -> None:
        for number, word in enumerate(vocabulary.words[known:], known):
            if word in vectors:
                self._input[number, : self.vector_size] = vectors[word]

    def _network(self) -> Network:
        counts = self.vocabulary_.counts
        return Network(
            self._input,
            self._output,
            self.window,
            self.negative,
            not self.sg,
            bool(self.cbow_mean),
            bool(self.shrink_windows),
            keep_thresholds(counts, self.sample),
            alias_table(counts.astype(np.float64) ** self.ns_exponent) if self.negative else None,
            huffman(counts) if self.hs else None,
            self._subwords,
        )

    def _step(self, encoded: EncodedCorpus, state: State, pool: ThreadPoolExecutor | None) -> Any:
        """What :class:`Training` calls with each part; `pool`: threads that do a part together."""
        network, ids = self._network(), encoded.ids
        rate = 1.0 if self.sg else self._cbow_rate
        alpha, last = rate * state.extra["alpha"], rate * state.extra["last"]
        # the more often a word comes back within a block, the more its steps are made on old products
        block = min(128, max(8, len(self.vocabulary_) // 16))
        threads = max(1, min(self.workers, block // 16))  # to wait for each other must not take longer than the work

        def step(epoch: int, begin: int, end: int) -> tuple[float, int, int]:
            stream = int(np.random.SeedSequence([self.seed, len(self.loss_)]).generate_state(1, np.uint64)[0])
            first, then = (alpha + (last - alpha) * state.fraction(epoch, place) for place in (begin, end))
            if pool is None:
                found = network.train(ids, begin, end, first, then, stream)
            else:
                team = network.team(ids, begin, end, first, then, stream, threads, block)
                list(pool.map(team.work, range(threads)))
                found = team.result
            forget_pages(ids, begin, end)
            return found

        return step

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        self._check_unchanged()
        learned, arrays = self._get_progress()
        return learned, {**arrays, "input": self._input, "output": self._output}

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        self._check_parameters()
        self._set_progress(learned, arrays, ("alpha", "last"))
        words = self.vocabulary_.words
        n, stride = len(words), -(-self.vector_size // 16) * 16
        of_words = n if self.negative or not self.hs else 0
        matrices = []
        for name, height in (("input", self._stored_rows(words, arrays)), ("output", of_words + (n - 1 if self.hs else 0))):
            arrays.array(name, "F32", (height, stride))
            rows = new_rows(height, self.vector_size)
            rows[:] = arrays.numpy(name)
            matrices.append(rows)
        self._input, self._output = matrices
        self._made_for = self._layout()

    def _stored_rows(self, words: list[str], arrays: Container) -> int:
        """How many rows the input has in a file."""
        return len(words)
