"""Training under watch: a progress bar, scores on sentences held out, and when to stop."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ParameterError
from .schemes import LabelTable, span_arrays

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from .linear_chain import LinearChain
    from .sequences import Array, Sequences

_log = logging.getLogger("nlptk")


class Development:
    """Labelled sentences that are not learned from.

    Parameters
    ----------
    seqs : Sequences
    labels : sequence of str
        Names of the labels, by number.

    Attributes
    ----------
    measure : str
        ``F1`` of spans, as conlleval counts them, where the labels are those of a tag scheme; else ``accuracy``.
    """

    def __init__(self, seqs: Sequences, labels: Sequence[str], threads: int = 1) -> None:
        if seqs.labels is None or not seqs.n_items:
            raise ParameterError("no labelled items to score on")
        self._seqs, self._gold, self._threads = seqs, seqs.labels, threads
        self.measure = "accuracy"
        try:
            self._roles, self._kinds, _ = LabelTable(labels).roles()
        except ParameterError:  # these are no spans
            return
        if (self._roles > 0).any():
            self.measure = "F1"
            self._gold_spans = self._spans(self._gold)

    def _spans(self, labels: Array) -> set[tuple[int, int, int]]:
        parts = span_arrays(self._seqs.starts, self._roles[labels], self._kinds[labels])
        return set(zip(*(part.tolist() for part in parts), strict=True))

    def score(self, chain: LinearChain) -> float:
        """How well the chain does on the sentences."""
        found = chain.decode(self._seqs, self._threads)
        if self.measure == "accuracy":
            return float(np.mean(found == self._gold))
        spans = self._spans(found)
        total = len(spans) + len(self._gold_spans)
        return 2 * len(spans & self._gold_spans) / total if total else 1.0


class Watch:
    """A context around the steps of a training.

    Parameters
    ----------
    total : int, optional
        Steps at most.
    dev : Development, optional
        Keep the weights that do best on it.
    patience : int, optional
        Stop after so many steps in a row without a better score on `dev`.
    verbose : bool
        Show a bar, if stderr is a terminal; the ``nlptk`` logger gets a line a step (DEBUG) in any case.
    unit : str
        What a step is called.

    Attributes
    ----------
    best : LinearChain or None
        The best on `dev`.
    scores : list of float
        On `dev`, after each step.
    """

    def __init__(
        self,
        total: int | None = None,
        dev: Development | None = None,
        patience: int | None = None,
        verbose: bool = False,
        unit: str = "epoch",
    ) -> None:
        self.dev, self.patience, self.unit = dev, patience, unit
        self.best: LinearChain | None = None
        self.best_step = self.steps = 0
        self.scores: list[float] = []
        self._total, self._verbose = total, verbose
        self._bar: Any = None

    def __enter__(self) -> Self:
        if self._verbose and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, unit=self.unit, leave=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None = None, error: BaseException | None = None, trace: TracebackType | None = None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self, loss: float, chain: Callable[[], LinearChain]) -> bool:
        """Note a step with its loss; ``chain`` makes the weights of now. Whether to stop."""
        self.steps += 1
        facts = {"loss": f"{loss:.4g}"}
        if self.dev is not None:
            now = chain()
            score = self.dev.score(now)
            if not self.scores or score > max(self.scores):
                self.best, self.best_step = now, self.steps
            self.scores.append(score)
            facts[self.dev.measure] = f"{score:.4f}"
        if self._bar is not None:
            self._bar.set_postfix(facts, refresh=False)
            self._bar.update()
        _log.debug("%s %d: %s", self.unit, self.steps, ", ".join(f"{name} {value}" for name, value in facts.items()))
        return self.dev is not None and self.patience is not None and self.steps - self.best_step >= self.patience
