"""The averaged structured perceptron and its passive-aggressive variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sequences import Array, Sequences

    # (epoch from 1, share of sentences that were wrong, share of items that were wrong, loss per sentence) -> stop?
    Watcher = Callable[[int, float, float, float], bool | None]

    Weights = tuple[Array, Array, Array, Array]

RULES = ("perceptron", "pa", "pa1", "pa2")


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
    shuffle: bool = True,
    allowed: Array | None = None,
    start: Array | None = None,
    end: Array | None = None,
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
        Passes over the data. Training ends early when a pass makes no mistake.
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
    shuffle : bool
        Take the sentences in another order in each pass, or as they stand.
    allowed, start, end : bool arrays, optional
        Which label may follow which (n_labels, n_labels), and may begin and end a sentence (n_labels,).
    watch : callable, optional
        Called after each pass with its number and the shares of wrong sentences and items and the mean loss in it; if it
        returns True, training ends.

    Returns
    -------
    row_ptr, row_label, weights, transitions : int64, uint16, float32, float32
        The weights of attribute ``a`` are ``weights[row_ptr[a]:row_ptr[a + 1]]``, for the labels in the same places
        of ``row_label``; the others are 0. ``transitions[i, j]`` is the weight of label j after label i.
    """
    import numpy as np

    from ..ext.perceptron import Learner

    if seqs.labels is None:
        raise ParameterError("sequences without labels, nothing to learn from")
    if rule not in RULES:
        raise ParameterError(f"rule {rule!r}, expected one of {', '.join(RULES)}")
    if epochs < 1:
        raise ParameterError(f"epochs={epochs}, expected at least 1")
    learner = Learner(
        seqs.starts, seqs.indptr, seqs.indices, seqs.values, seqs.labels, n_labels, seqs.n_attributes,
        rule=rule, aggressiveness=aggressiveness, margin=margin, average=average, allowed=allowed, begin=start, end=end,
    )  # fmt: skip
    random = np.random.default_rng(seed)
    order = np.arange(len(seqs), dtype=np.int64)
    sentences, items = max(1, len(seqs)), max(1, seqs.n_items)
    for epoch in range(1, epochs + 1):
        if shuffle:
            random.shuffle(order)
        wrong, wrong_items, loss = learner.learn(order)
        if (watch is not None and watch(epoch, wrong / sentences, wrong_items / items, loss / sentences)) or not wrong:
            break
    return learner.weights()
