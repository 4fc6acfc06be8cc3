"""CRF: linear-chain conditional random fields, trained by L-BFGS, OWL-QN, SGD or AdaGrad."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..ext.crf import Likelihood
from .linear_chain import LinearChain
from .optimize import State, minimize
from .sequences import in_threads
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
    """``-log p(labels | sentences) + c2 |w|^2`` and its gradient, over the variables of the kernel's layout.

    Parameters
    ----------
    seqs : Sequences
        With labels.
    n_labels : int
    c2 : float
    transitions : bool, shape (n_labels, n_labels), optional
        Those that have a weight; None: all.
    min_freq, all_states, fuse
        Of :class:`~nlptk.ext.crf.Likelihood`.
    threads : int
        The sums are made in the same order for any number.
    """

    def __init__(
        self,
        seqs: Sequences,
        n_labels: int,
        c2: float = 0.0,
        transitions: Array | None = None,
        *,
        min_freq: float = 0,
        all_states: bool = False,
        fuse: bool = True,
        threads: int = 1,
    ) -> None:
        labels = seqs.labels
        if labels is None:
            raise ParameterError("the sequences have no labels")
        self.kernel = Likelihood(
            seqs.starts,
            seqs.indptr,
            seqs.indices,
            seqs.values,
            labels,
            n_labels,
            seqs.n_attributes,
            min_freq=min_freq,
            all_states=all_states,
            fuse=fuse,
        )
        self.size: int = self.kernel.n_variables
        self.n_labels, self.c2, self.threads = n_labels, c2, threads
        self.forbidden = None if transitions is None else ~transitions
        bounds = np.searchsorted(seqs.starts, np.linspace(0, seqs.n_items, min(64, len(seqs)) + 1)[1:-1])
        edges = sorted({0, *bounds.tolist(), len(seqs)})
        self.blocks = list(itertools.pairwise(edges))  # the same for any number of threads
        self.shares = 1 if threads == 1 else 16 * threads

    def __call__(self, x: Array, g: Array) -> float:
        kernel, labels = self.kernel, self.n_labels
        losses = np.zeros(len(self.blocks))
        expected = np.zeros((len(self.blocks), labels, kernel.width))

        def likelihood(block: int) -> None:
            losses[block] = kernel.expectations(*self.blocks[block], x, expected[block])

        in_threads(lambda share: kernel.spread(x, share, self.shares), self.shares, self.threads)
        in_threads(likelihood, len(self.blocks), self.threads)
        in_threads(lambda share: kernel.gradient(g, share, self.shares), self.shares, self.threads)
        moves = expected.sum(0)[:, :labels]
        if self.forbidden is not None:
            moves[self.forbidden] = 0
        g[-labels * labels :] = moves.reshape(-1)
        loss = kernel.regularize(x, g, self.c2) - float(losses.sum())
        return loss if math.isfinite(loss) else math.inf


def curvature(objective: Objective, seen: Array) -> Array:
    """About the second derivative along each variable; ``seen``: numbers of transitions.

    That of the norm, plus part of the root of how often the variable's pair is seen: what is frequent is curved, but soon well
    explained. Beginning with it, L-BFGS needs half of the iterations on CoNLL-2000, and a third of them on People's Daily.
    """
    counts = objective.kernel.counts()
    counts[-seen.size :] = seen.reshape(-1)
    diagonal: Array = 2 * objective.c2 + 0.3 * np.sqrt(np.maximum(np.abs(counts), 1))
    return diagonal


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
    seen = observed_transitions(seqs, n_labels)
    transitions = None if all_possible_transitions else seen >= max(1, min_freq)
    objective = Objective(
        seqs,
        n_labels,
        c2,
        transitions,
        min_freq=min_freq,
        all_states=all_possible_states,
        fuse=c1 == 0,
        threads=threads,
    )
    kernel = objective.kernel
    x = np.zeros(objective.size)
    if start:
        weights, moves = start(kernel.row_ptr, kernel.row_label)
        x = kernel.variables(weights, moves if transitions is None else np.where(transitions, moves, 0))

    def trained(x: Array) -> Trained:
        return Trained(kernel.row_ptr, kernel.row_label, *kernel.weights(x))

    def each(state: State) -> bool:
        return bool(on_iteration and on_iteration(state, lambda: trained(state.x)))

    def spread(work: Callable[[int], object], n: int) -> None:
        in_threads(work, n, threads)

    end = minimize(
        objective,
        x,
        c1=c1,
        max_iterations=max_iterations,
        on_iteration=each,
        each=spread,
        diagonal=curvature(objective, seen),
        **search,
    )
    return trained(end.x)


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
        num_memories: int = 10,
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
