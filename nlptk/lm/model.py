"""NgramLM: an n-gram language model that is estimated or loaded, and asked for scores."""

from __future__ import annotations

import os
from contextlib import contextmanager

from .. import container
from ..errors import ModelFormatError, ParameterError
from ..estimator import Estimator, plain_value
from ..ext.ngram_query import MAX_ORDER, Model, State
from ..threads import in_threads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

    from .arpa import Arpa
    from .tables import Estimated

    Path: TypeAlias = str | os.PathLike[str]
    Sentence: TypeAlias = str | Sequence[str]  # words between blanks, or a list of words

_SPECIAL = ["<unk>", "<s>", "</s>"]
_SHARE = 256  # sentences that are worth a thread
_CHECKED = 1 << 26  # bytes of a file that is checked without being asked for
_CACHED = 1 << 22  # numbers, of distributions that are sampled from again and again


class NgramLM(Estimator):
    r"""A back-off n-gram language model, with the names and the log10 scores of KenLM's Python module.

    The probability of a word given the words before it is that of the longest n-gram of the model that ends with it; for each
    word of context that is not part of it, a back-off weight is paid (Katz 1987):

    ``p(w | v_1 ... v_k) = p*(w | v_1 ... v_k)`` if the model has ``v_1 ... v_k w``, else ``b(v_1 ... v_k) p(w | v_2 ... v_k)``.

    Where a sentence is asked for, it may be a str with words between ASCII white space, or a list of words. Words that the
    model does not know count as ``<unk>``.

    Parameters
    ----------
    order : int
        Words of the longest n-grams.
    smoothing : {"kneser-ney", "witten-bell", "jelinek-mercer", "add-k", "stupid-backoff"}
    prune : sequence of int
        For each order: n-grams that occur at most so often are left out; the last number goes for all higher orders.
    vocabulary : path or iterable of str, optional
        Words of the model; all others count as ``<unk>``.
    max_vocabulary, min_count : int
        Only the most frequent words, and words that occur so often.
    discount_fallback : (float, float, float) or None
        Kneser-Ney discounts for an order whose own cannot be estimated, as in very small corpora.
    weight : float
        Of the higher order in Jelinek-Mercer smoothing.
    k : float
        What add-k adds to each count.
    backoff : float
        The factor of stupid backoff.
    memory : str or int
        Cap on the buffers of ``fit``; the result does not depend on it.

    Attributes
    ----------
    counts_ : list of int
        N-grams of order 1, 2, ...
    discounts_ : list of (float, float, float) or None
        Kneser-Ney discounts of order 1, 2, ...; None for other models.

    Examples
    --------
    >>> lm = NgramLM(order=3, smoothing="witten-bell").fit(["the cat sat", "the cat ran", "a dog sat"])
    >>> round(lm.score("the dog sat", bos=True, eos=True), 3)
    -2.598
    >>> [word for word, p in lm.predict("the", 2)]
    ['cat', '</s>']
    """

    kind = "ngram-lm"

    def __init__(
        self,
        order: int = 5,
        smoothing: str = "kneser-ney",
        prune: Sequence[int] = (),
        vocabulary: Path | Iterable[str] | None = None,
        max_vocabulary: int | None = None,
        min_count: int = 1,
        discount_fallback: Sequence[float] | None = (0.5, 1.0, 1.5),
        weight: float = 0.5,
        k: float = 1.0,
        backoff: float = 0.4,
        memory: str | int = "1G",
    ) -> None:
        self.order = order
        self.smoothing = smoothing
        self.prune = prune
        self.vocabulary = vocabulary
        self.max_vocabulary = max_vocabulary
        self.min_count = min_count
        self.discount_fallback = discount_fallback
        self.weight = weight
        self.k = k
        self.backoff = backoff
        self.memory = memory

    counts_: list[int]
    discounts_: list[tuple[float, float, float]] | None
    _model: Model | None = None
    _words: list[str] | None = None  # made when first asked for

    # ---- making one

    def fit(self, X: Path | Iterable[str] | Iterable[Sequence[str]], y: Any = None) -> Self:
        """Estimate the model from a text file with a sentence a line, or from sentences.

        Raises
        ------
        CorpusFormatError
            The corpus is empty, or has ``<s>`` or ``</s>`` as a word.
        ParameterError
            A parameter makes no sense.
        OutputError
            Temporary files cannot be written.
        """
        from .estimate import estimate

        with estimate(X, **self.get_params(deep=False)) as estimated:
            return self.take(estimated)

    def take(self, estimated: Estimated) -> Self:
        """Be the model of n-grams that were estimated elsewhere."""
        from .tables import from_estimate

        self._become(from_estimate(estimated), list(estimated.counts))
        self.discounts_ = getattr(estimated, "discounts", None)
        return self

    @classmethod
    def load(cls, path: Path, *, verify: bool | None = None) -> Self:
        """Open a model file that :meth:`save` wrote, or read an ARPA file, packed or not; the content tells which it is.

        Parameters
        ----------
        path : path
        verify : bool, optional
            Check all of a model file, which takes some tenths of a second a gigabyte. Without it one of any size opens in
            milliseconds, and a damaged one may give wrong scores. By default files of up to 64 MB are checked.

        Raises
        ------
        InputError
            The file cannot be read.
        ModelFormatError
            It is no model, or damaged; for an ARPA file with the line.
        """
        if container.is_model_file(path):
            if verify is None:
                verify = os.path.getsize(path) <= _CHECKED
            lm = super().load(path, verify=verify)
            if verify:
                lm._verify(os.fspath(path))
            return lm
        from .tables import from_arpa

        model = from_arpa(lambda: _arpa(path))
        lm = cls(order=model.order)
        lm._become(model, None)
        return lm

    def _become(self, model: Model, counts: list[int] | None) -> None:
        self._model, self._words, self._distributions = model, None, {}
        self.counts_ = [_count(model, n) for n in range(1, model.order + 1)] if counts is None else counts
        self.discounts_ = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_words": None, "_distributions": {}}

    def _known(self) -> Model:
        if self._model is None:
            self._check_fitted()
        return self._model  # type: ignore[return-value]

    # ---- scores

    def score(self, sentence: Sentence, bos: bool = True, eos: bool = True) -> float:
        """log10 probability of a sentence.

        Parameters
        ----------
        sentence : str or sequence of str
        bos : bool
            Whether it begins after ``<s>``; otherwise after nothing.
        eos : bool
            Whether ``</s>`` comes after it.
        """
        return (self._model or self._known()).score(sentence, bos, eos)

    def score_batch(
        self, sentences: Iterable[Sentence], bos: bool = True, eos: bool = True, threads: int = 1
    ) -> NDArray[np.float64]:
        """log10 probabilities of many sentences at once, which is faster than one by one.

        Parameters
        ----------
        sentences : iterable of str, or of sequences of str
        bos, eos : bool
            As in :meth:`score`.
        threads : int
            The result does not depend on it.
        """
        import numpy as np

        model = self._known()
        if isinstance(sentences, (str, bytes)):
            raise ParameterError("sentences is one str, expected a list of them")
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ParameterError(f"threads={threads!r}: expected 1 or more")
        todo = sentences if isinstance(sentences, list) else list(sentences)
        sums = np.empty(len(todo))
        size = max(-(-len(todo) // (8 * threads)), _SHARE)

        def score(part: int) -> None:
            some = slice(part * size, (part + 1) * size)
            model.score_batch(todo[some], sums[some], bos, eos)

        in_threads(score, -(-len(todo) // size), threads)
        return sums

    def full_scores(self, sentence: Sentence, bos: bool = True, eos: bool = True) -> Iterator[tuple[float, int, bool]]:
        """For each word, and ``</s>``: log10 probability, length of the n-gram that matched, whether the word is unknown."""
        return iter(self._known().full_scores(sentence, bos, eos))

    def perplexity(self, sentence: Sentence) -> float:
        """``10 ** (-score / (words + 1))``."""
        scores = self._known().full_scores(sentence)
        return float(10.0 ** (-self.score(sentence) / len(scores)))

    def total(self, sentences: Sequence[Sentence]) -> tuple[float, float, int, int]:
        """Of all sentences: sum of log10, that of known words alone, number of words and ends of sentences, of unknown words."""
        return self._known().total(list(sentences))

    def __contains__(self, word: object) -> bool:
        """Whether the model knows a word."""
        return isinstance(word, (str, bytes)) and self._known().find_word(word) != 0

    @property
    def vocabulary_(self) -> list[str]:
        """The words by number; the first three are ``<unk>``, ``<s>`` and ``</s>``."""
        model = self._known()
        if self._words is None:
            self._words = container.unpack_strings(model.blob, memoryview(model.offsets))
        return self._words

    # ---- word by word

    def begin_state(self) -> State:
        """The state at the beginning of a sentence. States are immutable, and equal where they predict the same."""
        return self._known().begin_state()

    def null_state(self) -> State:
        """The state in which nothing is known of what comes before."""
        return self._known().null_state()

    def score_word(self, state: State, word: str) -> tuple[float, State]:
        """log10 probability of a word in a state, and the state after it."""
        return self._known().score_word(state, word)

    def state(self, context: Sentence | State = (), bos: bool = True) -> State:
        """The state after some words."""
        if isinstance(context, State):
            return context
        model = self._known()
        state = model.begin_state() if bos else model.null_state()
        for word in _words(context):
            _, state = model.score_word(state, word)
        return state

    def predict(self, context: Sentence | State = (), top_k: int | None = 10, bos: bool = True) -> list[tuple[str, float]]:
        """The most probable next words with their probabilities.

        Parameters
        ----------
        context : str, sequence of str or State
            The words before.
        top_k : int, optional
            How many; None: all words, ``<unk>`` and ``</s>`` among them, whose probabilities add up to 1.
        bos : bool
            Whether the context stands at the beginning of a sentence.

        Returns
        -------
        list of (str, float)
            The most probable first.
        """
        import numpy as np

        words = self.vocabulary_
        if top_k is not None and (isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 0):
            raise ParameterError(f"top_k={top_k!r}: expected a number from 0, or None")
        p = self._probabilities(self.state(context, bos))
        p[1] = -1  # <s> is never next
        n = len(words) - 1 if top_k is None else min(top_k, len(words) - 1)
        if not n:
            return []
        candidates = np.flatnonzero(p >= np.partition(p, len(p) - n)[len(p) - n])
        best = candidates[np.argsort(-p[candidates], kind="stable")][:n]
        return list(zip([words[i] for i in best.tolist()], p[best].tolist(), strict=True))

    def _probabilities(self, state: State) -> NDArray[np.float64]:
        import numpy as np

        model = self._known()
        scores = np.empty(len(model), np.float32)
        model.score_words(state, scores)
        return np.power(10.0, scores, dtype=np.float64)

    def sample(self, context: Sentence | State = (), *, bos: bool = True, temperature: float = 1.0, seed: Any = None) -> str:
        """A next word drawn at random; see :meth:`generate` for the parameters."""
        import numpy as np

        rng = np.random.default_rng(seed)
        return self.vocabulary_[self._draw(self.state(context, bos), _checked_temperature(temperature), rng)]

    def generate(
        self,
        n: int = 1,
        *,
        seed: Any = None,
        max_length: int = 100,
        context: Sentence = (),
        temperature: float = 1.0,
    ) -> list[list[str]]:
        """Sentences drawn at random, word by word, until ``</s>`` comes; ``<unk>`` is never drawn.

        Parameters
        ----------
        n : int
            How many sentences.
        seed : int or numpy.random.Generator, optional
            The same seed gives the same sentences.
        max_length : int
            Words of a sentence at most, context included.
        context : str or sequence of str
            How all of them begin.
        temperature : float
            Words are drawn from ``p ** (1 / temperature)``: 1 is the model's own distribution, less is closer to the most
            probable words, and 0 takes the most probable one.
        """
        import numpy as np

        rng, words, temperature = np.random.default_rng(seed), self.vocabulary_, _checked_temperature(temperature)
        for name, value in (("n", n), ("max_length", max_length)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ParameterError(f"{name}={value!r}: expected a number from 0")
        begin = _words(context)
        sentences = []
        for _ in range(n):
            sentence, state = list(begin), self.state(begin)
            while len(sentence) < max_length:
                word = words[self._draw(state, temperature, rng)]
                if word == _SPECIAL[2]:
                    break
                sentence.append(word)
                _, state = self.score_word(state, word)
            sentences.append(sentence)
        return sentences

    _distributions: dict[tuple[State, float], NDArray[np.float64]]

    def _draw(self, state: State, temperature: float, rng: np.random.Generator) -> int:
        """The number of a word that is neither <unk> nor <s>."""
        import numpy as np

        sums = self._distributions.get((state, temperature))
        if sums is None:
            p = self._probabilities(state)
            p[:2] = 0
            if temperature == 0:
                p = (np.arange(len(p)) == p.argmax()).astype(np.float64)
            elif temperature != 1:
                p = (p / p.max()) ** (1 / temperature)
            sums = np.cumsum(p)
            if len(self._distributions) * len(sums) >= _CACHED:
                self._distributions = {}
            self._distributions[state, temperature] = sums
        return int(np.searchsorted(sums, rng.random() * sums[-1], side="right"))

    # ---- files

    def save(
        self,
        path: Path,
        *,
        quantize: int | None = None,
        licence: str | None = None,
        training_data: str | None = None,
        scores: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the model to a file that opens in milliseconds; the same model gives the same bytes.

        Parameters
        ----------
        path : path
        quantize : 8, optional
            Store probabilities and back-offs in a byte each, 10 bytes an n-gram in place of 16. With 256 values for each
            order, perplexity changes by some tenths of a percent.
        licence, training_data, scores
            As in :meth:`Estimator.save`.
        """
        model = self._known()
        if quantize not in (None, 8):
            raise ParameterError(f"quantize={quantize!r}: expected 8 or None")
        lm = self
        if quantize and model.codebooks is None:
            from copy import copy

            from .tables import quantized

            lm = copy(self)
            lm._model = quantized(model)
        super(NgramLM, lm).save(path, licence=licence, training_data=training_data, scores=scores)

    def save_arpa(self, path: Path) -> None:
        """Write the model as an ARPA file; one that ends in .gz, .bz2, .xz or .zst is packed."""
        from .arpa import write_arpa
        from .tables import sorted_ngrams

        write_arpa(path, self.counts_, self.vocabulary_, sorted_ngrams(self._known()))

    def _stored_parameters(self) -> dict[str, Any]:
        """A vocabulary of one's own is not stored: its words are in the model."""
        params = self.get_params(deep=False)
        if not isinstance(params["vocabulary"], str):
            params["vocabulary"] = None
        return {name: plain_value(value, f"parameter {name!r}") for name, value in params.items()}

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        model = self._known()
        learned = {"counts": self.counts_, "discounts": self.discounts_, "quantized": model.codebooks is not None}
        arrays = {
            "words.blob": model.blob,
            "words.offsets": model.offsets,
            "words.slots": model.slots,
            "unigrams": model.unigrams,
        }
        arrays |= {f"ngrams.{n}": table for n, table in enumerate(model.tables, 2)}
        arrays |= {f"codebook.{n}": book for n, book in enumerate(model.codebooks or (), 2)}
        return plain_value(learned, "what was learned"), arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: container.Container) -> None:
        counts, discounts, is_quantized = learned["counts"], learned["discounts"], learned["quantized"]
        if not isinstance(counts, list) or not 1 <= len(counts) <= MAX_ORDER or not all(type(n) is int for n in counts):
            raise ModelFormatError(f"counts of n-grams are {counts!r}")
        orders = range(2, len(counts) + 1)
        dtype = "U8" if is_quantized else "U32"
        model = Model(
            arrays.array("words.blob", "U8", (None,)),
            arrays.array("words.offsets", "I64", (None,)),
            arrays.array("words.slots", "U32", (None, 2)),
            arrays.array("unigrams", "F32", (None, 2)),
            [arrays.array(f"ngrams.{n}", dtype, (None, None)) for n in orders],
            [arrays.array(f"codebook.{n}", "F32", (2, 256)) for n in orders] if is_quantized else None,
        )
        self._become(model, counts)
        self.discounts_ = None if discounts is None else [(a, b, c) for a, b, c in discounts]

    def _verify(self, path: str) -> None:
        """Read all arrays once: ModelFormatError if they cannot be what was saved."""
        model = self._known()
        try:
            for n, count in enumerate(self.counts_, 1):
                model.check(n, count)
            if self.vocabulary_[:3] != _SPECIAL or any(model.find_word(w) != i for i, w in enumerate(self.vocabulary_)):
                raise ValueError("the words are not where their hash table says")
        except (ValueError, OverflowError) as error:
            raise ModelFormatError(f"damaged: {error}", path=path) from None


def _words(sentence: Sentence) -> list[str]:
    from ..corpus.blocks import split_words

    return split_words(sentence) if isinstance(sentence, str) else list(sentence)


@contextmanager
def _arpa(path: Path) -> Iterator[Arpa]:
    from ..corpus.files import open_input
    from .arpa import read_arpa

    with open_input(path, by_content=True) as file, read_arpa(file) as arpa:
        yield arpa


def _count(model: Model, n: int) -> int:
    """N-grams of one order in a model."""
    if n == 1:
        return len(model)
    import numpy as np

    table = np.asarray(model.tables[n - 2])
    if model.codebooks is not None:
        return int((table[:, 4:8] != 0xFF).any(axis=1).sum())
    return int((table[:, 1] != 0xFFFFFFFF).sum())


def _checked_temperature(temperature: float) -> float:
    if not 0 <= temperature < float("inf"):
        raise ParameterError(f"temperature={temperature!r}: expected a number from 0")
    return temperature
