"""CRF: linear-chain conditional random fields."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from .descent import train_online
from .linear_chain import LinearChain
from .objective import Trained, train_crf
from .schemes import masks
from .tagger import SequenceTagger
from .template import Template
from .watch import Development, Watch

if TYPE_CHECKING:
    from typing import Any

    from .sequences import Sequences
    from .tagger import TemplateLike

ALGORITHMS = ("lbfgs", "sgd", "adagrad")
_NEGLIGIBLE = 0.01  # four of five weights that sgd and adagrad learn are nearer to 0, and change no label


class CRF(SequenceTagger):
    r"""Linear-chain conditional random field (Lafferty, McCallum, Pereira 2001), with the names of sklearn-crfsuite.

    ``p(y | x) = exp(sum_t sum_a value(t, a) w[a, y_t] + sum_t>0 A[y_t-1, y_t]) / Z(x)``; training finds the minimum of
    ``-sum log p(y | x) + c2 |w|^2 + c1 |w|_1`` over the weights ``w`` and ``A``.

    Parameters
    ----------
    algorithm : {"lbfgs", "sgd", "adagrad"}
        L-BFGS (Nocedal 1980), with ``c1 > 0`` OWL-QN (Andrew & Gao 2007); stochastic gradient (Bottou 2012); AdaGrad (Duchi,
        Hazan, Singer 2011). The last two learn in few passes, with a weight for every label of an attribute, and a limit on
        their number keeps them from learning the data by heart.
    c1, c2 : float
        Coefficients of the L1 norm and of the squared L2 norm (not of half of it).
    max_iterations : int or None
        Iterations, or passes over the data, at most; None: until it converges.
    min_freq : float
        Pairs of attribute and label, and of neighbouring labels, that are seen less often have no weight.
    all_possible_states, all_possible_transitions : bool
        Weights also for pairs that training does not see.
    period, delta : int, float
        Converged when the loss has fallen by less than ``delta`` of itself in the last ``period`` iterations; period 0: never.
    num_memories, epsilon, linesearch, max_linesearch
        Of L-BFGS, as in :func:`~nlptk.tagging.optimize.minimize`.
    cost : float
        Softmax margin (Gimpel & Smith 2010), not with lbfgs: in training, wrong labels have scores that are higher by so much.
    eta : float or None
        First rate of sgd and adagrad; None: found on a sample.
    seed : int
        Of the order of sentences in sgd and adagrad.
    patience : int or None
        With sentences held out (``X_dev``): end after so many iterations without a better score on them.
    scheme : str or None
        Of labels, such as ``BIO``: predict only sequences that it allows; sgd and adagrad learn among these only.
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
        cost: float = 0.0,
        eta: float | None = None,
        seed: int = 0,
        patience: int | None = None,
        scheme: str | None = None,
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
        self.cost = cost
        self.eta = eta
        self.seed = seed
        self.patience = patience
        self.scheme = scheme
        self.template = template
        self.threads = threads
        self.warm_start = warm_start
        self.verbose = verbose

    def _train(self, seqs: Sequences, labels: list[str], dev: Sequences | None, start: LinearChain | None) -> LinearChain:
        self._check()
        constraints = (None, None, None) if self.scheme is None else masks(labels, self.scheme)

        def chain(weights: Trained) -> LinearChain:
            return LinearChain(labels, seqs.n_attributes, *weights, *constraints)

        held_out = None if dev is None else Development(dev, labels, self.threads)
        common: dict[str, Any] = {
            "c2": self.c2,
            "max_iterations": self.max_iterations,
            "min_freq": self.min_freq,
            "all_possible_transitions": self.all_possible_transitions,
            "transitions": self.template is None or Template.of(self.template).transitions,
            "period": self.period,
            "delta": self.delta,
            "start": start,
        }
        with Watch(self.max_iterations, held_out, self.patience, self.verbose, "iteration") as watch:
            common["on_step"] = lambda loss, weights: watch.step(loss, lambda: chain(weights()))
            if self.algorithm == "lbfgs":
                weights = train_crf(
                    seqs,
                    len(labels),
                    c1=self.c1,
                    all_possible_states=self.all_possible_states,
                    threads=self.threads,
                    num_memories=self.num_memories,
                    epsilon=self.epsilon,
                    linesearch=self.linesearch,
                    max_linesearch=self.max_linesearch,
                    **common,
                )
            else:
                weights = train_online(
                    seqs,
                    len(labels),
                    adagrad=self.algorithm == "adagrad",
                    cost=self.cost,
                    eta=self.eta,
                    seed=self.seed,
                    allowed=constraints[0],
                    **common,
                )
        found = watch.best or chain(weights)
        return found if self.algorithm == "lbfgs" or seqs.values is not None else found.pruned(_NEGLIGIBLE)

    def _check(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise ParameterError(f"algorithm={self.algorithm!r}: expected one of {', '.join(ALGORITHMS)}")
        for name in ("c1", "c2", "cost", "min_freq", "max_iterations"):
            value = getattr(self, name)
            if name == "max_iterations" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 <= value < math.inf:
                raise ParameterError(f"{name}={value!r}: expected a number from 0")
        if self.c1 and self.algorithm != "lbfgs":
            raise ParameterError(f"c1={self.c1!r}: only lbfgs can have an L1 norm, not {self.algorithm}")
        if self.cost and self.algorithm == "lbfgs":
            raise ParameterError(f"cost={self.cost!r}: only sgd and adagrad can have one, not lbfgs")
        if self.eta is not None and not 0 < self.eta < math.inf:
            raise ParameterError(f"eta={self.eta!r}: expected a positive number, or None")
        for name in ("threads", "patience"):
            value = getattr(self, name)
            if name == "patience" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ParameterError(f"{name}={value!r}: expected 1 or more")
