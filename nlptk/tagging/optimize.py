"""L-BFGS and OWL-QN: smooth objectives of many variables, with or without an L1 norm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError
from ..ext.optimize import Vectors, in_turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from .sequences import Array

    Evaluate: TypeAlias = Callable[[Array, Array], float]  # point, gradient to be filled -> value

LINE_SEARCHES = ("MoreThuente", "Backtracking", "StrongBacktracking")
_SUFFICIENT, _CURVATURE = 1e-4, 0.9  # Wolfe's conditions
_NOISE = 1e-8  # of a loss, relative: weights and marginals are summed up in single precision


class State(NamedTuple):
    """Where an optimizer stands after an iteration."""

    iteration: int
    loss: float
    x: Array
    gradient_norm: float
    evaluations: int


def minimize(
    evaluate: Evaluate,
    x: Array,
    *,
    c1: float = 0.0,
    max_iterations: int | None = None,
    num_memories: int = 10,
    epsilon: float = 1e-5,
    period: int = 10,
    delta: float = 1e-5,
    linesearch: str = "MoreThuente",
    max_linesearch: int = 20,
    on_iteration: Callable[[State], bool] | None = None,
    each: Callable[[Callable[[int], object], int], object] = in_turn,
    diagonal: Array | None = None,
) -> State:
    r"""The minimum of ``f(x) + c1 |x|_1``, by L-BFGS (Nocedal 1980), with c1 > 0 by OWL-QN (Andrew & Gao 2007).

    Parameters
    ----------
    evaluate : callable
        ``evaluate(x, g)`` gives ``f(x)`` and writes its gradient to ``g``.
    x : float64
        Where to begin; not changed.
    c1 : float
    max_iterations : int, optional
        None: until it converges.
    num_memories : int
        Steps that the curvature is estimated from.
    epsilon : float
        Converged when ``|g| < epsilon max(1, |x|)``.
    period, delta : int, float
        Converged when the loss has fallen by less than ``delta`` of itself in the last ``period`` iterations; period 0: never.
    linesearch : {"MoreThuente", "Backtracking", "StrongBacktracking"}
        Steps by interpolation until Wolfe's conditions hold; halved until the loss falls enough; halved or doubled until
        Wolfe's conditions hold. OWL-QN always halves.
    max_linesearch : int
        Evaluations in one iteration.
    on_iteration : callable, optional
        Told the state after each iteration; true ends the search.
    each : callable
        ``each(work, n)`` calls work(0) to work(n - 1), if it likes in threads.
    diagonal : array, optional
        About the curvature along each variable: where L-BFGS begins.

    Returns
    -------
    State
        The last one.
    """
    _check(c1, num_memories, epsilon, period, delta, linesearch, max_linesearch)
    x = np.array(x, np.float64)
    g, direction = np.empty_like(x), np.empty_like(x)
    spare = [np.empty_like(x), np.empty_like(x)]  # a point to try, and its gradient
    vectors = Vectors(max(len(x), 1), num_memories, each, diagonal)
    loss = evaluate(x, g) + c1 * float(np.abs(x).sum())
    if not math.isfinite(loss):
        raise ParameterError(f"the loss is {loss} at the start")
    slope = _pseudo_gradient(x, g, c1) if c1 else g
    losses = [loss]
    state = State(0, loss, x, math.sqrt(vectors.dot(slope, slope)), 1)
    while max_iterations is None or state.iteration < max_iterations:
        if state.gradient_norm <= epsilon * max(1.0, math.sqrt(vectors.dot(x, x))):
            break
        descent = vectors.direction(slope, direction)
        if c1:
            direction[direction * slope >= 0] = 0  # stay in the orthant that the gradient points to
            descent = vectors.dot(direction, slope)
        if not descent < 0:  # rounding, or nothing left: once more without memory
            if not vectors.count:
                break
            vectors.clear()
            continue
        step = 1.0 if vectors.count else 1 / math.sqrt(vectors.dot(direction, direction))
        line = _Line(evaluate, vectors, x, direction, loss, descent, *spare)
        if not (line.search_orthant(slope, step, c1, max_linesearch) if c1 else line.search(step, linesearch, max_linesearch)):
            if not vectors.count:
                break
            vectors.clear()  # the estimate of the curvature led nowhere: along the gradient
            state = state._replace(evaluations=state.evaluations + line.evaluations)
            continue
        vectors.push(line.x, x, line.g, g)
        spare = [x, g]
        x, g, loss = line.x, line.g, line.loss
        slope = _pseudo_gradient(x, g, c1) if c1 else g
        norm = math.sqrt(vectors.dot(slope, slope))
        state = State(state.iteration + 1, loss, x, norm, state.evaluations + line.evaluations)
        losses.append(loss)
        if on_iteration and on_iteration(state):
            break
        if period and len(losses) > period and losses[-1 - period] - loss < delta * abs(loss):
            break
    return state


def _check(c1: float, memories: int, epsilon: float, period: int, delta: float, linesearch: str, most: int) -> None:
    if linesearch not in LINE_SEARCHES:
        raise ParameterError(f"linesearch={linesearch!r}: expected one of {', '.join(LINE_SEARCHES)}")
    limits = {"c1": (c1, 0), "epsilon": (epsilon, 0), "delta": (delta, 0), "period": (period, 0)}
    limits |= {"num_memories": (memories, 1), "max_linesearch": (most, 1)}
    for name, (value, least) in limits.items():
        if not (math.isfinite(value) and value >= least):
            raise ParameterError(f"{name}={value!r}: expected {least} or more")


def _pseudo_gradient(x: Array, g: Array, c1: float) -> Array:
    """The one-sided derivative of ``f + c1 |x|_1`` that is nearest to 0 where ``x`` is."""
    at_zero = np.where(g > c1, g - c1, np.where(g < -c1, g + c1, 0.0))
    out: Array = np.where(x > 0, g + c1, np.where(x < 0, g - c1, at_zero))
    return out


class _Line:
    """A search along a line; afterwards ``x``, ``g`` and ``loss`` are those of the point that it found."""

    def __init__(
        self,
        evaluate: Evaluate,
        vectors: Vectors,
        origin: Array,
        direction: Array,
        loss: float,
        descent: float,
        x: Array,
        g: Array,
    ) -> None:
        self.evaluate, self.vectors, self.origin, self.direction = evaluate, vectors, origin, direction
        self.start_loss, self.descent, self.x, self.g = loss, descent, x, g
        self.loss = loss
        self.evaluations = 0

    def search_orthant(self, slope: Array, step: float, c1: float, most: int) -> bool:
        """Halve the step until the loss falls enough; weights that would change their sign become 0."""
        x = self.x
        orthant = np.where(self.origin != 0, np.sign(self.origin), -np.sign(slope))
        while self.evaluations < most:
            self.vectors.move(self.origin, step, self.direction, x)
            x[x * orthant <= 0] = 0
            self.loss = self.evaluate(x, self.g) + c1 * float(np.abs(x).sum())
            self.evaluations += 1
            fall = _SUFFICIENT * float((x - self.origin) @ slope)
            if self.loss <= self.start_loss + max(fall, 2 * fall + _NOISE * abs(self.start_loss) / 10):
                return True
            step /= 2
        return False

    def search(self, step: float, linesearch: str, most: int) -> bool:
        """Bracket a step that fulfils the conditions, then narrow the bracket (Nocedal & Wright 2006, section 3.5)."""
        low, low_loss, low_slope = 0.0, self.start_loss, self.descent
        high: float | None = None
        high_loss = high_slope = math.inf
        noise = _NOISE * abs(self.start_loss)
        while self.evaluations < most:
            self.vectors.move(self.origin, step, self.direction, self.x)
            value = self.loss = self.evaluate(self.x, self.g)
            self.evaluations += 1
            slope = self.vectors.dot(self.g, self.direction)
            falls = value <= self.start_loss + _SUFFICIENT * step * self.descent
            if not falls and value <= self.start_loss + noise:  # too near to tell by the loss: by the slope (Hager & Zhang 2005)
                falls = slope <= (2 * _SUFFICIENT - 1) * self.descent
            if falls and (linesearch == "Backtracking" or abs(slope) <= -_CURVATURE * self.descent):
                return True
            if not falls or value >= low_loss + noise or not math.isfinite(value) or slope >= 0:
                high, high_loss, high_slope = step, value, slope
            else:
                low, low_loss, low_slope = step, value, slope
            if high is None:
                step *= 2 if linesearch == "StrongBacktracking" else 4
            elif linesearch == "MoreThuente":
                step = _between(low, low_loss, low_slope, high, high_loss, high_slope)
            else:
                step = (low + high) / 2
        return False


def _between(a: float, f_a: float, g_a: float, b: float, f_b: float, g_b: float) -> float:
    """The minimum of the cubic through both ends of a bracket, kept away from them."""
    inner = 0.1 * (b - a)
    if not (math.isfinite(f_b) and math.isfinite(g_b)):
        return a + inner
    d = g_a + g_b - 3 * (f_a - f_b) / (a - b)
    root = d * d - g_a * g_b
    if root < 0:
        return (a + b) / 2
    c = math.copysign(math.sqrt(root), b - a)
    below = g_b - g_a + 2 * c
    at = b - (b - a) * (g_b + c - d) / below if below else (a + b) / 2
    return min(max(at, a + inner), b - inner)
