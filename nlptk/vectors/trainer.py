"""What the trainers of word vectors share: the corpus, the vocabulary, and what a file says of a training."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from ..container import pack_strings
from ..errors import ModelFormatError, ParameterError
from ..estimator import Estimator
from .corpus import build, encode, source_of
from .training import State
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from typing_extensions import Self

    from ..container import Container
    from ..corpus.blocks import Corpus, Progress
    from .corpus import EncodedCorpus
    from .word_vectors import WordVectors


class VectorTrainer(Estimator):
    """Base of Word2Vec, FastText and GloVe: words are counted first, then vectors are trained, once or again.

    Attributes
    ----------
    vectors_ : WordVectors
    vocabulary_ : Vocabulary
    loss_ : list of float
        The mean loss of each epoch.
    """

    min_count: int
    max_vocab_size: int | None
    max_final_vocab: int | None
    init: Any

    vocabulary_: Vocabulary
    loss_: list[float]

    _corpus: EncodedCorpus | None = None  # what build_vocab read
    _unfinished: State | None = None  # of a training that was interrupted
    _vectors: WordVectors | None = None

    # ---- what each does in its own way

    @abstractmethod
    def train(self, corpus: Corpus | None = None, *, callbacks: Iterable[object] = ()) -> Self:
        """Learn vectors of the words that are known."""

    @abstractmethod
    def _check_parameters(self) -> None:
        """Complain about parameters that make no sense."""

    @abstractmethod
    def _check_unchanged(self) -> None:
        """Complain if there are no words yet, or about a parameter that was set after the matrices were made."""

    @abstractmethod
    def _grow(self, vocabulary: Vocabulary, known: int) -> None:
        """Matrices for a vocabulary of which the first `known` words have learned something."""

    @abstractmethod
    def _copy_vectors(self) -> WordVectors:
        """The vectors of now."""

    # ---- what users call

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
            No word reaches `min_count`, there is nothing to learn, the training diverges, or a parameter makes no sense.
        """
        try:
            return self.build_vocab(X).train(callbacks=callbacks)
        finally:
            self.close()

    def partial_fit(self, X: Corpus, y: Any = None, callbacks: Iterable[object] = ()) -> Self:
        """Learn from more text; words that are new in it, and frequent enough there, join the vocabulary."""
        try:
            return self.build_vocab(X, update=hasattr(self, "vocabulary_")).train(callbacks=callbacks)
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
        base = self.vocabulary_ if update and hasattr(self, "vocabulary_") else None
        if base is not None:
            self._check_unchanged()
        vocabulary, self._corpus = build(
            corpus,
            min_count=self.min_count,
            max_vocab_size=self.max_vocab_size,
            max_final_vocab=self.max_final_vocab,
            base=base,
            encoding=encoding,
            progress=progress,
        )
        if base is None:
            self.loss_ = []
        self._grow(vocabulary, 0 if base is None else len(base))
        self.vocabulary_, self._unfinished, self._vectors = vocabulary, None, None
        return self

    @property
    def vectors_(self) -> WordVectors:
        """The vectors of now, as a copy."""
        self._check_fitted()
        if self._vectors is None:
            self._check_unchanged()
            vectors = self._copy_vectors()
            if self._unfinished is not None:  # a callback looks: they will change
                return vectors
            self._vectors = vectors
        return self._vectors

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

    # ---- files

    def _stored_parameters(self) -> dict[str, Any]:
        init, self.init = self.init, None  # what it said is in the vectors
        try:
            return super()._stored_parameters()
        finally:
            self.init = init

    def _get_progress(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The vocabulary and how far the training has come, as values and arrays of a file."""
        blob, offsets = pack_strings(self.vocabulary_.words)
        learned = {
            "loss": self.loss_,
            "raw_total": self.vocabulary_.raw_total,
            "unfinished": None if self._unfinished is None else self._unfinished.to_dict(),
        }
        return learned, {"words.blob": blob, "words.offsets": offsets, "counts": self.vocabulary_.counts}

    def _set_progress(self, learned: Mapping[str, Any], arrays: Container, extra: tuple[str, ...]) -> None:
        """The inverse; `extra`: what an interrupted training must say besides."""
        words = arrays.strings("words")
        arrays.array("counts", "I64", (len(words),))
        counts = arrays.numpy("counts").copy()
        if not words or len(set(words)) != len(words) or counts.min() < 1:
            raise ModelFormatError("not a vocabulary: a word is there twice, or none is")
        self.vocabulary_ = Vocabulary(words, counts, int(learned["raw_total"]))
        self.loss_ = [float(loss) for loss in learned["loss"]]
        unfinished = learned["unfinished"]
        self._unfinished = None if unfinished is None else State.from_dict(unfinished, extra)

    def __del__(self) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """For pickle and copy: all but the corpus, which is an open file."""
        return {name: value for name, value in vars(self).items() if name != "_corpus"}
