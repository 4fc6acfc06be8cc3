"""HMM: hidden Markov models of first and second order, from labelled or unlabelled sentences."""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ModelFormatError, ParameterError
from ..estimator import Tagger
from ..ext.hmm import Markov
from . import hmm_estimate as estimate
from .sequences import run_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, TypeAlias

    from typing_extensions import Self

    from ..container import Container
    from .sequences import Array

    Sentences: TypeAlias = Sequence[Sequence[Any]]

MOST = {1: 1000, 2: 200}  # labels, by order: the table of transitions is dense


class _Model(NamedTuple):
    """What inference needs."""

    markov: Markov
    vocabulary: dict[str, int]
    row_log: Array  # log p(word | label), like row_label of the counts
    row_ptr: Array
    row_label: Array
    log_priors: Array  # log p(label)


class _Data(NamedTuple):
    """Sentences as the kernel takes them."""

    starts: Array
    rows: Array
    row_ptr: Array
    row_label: Array
    row_log: Array


class HMM(Tagger):
    r"""Hidden Markov model: labels depend on the one or two labels before, words on their label.

    :math:`p(x, y) = \prod_t p(y_t \mid y_{t-2}, y_{t-1})\, p(x_t \mid y_t)`, with marks for begin and end (Rabiner 1989;
    the second order as Thede & Harper 1999). ``fit(X, y)`` counts; ``fit(X)`` without labels learns by expectation-maximisation
    (Baum et al. 1970), from a random start or, with ``warm_start``, from what was learned before.

    An item of X is a word, or a row of columns, of which the first is taken.

    Parameters
    ----------
    order : {2, 1}
        How many labels before count.
    smoothing : {"interpolation", "add-k"}
        Of transitions: the deleted interpolation of TnT (Brants 2000), with words as often with a label as they were seen;
        or ``k`` more than was counted, of transitions and words.
    k : float
        For add-k.
    max_suffix : int
        Unknown words are labelled by their last characters, up to so many; 0: by how often a label has words that are seen
        once.
    rare : int
        Suffixes are learned from words that are seen at most so often.
    n_labels : int, optional
        How many labels ``fit`` without ``y`` shall find; they are called "0", "1" ...
    max_iterations : int
        Of expectation-maximisation.
    tol : float
        It ends when the mean log-likelihood of an item grows by less.
    seed : int
        For its start.
    threads : int
        For prediction.
    warm_start : bool
        ``fit(X)`` without labels goes on from what was learned before, ``fit(X, y)`` adds its counts.
    verbose : bool
        Show a progress bar, if stderr is a terminal.

    Attributes
    ----------
    labels_ : list of str
        By number, in the order in which they first appeared.
    words_ : list of str
        All words, by number.
    counts_ : Counts
        What was counted, or expected by the model.
    log_likelihoods_ : list of float
        log p of all sentences before each iteration of expectation-maximisation, and after the last; it never falls.

    Examples
    --------
    >>> model = HMM(order=1).fit([["a", "dog", "barks"], ["a", "cat", "walks"]], [["D", "N", "V"]] * 2)
    >>> model.predict([["a", "cat", "talks"]])
    [['D', 'N', 'V']]
    """

    kind = "hmm"

    labels_: list[str]
    words_: list[str]
    counts_: estimate.Counts
    log_likelihoods_: list[float]
    _expected = False  # whether the counts are those of expectation-maximisation: probabilities are not smoothed then
    _compiled: _Model | None = None
    _suffixes: estimate.Suffixes | None = None

    def __init__(
        self,
        order: int = 2,
        smoothing: str = "interpolation",
        k: float = 0.01,
        max_suffix: int = 10,
        rare: int = 10,
        n_labels: int | None = None,
        max_iterations: int = 100,
        tol: float = 1e-5,
        seed: int = 0,
        threads: int = 1,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.order = order
        self.smoothing = smoothing
        self.k = k
        self.max_suffix = max_suffix
        self.rare = rare
        self.n_labels = n_labels
        self.max_iterations = max_iterations
        self.tol = tol
        self.seed = seed
        self.threads = threads
        self.warm_start = warm_start
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

    # ---- learning

    def fit(self, X: Sentences, y: Sequence[Sequence[str]] | None = None) -> Self:
        """Learn from sentences with labels, or without.

        Raises
        ------
        ParameterError
            Lengths differ, there is nothing to learn from, or a word or label is no str; the message says where.
        """
        again = self.warm_start and hasattr(self, "counts_")
        if y is not None:
            return self._count(X, y, again)
        return self._expect_and_maximise(X, again)

    def partial_fit(self, X: Sentences, y: Sequence[Sequence[str]]) -> Self:
        """Add the counts of these sentences; words and labels may be new. The parts give what the whole gives."""
        return self._count(X, y, hasattr(self, "counts_"))

    def _count(self, X: Sentences, y: Sequence[Sequence[str]], again: bool) -> Self:
        self._check_parameters()
        words, labels = (list(self.words_), list(self.labels_)) if again else ([], [])
        starts, items = _flat(X, "X")
        label_starts, names = _flat(y, "y")
        if not np.array_equal(starts, label_starts):
            _say_where(starts, label_starts)
        vocabulary = {word: i for i, word in enumerate(words)}
        numbers = {label: i for i, label in enumerate(labels)}
        word_of = np.fromiter((vocabulary.setdefault(word, len(vocabulary)) for word in items), np.int64, len(items))
        label_of = np.fromiter((numbers.setdefault(label, len(numbers)) for label in names), np.int64, len(names))
        if not numbers:
            raise ParameterError("nothing to learn from: no sentence has an item")
        if len(numbers) > MOST[self.order]:
            raise ParameterError(f"{len(numbers)} labels, at most {MOST[self.order]} for order {self.order}")
        counts = estimate.count(starts, word_of, label_of, len(vocabulary), len(numbers), self.order)
        if again:
            if self.counts_.transitions.ndim != self.order + 1:
                raise ParameterError(f"order={self.order}: what was learned before is of another order")
            counts = estimate.add(self.counts_, counts)
        self._become(list(numbers), list(vocabulary), counts, expected=False)
        return self

    def _become(self, labels: list[str], words: list[str], counts: estimate.Counts, expected: bool) -> None:
        self.labels_, self.words_, self.counts_, self._expected = labels, words, counts, expected
        self._compiled = self._suffixes = None

    def _check_parameters(self) -> None:
        if self.order not in MOST:
            raise ParameterError(f"order={self.order!r}: expected 1 or 2")
        if self.smoothing not in ("interpolation", "add-k"):
            raise ParameterError(f"smoothing={self.smoothing!r}: expected interpolation or add-k")
        if not 0 < self.k < np.inf:
            raise ParameterError(f"k={self.k}: expected a number above 0")
        for name, least in (("max_suffix", 0), ("rare", 1), ("max_iterations", 1), ("threads", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
                raise ParameterError(f"{name}={value!r}: expected {least} or more")

    def _expect_and_maximise(self, X: Sentences, again: bool) -> Self:
        from .watch import Watch

        self._check_parameters()
        starts, items = _flat(X, "X")
        if not items:
            raise ParameterError("nothing to learn from: no sentence has an item")
        if again:
            labels, data, words, markov = self._start_again(starts, items)
        else:
            labels, data, words, markov = self._start_at_random(starts, items)
        before = -np.inf
        self.log_likelihoods_ = []
        with Watch(self.max_iterations, verbose=self.verbose, unit="iteration") as watch:
            for iteration in range(self.max_iterations + 1):
                log_probs, transitions = np.zeros(len(starts) - 1), np.zeros((len(labels) + 1,) * (self.order + 1))
                row_counts = np.zeros(len(data.row_log))
                markov.expect(*data, 0, len(log_probs), log_probs, None, transitions.reshape(-1), row_counts)
                total = float(log_probs.sum())
                if total == -np.inf:
                    bad = int(np.argmin(log_probs))
                    raise ParameterError(f"sentence {bad}: what was learned before gives it the probability 0")
                self.log_likelihoods_.append(total)
                watch.step(-total / len(items), lambda: None)  # type: ignore[arg-type, return-value]
                if iteration == self.max_iterations or total - before < self.tol * len(items):
                    break
                before = total
                counts = estimate.Counts(transitions, data.row_ptr, data.row_label, row_counts)
                data = data._replace(row_log=_words_given_labels(counts))
                markov = _markov(estimate.maximum_likelihood(transitions))
        self._become(labels, words, counts, expected=True)
        return self

    def _start_at_random(self, starts: Array, items: list[str]) -> tuple[list[str], _Data, list[str], Markov]:
        n, most = self.n_labels, MOST[self.order]
        if n is None or isinstance(n, bool) or not 1 <= n <= most:
            raise ParameterError(f"n_labels={n!r}: without y, say how many labels to find, 1 to {most}")
        vocabulary: dict[str, int] = {}
        rows = np.fromiter((vocabulary.setdefault(word, len(vocabulary)) for word in items), np.uint32, len(items))
        random = np.random.default_rng(self.seed)
        row_count = np.repeat(np.bincount(rows), n) * (1 + random.random(len(vocabulary) * n))
        row_ptr, row_label = np.arange(len(vocabulary) + 1) * n, np.tile(np.arange(n, dtype=np.uint16), len(vocabulary))
        transitions = 1 + random.random((n + 1,) * (self.order + 1))
        counts = estimate.Counts(transitions, row_ptr, row_label, row_count)
        data = _Data(starts, rows, row_ptr, row_label, _words_given_labels(counts))
        return [str(i) for i in range(n)], data, list(vocabulary), _markov(estimate.maximum_likelihood(transitions))

    def _start_again(self, starts: Array, items: list[str]) -> tuple[list[str], _Data, list[str], Markov]:
        data, words = self._encoded(starts, items)
        counts = estimate.Counts(self.counts_.transitions, data.row_ptr, data.row_label, np.exp(data.row_log))
        data = data._replace(row_log=_words_given_labels(counts))  # all words are those of X now
        return list(self.labels_), data, words, self._model().markov

    # ---- using

    def _model(self) -> _Model:
        """The probabilities of the counts; made when first needed."""
        self._check_fitted()
        if self._compiled is None:
            self._check_parameters()
            counts, words = self.counts_, self.words_
            row_ptr, row_label = counts.row_ptr, counts.row_label
            totals = counts.label_totals()
            with np.errstate(divide="ignore"):
                log_priors = np.log(totals / totals.sum())
            if self._expected:
                probabilities, row_log = estimate.maximum_likelihood(counts.transitions), _words_given_labels(counts)
            elif self.smoothing == "interpolation":
                probabilities, row_log = estimate.interpolated(counts.transitions), _words_given_labels(counts)
            else:
                probabilities = estimate.add_k(counts.transitions, self.k)
                n = counts.n_labels
                each = np.full((len(words), n), self.k)
                each[counts.row_word, row_label] += counts.row_count
                row_log = np.log(each / (totals + self.k * (len(words) + 1))).reshape(-1)
                row_ptr, row_label = np.arange(len(words) + 1) * n, np.tile(np.arange(n, dtype=np.uint16), len(words))
            vocabulary = {word: i for i, word in enumerate(words)}
            self._compiled = _Model(_markov(probabilities), vocabulary, row_log, row_ptr, row_label, log_priors)
        return self._compiled

    def _unknown(self, word: str) -> tuple[Array, Array]:
        """The labels that a word may have that was not seen, and log p(word | label), but for a constant."""
        counts, model = self.counts_, self._model()
        if self._expected:
            p = np.ones(counts.n_labels)
        elif self.max_suffix:
            if self._suffixes is None:
                self._suffixes = estimate.Suffixes(self.words_, counts, self.max_suffix, self.rare)
            with np.errstate(invalid="ignore"):  # 0 / 0 for a label that was never counted
                p = self._suffixes.probabilities(word) / np.exp(model.log_priors)
        elif self.smoothing == "add-k":
            p = 1 / (counts.label_totals() + self.k * (len(self.words_) + 1))
        else:
            once = np.bincount(counts.row_word, counts.row_count, len(self.words_)) == 1
            hapaxes = np.bincount(counts.row_label[once[counts.row_word]], minlength=counts.n_labels)
            p = (hapaxes + 1 / counts.n_labels) / counts.label_totals()
        labels = np.flatnonzero(p > 0)
        return labels.astype(np.uint16), np.log(p[labels] / (counts.row_count.sum() + 1))

    def _encoded(self, starts: Array, items: list[str]) -> tuple[_Data, list[str]]:
        """Items as rows, with a table of only the rows that they need, and the words of the rows."""
        model = self._model()
        here: dict[str, int] = {}
        rows = np.fromiter((here.setdefault(word, len(here)) for word in items), np.uint32, len(items))
        known = [model.vocabulary.get(word, -1) for word in here]
        parts: list[tuple[Array, Array]] = []
        for word, number in zip(here, known, strict=True):
            if number < 0:
                parts.append(self._unknown(word))
            else:
                at = slice(model.row_ptr[number], model.row_ptr[number + 1])
                parts.append((model.row_label[at], model.row_log[at]))
        row_ptr = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(labels) for labels, _ in parts], out=row_ptr[1:])
        row_label = np.concatenate([np.zeros(0, np.uint16), *(labels for labels, _ in parts)])
        row_log = np.concatenate([np.zeros(0), *(logs for _, logs in parts)])
        return _Data(starts, rows, row_ptr, row_label, row_log), list(here)

    def _encode(self, X: Sentences) -> _Data:
        self._check_fitted()
        return self._encoded(*_flat(X, "X"))[0]

    def _blocks(self, data: _Data) -> list[tuple[int, int]]:
        n = max(1, min(8 * self.threads, len(data.rows) // 1000)) if self.threads > 1 else 1
        bounds = np.searchsorted(data.starts, np.linspace(0, len(data.rows), n + 1)[1:-1]).tolist()
        return list(pairwise(sorted({0, *bounds, len(data.starts) - 1}))) if len(data.starts) > 1 else []

    def predict(self, X: Sentences) -> list[list[str]]:
        """The best labels of each sentence (Viterbi 1967)."""
        data, markov = self._encode(X), self._model().markov
        out = np.zeros(len(data.rows), np.uint16)
        run_blocks(lambda first, last: markov.decode(*data, first, last, out), self._blocks(data), self.threads)
        return _cut(np.array(self.labels_, object)[out].tolist(), data.starts)

    def predict_marginals(self, X: Sentences) -> list[list[dict[str, float]]]:
        """For each item the probability of every label."""
        data, markov, labels = self._encode(X), self._model().markov, self.labels_
        out, log_probs = np.zeros((len(data.rows), len(labels)), np.float32), np.zeros(len(data.starts) - 1)
        run_blocks(lambda first, last: markov.expect(*data, first, last, log_probs, out), self._blocks(data), self.threads)
        return _cut([dict(zip(labels, row, strict=True)) for row in out.tolist()], data.starts)

    def log_likelihood(self, X: Sentences) -> list[float]:
        """log p(words) of each sentence, whatever its labels; of unknown words only roughly."""
        data, markov = self._encode(X), self._model().markov
        out = np.zeros(len(data.starts) - 1)
        run_blocks(lambda first, last: markov.expect(*data, first, last, out), self._blocks(data), self.threads)
        return out.tolist()  # type: ignore[no-any-return]

    # ---- files

    def _get_state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        from ..container import pack_strings

        counts = self.counts_
        blob, offsets = pack_strings(self.words_)
        arrays = {
            "words.blob": np.frombuffer(blob, np.uint8),
            "words.offsets": np.array(offsets, np.int64),
            **{name: value for name, value in zip(counts._fields, counts, strict=True)},
        }
        return {"labels": self.labels_, "expected": self._expected}, arrays

    def _set_state(self, learned: Mapping[str, Any], arrays: Container) -> None:
        labels, expected, words = learned["labels"], learned["expected"], arrays.strings("words")
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels) or len(set(labels)) != len(labels):
            raise ModelFormatError("labels: expected different strings")
        counts = estimate.Counts(*(arrays.numpy(name) for name in estimate.Counts._fields))
        try:
            self._check_parameters()
        except ParameterError as error:
            raise ModelFormatError(str(error)) from None
        sound = _is_sound(counts, self.order, len(labels), len(words))
        if not sound or not isinstance(expected, bool) or len(set(words)) != len(words):
            raise ModelFormatError("counts of labels and words that do not fit each other")
        self._become(labels, words, counts, expected)


def _is_sound(counts: estimate.Counts, order: int, n_labels: int, n_words: int) -> bool:
    """Whether counts could have been counted."""
    ptr, label, number = counts.row_ptr, counts.row_label, counts.row_count
    if counts.transitions.shape != (n_labels + 1,) * (order + 1) or ptr.shape != (n_words + 1,) or label.shape != number.shape:
        return False
    if [a.dtype.str for a in counts] != ["<f8", "<i8", "<u2", "<f8"] or label.ndim != 1 or not n_words or not n_labels:
        return False
    if ptr[0] != 0 or ptr[-1] != len(label) or (np.diff(ptr) < 1).any() or (label >= n_labels).any():
        return False
    first = np.zeros(len(label), bool)
    first[ptr[:-1]] = True
    if not (first[1:] | (np.diff(label.astype(np.int64)) > 0)).all():
        return False
    in_range = all(((values >= 0) & (values < 2.0**53)).all() for values in (counts.transitions, number))
    return bool(in_range and number.sum() > 0)


def _markov(probabilities: Array) -> Markov:
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities)
    return Markov(probabilities.ndim - 1, len(probabilities) - 1, np.minimum(logs, 0).reshape(-1))


def _words_given_labels(counts: estimate.Counts) -> Array:
    """log p(word | label) by maximum likelihood; all words alike where a label was not seen."""
    totals = counts.label_totals()
    p = np.where(totals > 0, 1 / np.where(totals > 0, totals, 1), 0)[counts.row_label] * counts.row_count
    unseen = totals[counts.row_label] <= 0
    p[unseen] = 1 / (len(counts.row_ptr) - 1)
    with np.errstate(divide="ignore"):
        return np.log(p)  # type: ignore[no-any-return]


def _flat(sentences: Any, name: str) -> tuple[Array, list[str]]:
    """Where each sentence begins, and all items; of rows the first column."""
    if isinstance(sentences, (str, bytes, dict)) or sentences is None:
        raise ParameterError(f"{name} is {type(sentences).__name__}, expected a list of sentences")
    listed = sentences if hasattr(sentences, "__len__") else list(sentences)
    starts = np.zeros(len(listed) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, listed), np.int64, len(listed)), out=starts[1:])
    items = list(chain.from_iterable(listed))
    if not all(type(item) is str for item in items):
        items = [_first_column(item, i, starts, name) for i, item in enumerate(items)]
    return starts, items


def _first_column(item: Any, i: int, starts: Array, name: str) -> str:
    found = item[0] if isinstance(item, (list, tuple)) and item and name == "X" else item
    if isinstance(found, str):
        return str(found)
    sentence = int(np.searchsorted(starts, i, "right")) - 1
    expected = "a str, or a row of them" if name == "X" else "a str"
    raise ParameterError(f"{name}: sentence {sentence}, item {i - int(starts[sentence])} is {item!r}, expected {expected}")


def _say_where(starts: Array, label_starts: Array) -> None:
    """Raise for sentences and labels that do not fit."""
    if len(starts) != len(label_starts):
        raise ParameterError(f"{len(starts) - 1} sentences, but y has {len(label_starts) - 1}")
    lengths, labels = np.diff(starts), np.diff(label_starts)
    i = int(np.flatnonzero(lengths != labels)[0])
    raise ParameterError(f"sentence {i}: {lengths[i]} items, but y has {labels[i]} labels")


def _cut(items: list[Any], starts: Array) -> list[list[Any]]:
    return [items[a:b] for a, b in pairwise(starts.tolist())]
