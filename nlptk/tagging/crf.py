"""CRF: linear-chain conditional random fields, trained by L-BFGS, OWL-QN, SGD or AdaGrad."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..ext.crf import Likelihood
from .linear_chain import LinearChain
from .optimize import State, minimize
from .sequences import run_blocks
from .tagger import SequenceTagger

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .sequences import Array, Sequences
    from .tagger import TemplateLike


class Trained(NamedTuple):
    """Weights: ``row_ptr`` (None: all labels for all attributes), ``row_label``, ``weights``, ``transitions``."""

    row_ptr: Array | None
    row_label: Array | None
    weights: Array
    transitions: Array


def observed(seqs: Sequences, n_labels: int, min_freq: int = 0) -> tuple[Array, Array]:
    """``(row_ptr, row_label)``: the labels that each attribute is seen with, as often as ``min_freq``."""
    items = np.repeat(np.arange(seqs.n_items), np.diff(seqs.indptr))
    assert seqs.labels is not None
    keys = seqs.indices.astype(np.int64) * n_labels + seqs.labels[items]
    pairs, counts = np.unique(keys, return_counts=True)
    pairs = pairs[counts >= min_freq]
    row_ptr = np.zeros(seqs.n_attributes + 1, np.int64)
    np.cumsum(np.bincount(pairs // n_labels, minlength=seqs.n_attributes), out=row_ptr[1:])
    return row_ptr, (pairs % n_labels).astype(np.uint16)


def observed_transitions(seqs: Sequences, n_labels: int) -> Array:
    """How often each label follows each."""
    assert seqs.labels is not None
    counts = np.zeros((n_labels, n_labels), np.int64)
    second = np.ones(seqs.n_items, bool)
    second[seqs.starts[:-1][seqs.starts[:-1] < seqs.n_items]] = False
    at = np.flatnonzero(second)
    np.add.at(counts, (seqs.labels[at - 1], seqs.labels[at]), 1)
    return counts


class Objective:
    """``-log p(labels | sentences) + c2 |w|^2`` and its gradient.

    The variables are the weights of attributes, then all transitions row by row; those that are not to be learned stay 0.
    """

    def __init__(
        self,
        seqs: Sequences,
        n_labels: int,
        rows: tuple[Array, Array] | None,
        transitions: Array | None,
        c2: float,
        threads: int = 1,
    ) -> None:
        self.row_ptr: Array | None = rows[0] if rows else None
        self.row_label: Array | None = rows[1] if rows else None
        labels = seqs.labels
        assert labels is not None
        self.kernel = Likelihood(
            seqs.starts, seqs.indptr, seqs.indices, seqs.values, labels, n_labels, seqs.n_attributes, self.row_ptr, self.row_label
        )
        self.n_labels, self.c2, self.threads = n_labels, c2, threads
        self.n_weights: int = self.kernel.n_weights
        self.forbidden = None if transitions is None else ~transitions
        self.residuals = np.empty((seqs.n_items, self.kernel.width), np.float32)
        bounds = np.searchsorted(seqs.starts, np.linspace(0, seqs.n_items, min(64, len(seqs)) + 1)[1:-1])
        edges = sorted({0, *bounds.tolist(), len(seqs)})
        self.sentence_blocks = list(zip(edges, edges[1:], strict=False))  # the same for any number of threads
        attributes = np.linspace(0, seqs.n_attributes, 65).astype(int).tolist() if threads > 1 else [0, seqs.n_attributes]
        self.attribute_blocks = list(zip(attributes, attributes[1:], strict=False))

    @property
    def size(self) -> int:
        return self.n_weights + self.n_labels**2

    def __call__(self, x: Array, g: Array) -> float:
        n, labels = self.n_weights, self.n_labels
        weights, transitions = x[:n], x[n:].reshape(labels, labels)
        losses = np.zeros(len(self.sentence_blocks))
        expected = np.zeros((len(self.sentence_blocks), labels, self.kernel.width))
        number = {block: i for i, block in enumerate(self.sentence_blocks)}

        def likelihood(first: int, last: int) -> None:
            i = number[first, last]
            losses[i] = self.kernel.expectations(first, last, weights, transitions, self.residuals, expected[i])

        run_blocks(likelihood, self.sentence_blocks, self.threads)
        run_blocks(
            lambda first, last: self.kernel.gradient(first, last, self.residuals, g[:n]), self.attribute_blocks, self.threads
        )
        moves = expected.sum(0)[:, :labels]
        if self.forbidden is not None:
            moves[self.forbidden] = 0
        g[n:] = moves.reshape(-1)
        g += 2 * self.c2 * x
        loss = -float(losses.sum()) + self.c2 * float(x @ x)
        return loss if math.isfinite(loss) else math.inf


def train_crf(
    seqs: Sequences,
    n_labels: int,
    *,
    c1: float = 0.0,
    c2: float = 1.0,
    max_iterations: int | None = 100,
    min_freq: int = 0,
    all_possible_states: bool = False,
    all_possible_transitions: bool = False,
    threads: int = 1,
    start: Callable[[Array | None, Array | None], tuple[Array, Array]] | None = None,
    on_iteration: Callable[[State, Callable[[], Trained]], bool] | None = None,
    **search: Any,
) -> Trained:
    """Weights of a CRF by L-BFGS, or OWL-QN with c1 > 0; see :class:`CRF` for the parameters."""
    if seqs.labels is None:
        raise ParameterError("the sequences have no labels")
    rows = None if all_possible_states else observed(seqs, n_labels, min_freq)
    transitions = None
    if not all_possible_transitions:
        transitions = observed_transitions(seqs, n_labels) >= max(1, min_freq)
    objective = Objective(seqs, n_labels, rows, transitions, c2, threads)
    x = np.zeros(objective.size)
    if start:
        weights, moves = start(objective.row_ptr, objective.row_label)
        x[: objective.n_weights], x[objective.n_weights :] = weights, moves.reshape(-1)
        if transitions is not None:
            x[objective.n_weights :][~transitions.reshape(-1)] = 0

    def trained(x: Array) -> Trained:
        n = objective.n_weights
        return Trained(objective.row_ptr, objective.row_label, x[:n], x[n:].reshape(n_labels, n_labels))

    def each(state: State) -> bool:
        return bool(on_iteration and on_iteration(state, lambda: trained(state.x)))

    return trained(minimize(objective, x, c1=c1, max_iterations=max_iterations, on_iteration=each, **search).x)


class CRF(SequenceTagger):
    r"""Linear-chain conditional random field (Lafferty, McCallum, Pereira 2001), with the names of sklearn-crfsuite.

    ``p(y | x) = exp(sum_t sum_a value(t, a) w[a, y_t] + sum_t>0 A[y_t-1, y_t]) / Z(x)``; training finds the minimum of
    ``-sum log p(y | x) + c2 |w|^2 + c1 |w|_1`` over the weights ``w`` and ``A``.

    Parameters
    ----------
    algorithm : {"lbfgs"}
        L-BFGS (Nocedal 1980); with ``c1 > 0`` OWL-QN (Andrew & Gao 2007).
    c1, c2 : float
        Coefficients of the L1 norm and of the squared L2 norm (not of half of it).
    max_iterations : int or None
        At most; None: until it converges.
    min_freq : float
        Pairs of attribute and label, and of neighbouring labels, that are seen less often have no weight.
    all_possible_states, all_possible_transitions : bool
        Weights also for pairs that training does not see.
    num_memories, epsilon, period, delta, linesearch, max_linesearch
        Of L-BFGS, as in :func:`~nlptk.tagging.optimize.minimize`.
    template : Template, path, text or list of features, optional
        Makes attributes of columns.
    threads : int
        The result does not depend on it.
    warm_start : bool
        ``fit`` again begins with the attributes and weights of the last time.
    verbose : bool
        Show a progress bar, if stderr is a terminal.

    Examples
    --------
    >>> X, y = [[{"w": "a"}, {"w": "b"}], [{"w": "b"}]], [["X", "Y"], ["Y"]]
    >>> CRF(c2=0.1).fit(X, y).predict([[{"w": "b"}, {"w": "a"}]])
    [['Y', 'X']]
    """

    kind = "crf"

    def __init__(
        self,
        algorithm: str = "lbfgs",
        c1: float = 0.0,
        c2: float = 1.0,
        max_iterations: int | None = 100,
        min_freq: int = 0,
        all_possible_states: bool = False,
        all_possible_transitions: bool = False,
        num_memories: int = 6,
        epsilon: float = 1e-5,
        period: int = 10,
        delta: float = 1e-5,
        linesearch: str = "MoreThuente",
        max_linesearch: int = 20,
        template: TemplateLike | None = None,
        threads: int = 1,
        warm_start: bool = False,
        verbose: bool = False,
    ) -> None:
        self.algorithm = algorithm
        self.c1 = c1
        self.c2 = c2
        self.max_iterations = max_iterations
        self.min_freq = min_freq
        self.all_possible_states = all_possible_states
        self.all_possible_transitions = all_possible_transitions
        self.num_memories = num_memories
        self.epsilon = epsilon
        self.period = period
        self.delta = delta
        self.linesearch = linesearch
        self.max_linesearch = max_linesearch
        self.template = template
        self.threads = threads
        self.warm_start = warm_start
        self.verbose = verbose

    def _train(self, seqs: Sequences, labels: list[str], dev: Sequences | None, start: LinearChain | None) -> LinearChain:
        rows = train_crf(
            seqs,
            len(labels),
            c1=self.c1,
            c2=self.c2,
            max_iterations=self.max_iterations,
            min_freq=self.min_freq,
            all_possible_states=self.all_possible_states,
            all_possible_transitions=self.all_possible_transitions,
            threads=self.threads,
            num_memories=self.num_memories,
            epsilon=self.epsilon,
            period=self.period,
            delta=self.delta,
            linesearch=self.linesearch,
            max_linesearch=self.max_linesearch,
        )
        return LinearChain(labels, seqs.n_attributes, *rows)
