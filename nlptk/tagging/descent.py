"""A CRF learned sentence by sentence: stochastic gradient descent and AdaGrad."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from ..ext.crf_online import Learner
from .objective import Trained, aligned, learned_transitions, observed_transitions

if TYPE_CHECKING:
    from .linear_chain import LinearChain
    from .objective import OnStep
    from .sequences import Array, Sequences

_SAMPLE = 1000  # sentences that rates are tried on


def train_online(
    seqs: Sequences,
    n_labels: int,
    *,
    adagrad: bool = True,
    c2: float = 1.0,
    cost: float = 0.0,
    max_iterations: int | None = 100,
    min_freq: float = 0,
    all_possible_transitions: bool = False,
    transitions: bool = True,
    eta: float | None = None,
    period: int = 10,
    delta: float = 1e-5,
    seed: int = 0,
    allowed: Array | None = None,
    start: LinearChain | None = None,
    on_step: OnStep | None = None,
) -> Trained:
    """Weights of a CRF after passes over the sentences in random order, a step after each; see :class:`~nlptk.tagging.CRF`.

    Every pair of attribute and label has a weight. Label sequences are those that ``allowed`` (n_labels, n_labels) allows
    and those of the data. The other parameters are those of :func:`~nlptk.tagging.objective.train_crf`.
    """
    labels = seqs.labels
    if labels is None:
        raise ParameterError("the sequences have no labels")
    seen = observed_transitions(seqs, n_labels)
    learned = learned_transitions(seen, min_freq, transitions, all_possible_transitions)
    forbidden = np.zeros_like(learned) if allowed is None else ~allowed & (seen == 0)
    n = len(seqs)
    random = np.random.default_rng(seed)

    def learner(eta: float) -> Learner:
        new = Learner(
            seqs.starts,
            seqs.indptr,
            seqs.indices,
            seqs.values,
            labels,
            n_labels,
            seqs.n_attributes,
            (~learned | forbidden).astype(np.uint8),
            c2=c2,
            cost=cost,
            adagrad=adagrad,
            eta=eta,
        )
        new.transitions[forbidden] = -np.inf
        if start is not None:
            weights, moves = aligned(start, None, None, n_labels)
            new.weights[:] = weights.reshape(-1, n_labels)
            new.transitions[learned & ~forbidden] = moves[learned & ~forbidden]
        return new

    def calibrated() -> float:
        """The rate with which a pass over a sample gets furthest, as CRFsuite finds it; what the pass after it meets tells."""
        order = random.permutation(n)[:_SAMPLE]

        def loss(eta: float) -> float:
            trial = learner(eta)
            trial.learn(order)
            found = trial.learn(order)
            return found if math.isfinite(found) else math.inf

        return min((2.0**k for k in range(-8, 4)), key=loss)

    kernel = learner(calibrated() if eta is None else eta)

    def trained() -> Trained:
        return Trained(None, None, np.array(kernel.weights).reshape(-1), np.where(forbidden, 0, kernel.transitions))

    losses: list[float] = []
    while max_iterations is None or len(losses) < max_iterations:
        loss = kernel.learn(random.permutation(n))
        losses.append(loss)
        if not math.isfinite(loss):
            raise ParameterError(f"eta={eta}: the weights left the range of numbers; a smaller one may do")
        if on_step and on_step(loss, trained):
            break
        if period and len(losses) > period and losses[-1 - period] - loss < delta * abs(loss):
            break
    return trained()
