"""The objective of a CRF and its minimum: L-BFGS, OWL-QN, stochastic gradient, AdaGrad."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..ext.crf import Likelihood
from .optimize import minimize
from .sequences import in_threads

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from .linear_chain import LinearChain
    from .sequences import Array, Sequences

    OnStep: TypeAlias = "Callable[[float, Callable[[], Trained]], bool]"

ALGORITHMS = ("lbfgs", "sgd", "adagrad")


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
    algorithm: str = "lbfgs",
    c1: float = 0.0,
    c2: float = 1.0,
    max_iterations: int | None = 100,
    min_freq: float = 0,
    all_possible_states: bool = False,
    all_possible_transitions: bool = False,
    transitions: bool = True,
    eta: float | None = None,
    period: int = 10,
    delta: float = 1e-5,
    threads: int = 1,
    seed: int = 0,
    start: LinearChain | None = None,
    on_step: OnStep | None = None,
    **search: Any,
) -> Trained:
    """Weights of a CRF; see :class:`~nlptk.tagging.CRF` for the parameters.

    ``transitions``: whether pairs of labels have weights at all. ``start``: the chain to begin with, over the same attributes.
    ``on_step(loss, weights)`` is called after each iteration or pass, ``weights()`` are those of now; true ends the training.
    """
    _check(algorithm, c1, c2, max_iterations, min_freq, eta, threads)
    seen = observed_transitions(seqs, n_labels)
    learned = None if all_possible_transitions else seen >= max(1, min_freq)
    if not transitions:
        learned = np.zeros_like(seen, bool)
    objective = Objective(
        seqs,
        n_labels,
        c2,
        learned,
        min_freq=min_freq,
        all_states=all_possible_states,
        fuse=c1 == 0 and algorithm == "lbfgs",
        threads=threads,
    )
    kernel = objective.kernel
    x = np.zeros(objective.size)
    if start is not None:
        moves = np.zeros((n_labels, n_labels))
        moves[: len(start.labels), : len(start.labels)] = start.transitions
        x = kernel.variables(aligned(start, kernel, n_labels), moves if learned is None else np.where(learned, moves, 0))

    def trained(x: Array) -> Trained:
        return Trained(kernel.row_ptr, kernel.row_label, *kernel.weights(x))

    def on_pass(loss: float, x: Array) -> bool:
        return bool(on_step and on_step(loss, lambda: trained(x)))

    if algorithm != "lbfgs":
        descent = Descent(objective, len(seqs), algorithm == "adagrad", eta, seed, x)
        return trained(descent.run(max_iterations, period, delta, on_pass))
    end = minimize(
        objective,
        x,
        c1=c1,
        max_iterations=max_iterations,
        period=period,
        delta=delta,
        on_iteration=lambda state: on_pass(state.loss, state.x),
        each=lambda work, n: in_threads(work, n, threads),
        diagonal=curvature(objective, seen),
        **search,
    )
    return trained(end.x)


def _check(
    algorithm: str, c1: float, c2: float, max_iterations: int | None, min_freq: float, eta: float | None, threads: int
) -> None:
    if algorithm not in ALGORITHMS:
        raise ParameterError(f"algorithm={algorithm!r}: expected one of {', '.join(ALGORITHMS)}")
    for name, value in (("c1", c1), ("c2", c2), ("min_freq", min_freq), ("max_iterations", max_iterations or 0)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not (math.isfinite(value) and value >= 0):
            raise ParameterError(f"{name}={value!r}: expected a number from 0")
    if c1 and algorithm != "lbfgs":
        raise ParameterError(f"c1={c1!r}: only lbfgs can have an L1 norm, not {algorithm}")
    if eta is not None and not (math.isfinite(eta) and eta > 0):
        raise ParameterError(f"eta={eta!r}: expected a positive number, or None")
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ParameterError(f"threads={threads!r}: expected 1 or more")


def aligned(chain: LinearChain, kernel: Likelihood, n_labels: int) -> Array:
    """The chain's weights in the order of the kernel's; 0 for pairs of attribute and label that the chain does not have."""

    def keys(row_ptr: Array | None, row_label: Array | None, n: int) -> Array:
        if row_ptr is None or row_label is None:
            attributes = np.repeat(np.arange(n_attributes, dtype=np.int64), n)
            return attributes * n_labels + np.tile(np.arange(n), n_attributes)
        return np.repeat(np.arange(len(row_ptr) - 1, dtype=np.int64), np.diff(row_ptr)) * n_labels + row_label

    n_attributes = chain.n_attributes
    old, new = keys(chain.row_ptr, chain.row_label, len(chain.labels)), keys(kernel.row_ptr, kernel.row_label, n_labels)
    order = np.argsort(old, kind="stable")
    at = np.minimum(np.searchsorted(old, new, sorter=order), max(len(old) - 1, 0))
    if not len(old):
        return np.zeros(len(new))
    found: Array = np.where(old[order[at]] == new, chain.weights[order[at]], 0).astype(np.float64)
    return found


class Descent:
    """Stochastic gradient (Bottou 2012), or AdaGrad (Duchi, Hazan, Singer 2011): a step after each sentence, in random order.

    Parameters
    ----------
    objective : Objective
    n : int
        Sentences.
    adagrad : bool
    eta : float, optional
        The first rate; None: of several the one that does best on up to 1000 sentences, as CRFsuite finds it.
    seed : int
        Of the order.
    x : float64
        Where to begin.
    """

    def __init__(self, objective: Objective, n: int, adagrad: bool, eta: float | None, seed: int, x: Array) -> None:
        self.objective, self.n, self.adagrad, self.x = objective, n, adagrad, x
        self.random = np.random.default_rng(seed)
        self.decay = 2 * objective.c2 / n
        self.fixed = None if objective.forbidden is None else objective.forbidden.astype(np.uint8).reshape(-1)
        self.eta = self._calibrate() if eta is None else eta

    def _pass(self, order: Array, x: Array, eta: float, step: int, squares: Array | None) -> float:
        """-log p of the sentences, each before its step."""
        loss = -self.objective.kernel.descend(order, x, eta, self.decay, step, squares, self.fixed)
        return loss if math.isfinite(loss) else math.inf

    def _squares(self) -> Array | None:
        return np.zeros(len(self.x)) if self.adagrad else None

    def _calibrate(self) -> float:
        """The rate with which one pass over a sample gets furthest."""
        order = self.random.permutation(self.n)[:1000]
        candidates = [2.0**k / 16 for k in range(-4, 8)]

        def loss(eta: float) -> float:
            x, squares = self.x.copy(), self._squares()
            first = self._pass(order, x, eta, 0, squares)
            return first + self._pass(order, x, eta, len(order), squares)  # what it fits and what it forgets

        return min(candidates, key=loss)

    def run(self, passes: int | None, period: int, delta: float, on_pass: Callable[[float, Array], bool]) -> Array:
        """The variables of the pass with the lowest loss."""
        x, squares = self.x.copy(), self._squares()
        best: Array = x.copy()
        lowest = math.inf
        losses: list[float] = []
        while passes is None or len(losses) < passes:
            order = self.random.permutation(self.n)
            loss = self._pass(order, x, self.eta, len(losses) * self.n, squares)
            if not math.isfinite(loss):
                raise ParameterError(f"eta={self.eta}: the weights left the range of numbers; a smaller one may do")
            loss += self.objective.c2 * float(x @ x)
            losses.append(loss)
            if loss < lowest:
                best, lowest = x.copy(), loss
            if on_pass(loss, x):
                break
            if period and len(losses) > period and losses[-1 - period] - loss < delta * abs(loss):
                break
        return best
