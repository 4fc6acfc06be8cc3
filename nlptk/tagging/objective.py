"""The objective of a CRF, and its minimum by L-BFGS or OWL-QN."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..ext.crf import Likelihood
from ..threads import in_threads
from .optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias

    from .linear_chain import LinearChain
    from .sequences import Array, Sequences

    OnStep: TypeAlias = "Callable[[float, Callable[[], Trained]], bool]"


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


def learned_transitions(seen: Array, min_freq: float, any_at_all: bool, all_possible: bool) -> Array:
    """Which pairs of labels have a weight."""
    out: Array = np.full(seen.shape, any_at_all) & (all_possible | (seen >= max(1, min_freq)))
    return out


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
    min_freq: float = 0,
    all_possible_states: bool = False,
    all_possible_transitions: bool = False,
    transitions: bool = True,
    threads: int = 1,
    start: LinearChain | None = None,
    on_step: OnStep | None = None,
    **search: Any,
) -> Trained:
    """Weights of a CRF by L-BFGS, or OWL-QN with c1 > 0; see :class:`~nlptk.tagging.CRF` for the parameters.

    ``transitions``: whether pairs of labels have weights at all. ``start``: the chain to begin with, over the same attributes.
    ``on_step(loss, weights)`` is called after each iteration, ``weights()`` are those of now; true ends the training.
    """
    seen = observed_transitions(seqs, n_labels)
    learned = learned_transitions(seen, min_freq, transitions, all_possible_transitions)
    objective = Objective(
        seqs,
        n_labels,
        c2,
        learned,
        min_freq=min_freq,
        all_states=all_possible_states,
        fuse=c1 == 0,
        threads=threads,
    )
    kernel = objective.kernel
    x = np.zeros(objective.size)
    if start is not None:
        weights, moves = aligned(start, kernel.row_ptr, kernel.row_label, n_labels)
        x = kernel.variables(weights, np.where(learned, moves, 0))

    def trained(x: Array) -> Trained:
        return Trained(kernel.row_ptr, kernel.row_label, *kernel.weights(x))

    end = minimize(
        objective,
        x,
        c1=c1,
        max_iterations=max_iterations,
        on_iteration=lambda state: bool(on_step and on_step(state.loss, lambda: trained(state.x))),
        each=lambda work, n: in_threads(work, n, threads),
        diagonal=curvature(objective, seen),
        **search,
    )
    return trained(end.x)


def aligned(chain: LinearChain, row_ptr: Array | None, row_label: Array | None, n_labels: int) -> tuple[Array, Array]:
    """The weights of a chain for other pairs of attribute and label, and for more labels; 0 for those that it does not have."""

    def keys(row_ptr: Array | None, row_label: Array | None, n: int) -> Array:
        if row_ptr is None or row_label is None:
            attributes = np.repeat(np.arange(n_attributes, dtype=np.int64), n)
            return attributes * n_labels + np.tile(np.arange(n), n_attributes)
        return np.repeat(np.arange(len(row_ptr) - 1, dtype=np.int64), np.diff(row_ptr)) * n_labels + row_label

    n_attributes, n = chain.n_attributes, len(chain.labels)
    transitions = np.zeros((n_labels, n_labels))
    transitions[:n, :n] = chain.transitions
    old, new = keys(chain.row_ptr, chain.row_label, n), keys(row_ptr, row_label, n_labels)
    if not len(old):
        return np.zeros(len(new)), transitions
    order = np.argsort(old, kind="stable")
    at = np.minimum(np.searchsorted(old, new, sorter=order), len(old) - 1)
    return np.where(old[order[at]] == new, chain.weights[order[at]], 0).astype(np.float64), transitions
