"""The averaged structured perceptron and its passive-aggressive variants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from ..ext.perceptron import RULES, Learner
from .linear_chain import LinearChain
from .schemes import masks
from .tagger import SequenceTagger, _listed
from .watch import Development, Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeAlias

    from typing_extensions import Self

    from .sequences import Array, Sequences
    from .tagger import Sentences, TemplateLike

    Constraints: TypeAlias = tuple[Array | None, Array | None, Array | None]  # allowed, start, end
    Weights: TypeAlias = tuple[Array, Array, Array, Array]  # row_ptr, row_label, weights, transitions
    # (epoch from 1, loss per sentence, the weights so far) -> stop?
    Watcher: TypeAlias = Callable[[int, float, Callable[[], Weights]], bool | None]


def train_perceptron(
    seqs: Sequences,
    n_labels: int,
    *,
    epochs: int = 10,
    seed: int = 0,
    rule: str = "perceptron",
    aggressiveness: float = 1.0,
    margin: float = 0.0,
    average: bool = True,
    burn_in: float = 0.0,
    shuffle: bool = True,
    epsilon: float = 0.0,
    allowed: Array | None = None,
    start: Array | None = None,
    end: Array | None = None,
    initial: Weights | None = None,
    watch: Watcher | None = None,
) -> Weights:
    r"""Learn a structured perceptron (Collins 2002) over label chains.

    Each sentence is decoded with the weights so far; if the best labels are not the right ones, the weights move by
    :math:`\tau\,(\phi(x, y) - \phi(x, \hat y))`, the difference of the features of the right and of the found labels.
    The result is the average of the weights after every sentence.

    Parameters
    ----------
    seqs : Sequences
        The data, with labels.
    n_labels : int
        How many labels there are.
    epochs : int
        Passes over the data.
    seed : int
        For the order of the sentences, which is a new one in each pass.
    rule : {"perceptron", "pa", "pa1", "pa2"}
        The step :math:`\tau`: 1, or the passive-aggressive ones (Crammer et al. 2006) from the loss
        :math:`\ell = score(\hat y) - score(y) + cost` and the squared norm :math:`n` of the difference:
        :math:`\ell / n`, :math:`\min(C, \ell / n)`, :math:`\ell / (n + 1/2C)`. The cost is the square root of the
        number of wrong labels, or with a `margin` the margin times this number.
    aggressiveness : float
        The :math:`C` of pa1 and pa2.
    margin : float
        Every wrong label gets so much in addition when decoding in training: the right labels have to win by a margin
        that grows with the number of differences (Hamming cost).
    average : bool
        Average the weights, or take the last ones.
    burn_in : float
        The share of the passes that the average leaves out: with 0.5 it is that of the second half. (So that it is good early
        on, too, it begins anew after half of that share, a quarter ...)
    shuffle : bool
        Take the sentences in another order in each pass, or as they stand.
    epsilon : float
        Training ends when a pass labels no more than this share of the items wrong.
    allowed, start, end : bool arrays, optional
        Which label may follow which (n_labels, n_labels), and may begin and end a sentence (n_labels,).
    initial : optional
        Weights to begin with, as this function returns them.
    watch : callable, optional
        Called after each pass with its number, the mean loss of a sentence in it and a function for the weights so far; if it
        returns True, training ends.

    Returns
    -------
    row_ptr, row_label, weights, transitions : int64, uint16, float32, float32
        The weights of attribute ``a`` are ``weights[row_ptr[a]:row_ptr[a + 1]]``, for the labels in the same places
        of ``row_label``; the others are 0. ``transitions[i, j]`` is the weight of label j after label i.
    """
    constraints = allowed, start, end
    learner = new_learner(seqs, n_labels, rule, aggressiveness, margin, average, constraints)
    if initial is not None:
        _begin_with(learner, initial)
    return run_epochs(learner, seqs, epochs, burn_in, seed, shuffle, epsilon, watch)


def new_learner(
    seqs: Sequences,
    n_labels: int,
    rule: str,
    aggressiveness: float,
    margin: float,
    average: bool,
    constraints: Constraints,
) -> Learner:
    """The kernel with its data; the parameters are checked."""
    if seqs.labels is None:
        raise ParameterError("sequences without labels, nothing to learn from")
    if rule not in RULES:
        raise ParameterError(f"rule={rule!r}: expected one of {', '.join(RULES)}")
    if not (math.isfinite(aggressiveness) and aggressiveness > 0):
        raise ParameterError(f"aggressiveness={aggressiveness}: expected a number above 0")
    if not (math.isfinite(margin) and margin >= 0):
        raise ParameterError(f"margin={margin}: expected 0 or more")
    data = seqs.starts, seqs.indptr, seqs.indices, seqs.values, seqs.labels
    return Learner(*data, n_labels, seqs.n_attributes, rule, aggressiveness, margin, average, *constraints)


def run_epochs(
    learner: Learner,
    seqs: Sequences,
    epochs: int,
    burn_in: float,
    seed: int,
    shuffle: bool,
    epsilon: float,
    watch: Watcher | None,
) -> Weights:
    """Pass after pass over the sentences."""
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ParameterError(f"epochs={epochs!r}: expected 1 or more")
    if not 0 <= burn_in < 1:
        raise ParameterError(f"burn_in={burn_in}: expected a share, 0 or more and below 1")
    afresh = {int(epochs * burn_in / 2**i) for i in range(64)} - {0}
    random = np.random.default_rng(seed)
    order = np.arange(len(seqs), dtype=np.int64)
    for epoch in range(1, epochs + 1):
        if epoch - 1 in afresh:
            learner.forget()
        if shuffle:
            random.shuffle(order)
        _, wrong_items, loss = learner.learn(order)
        if watch is not None and watch(epoch, loss / max(1, len(seqs)), learner.weights):
            break
        if wrong_items <= epsilon * seqs.n_items:
            break
    return learner.weights()


def _begin_with(learner: Learner, initial: Weights) -> None:
    row_ptr, row_label, weights, transitions = initial
    nothing = np.zeros(len(weights)), np.asarray(transitions, np.float32), np.zeros(np.shape(transitions))
    learner.resume(row_ptr, row_label, np.asarray(weights, np.float32), *nothing, 0.0)


class Perceptron(SequenceTagger):
    r"""Averaged structured perceptron (Collins 2002) and passive-aggressive variants (Crammer et al. 2006).

    Training decodes each sentence and, where the best labels are not the right ones, moves the weights by a step times
    the difference of the features of the two; see :func:`~nlptk.tagging.perceptron.train_perceptron`. Much faster to train
    than a CRF and about as good, but its scores are no log-probabilities: `predict_marginals` normalises them all the
    same.

    Parameters
    ----------
    epochs : int
        Passes over the data. Training ends before, when a pass makes no mistake.
    rule : {"perceptron", "pa", "pa1", "pa2"}
        How large a step is: 1, or as passive-aggressive learning has it.
    aggressiveness : float
        ``C`` of pa1 and pa2.
    margin : float
        By how much a right label has to beat a wrong one, for each item (Hamming cost).
    average : bool
        Average the weights over all sentences of all passes, or keep the last ones.
    burn_in : float
        The share of the passes that the average leaves out. With many attributes and the rule pa1, 0.5 is much better than 0.
    epsilon : float
        Training ends when a pass labels no more than this share of the items wrong.
    shuffle : bool
        Take the sentences in another order in each pass.
    patience : int, optional
        With sentences held out (``X_dev``): end after so many passes without a better score on them.
    scheme : {"BIO", "IOB1", "BIOES", "BMES", "BILOU"}, optional
        In training and afterwards only label sequences that this scheme allows.
    seed : int
        For the order of the sentences. The same seed gives the same model.
    min_freq : int
        Attributes that are seen less often are left out.
    template : Template, path, text or list of features, optional
        Makes attributes of columns.
    threads : int
        For prediction; training has one.
    warm_start : bool
        ``fit`` again begins with the attributes and weights of the last time.
    verbose : bool
        Show a progress bar, if stderr is a terminal.

    Examples
    --------
    >>> X, y = [[{"w": "a"}, {"w": "b"}], [{"w": "b"}]], [["X", "Y"], ["Y"]]
    >>> Perceptron(epochs=5).fit(X, y).predict([[{"w": "b"}, {"w": "a"}]])
    [['Y', 'X']]
    """

    kind = "perceptron"

    def __init__(
        self,
        epochs: int = 20,
        rule: str = "perceptron",
        aggressiveness: float = 1.0,
        margin: float = 0.0,
        average: bool = True,
        burn_in: float = 0.0,
        epsilon: float = 0.0,
        shuffle: bool = True,
        patience: int | None = None,
        scheme: str | None = None,
        seed: int = 0,
        min_freq: int = 0,
        template: TemplateLike | None = None,
        threads: int = 1,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.epochs = epochs
        self.rule = rule
        self.aggressiveness = aggressiveness
        self.margin = margin
        self.average = average
        self.burn_in = burn_in
        self.epsilon = epsilon
        self.shuffle = shuffle
        self.patience = patience
        self.scheme = scheme
        self.seed = seed
        self.min_freq = min_freq
        self.template = template
        self.threads = threads
        self.warm_start = warm_start
        self.verbose = verbose

    _snapshot: Any = None  # of the learner, so that partial_fit goes on where it was

    def _learner(self, seqs: Sequences, labels: list[str]) -> tuple[Learner, Constraints]:
        """The kernel, and what the scheme allows."""
        constraints: Constraints = (None, None, None) if self.scheme is None else masks(labels, self.scheme)
        try:
            learner = new_learner(seqs, len(labels), self.rule, self.aggressiveness, self.margin, self.average, constraints)
        except ParameterError:
            raise
        except ValueError as error:  # labels that the scheme does not allow, with the place
            raise ParameterError(f"{error} by the scheme {self.scheme}; labels: {', '.join(labels)}") from None
        return learner, constraints

    def _train(self, seqs: Sequences, labels: list[str], dev: Sequences | None, start: LinearChain | None) -> LinearChain:
        if self.patience is not None and self.patience < 1:
            raise ParameterError(f"patience={self.patience}: expected 1 or more, or None")
        learner, constraints = self._learner(seqs, labels)
        if start is not None:
            _begin_with(learner, (*start._rows(), start.weights, start.transitions))
        self._snapshot = None

        def chain(weights: Weights) -> LinearChain:
            return LinearChain(labels, seqs.n_attributes, *weights, *constraints)

        held_out = None if dev is None else Development(dev, labels, self.threads)
        with Watch(self.epochs, held_out, self.patience, self.verbose) as watch:
            weights = run_epochs(
                *(learner, seqs, self.epochs, self.burn_in, self.seed, self.shuffle, self.epsilon),
                lambda _, loss, weights: watch.step(loss, lambda: chain(weights())),
            )
        return watch.best or chain(weights)

    def partial_fit(self, X: Sentences, y: Sequence[Sequence[str]]) -> Self:
        """One more pass, over these sentences.

        The first call decides on the attributes, those of later sentences that are new are left out; labels may be new. Passes
        over the same sentences with ``shuffle=False`` give what `fit` gives with as many epochs. A model that was fitted or
        loaded goes on from its weights, with a new average.
        """
        again = hasattr(self, "chain_")
        sentences = _listed(X, "X")
        encoder = self.encoder_ if again else self._new_encoder()
        seqs = encoder.transform(sentences) if again else encoder.fit_transform(sentences)
        labels = list(self.labels_) if again else []
        seqs = self._labelled(seqs, y, labels, "y", new=True)
        if not labels:
            raise ParameterError("nothing to learn from: no sentence has an item")
        learner, constraints = self._learner(seqs, labels)
        passes = 0
        if again and self._snapshot is not None:
            passes = self._snapshot[0]
            learner.resume(*self._snapshot[1])
        elif again:
            _begin_with(learner, (*self.chain_._rows(), self.chain_.weights, self.chain_.transitions))
        order = np.arange(len(seqs), dtype=np.int64)
        if self.shuffle:
            np.random.default_rng((self.seed, passes)).shuffle(order)
        learner.learn(order)
        self._snapshot = passes + 1, learner.snapshot()
        self.encoder_, self.labels_ = encoder, labels
        self.chain_ = LinearChain(labels, seqs.n_attributes, *learner.weights(), *constraints)
        return self
