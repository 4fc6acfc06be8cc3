"""L-BFGS and OWL-QN: smooth objectives of many variables, with or without an L1 norm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from .sequences import Array

    Evaluate: TypeAlias = Callable[[Array, Array], float]  # point, gradient to be filled -> value

LINE_SEARCHES = ("MoreThuente", "Backtracking", "StrongBacktracking")
_SUFFICIENT, _CURVATURE = 1e-4, 0.9  # Wolfe's conditions


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
    num_memories: int = 6,
    epsilon: float = 1e-5,
    period: int = 10,
    delta: float = 1e-5,
    linesearch: str = "MoreThuente",
    max_linesearch: int = 20,
    on_iteration: Callable[[State], bool] | None = None,
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

    Returns
    -------
    State
        The last one.
    """
    _check(c1, num_memories, epsilon, period, delta, linesearch, max_linesearch)
    x = np.array(x, np.float64)
    g = np.empty_like(x)
    loss = evaluate(x, g) + c1 * float(np.abs(x).sum())
    evaluations = 1
    if not math.isfinite(loss):
        raise ParameterError(f"the loss is {loss} at the start")
    slope = _pseudo_gradient(x, g, c1) if c1 else g
    memory: list[tuple[Array, Array, float]] = []
    losses = [loss]
    state = State(0, loss, x, float(np.linalg.norm(slope)), evaluations)
    while max_iterations is None or state.iteration < max_iterations:
        if state.gradient_norm <= epsilon * max(1.0, float(np.linalg.norm(x))):
            break
        direction = _direction(slope, memory)
        if c1:
            direction[direction * slope >= 0] = 0  # stay in the orthant that the gradient points to
        descent = float(direction @ slope)
        if not descent < 0:  # rounding, or nothing left: once more without memory
            if not memory:
                break
            memory.clear()
            continue
        step = 1.0 if memory else 1 / float(np.linalg.norm(direction))
        if c1:
            found = _search_orthant(evaluate, x, slope, direction, loss, step, c1, max_linesearch)
        else:
            found = _search(evaluate, x, direction, loss, descent, step, linesearch, max_linesearch)
        evaluations += found.evaluations
        if found.x is None or found.g is None:
            if not memory:
                break
            memory.clear()  # the estimate of the curvature led nowhere: along the gradient
            continue
        s, y = found.x - x, found.g - g
        x, g, loss = found.x, found.g, found.loss
        curvature = float(s @ y)
        if curvature > 1e-300:
            memory.append((s, y, curvature))
            del memory[:-num_memories]
        slope = _pseudo_gradient(x, g, c1) if c1 else g
        state = State(state.iteration + 1, loss, x, float(np.linalg.norm(slope)), evaluations)
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


def _direction(g: Array, memory: list[tuple[Array, Array, float]]) -> Array:
    """``-H g`` by the two loops of Nocedal (1980)."""
    d = -g
    factors = []
    for s, y, curvature in reversed(memory):
        factor = float(s @ d) / curvature
        factors.append(factor)
        d -= factor * y
    if memory:
        _, y, curvature = memory[-1]
        d *= curvature / float(y @ y)
    for (s, y, curvature), factor in zip(memory, reversed(factors), strict=True):
        d += (factor - float(y @ d) / curvature) * s
    return d


def _pseudo_gradient(x: Array, g: Array, c1: float) -> Array:
    """The one-sided derivative of ``f + c1 |x|_1`` that is nearest to 0 where ``x`` is."""
    at_zero = np.where(g > c1, g - c1, np.where(g < -c1, g + c1, 0.0))
    out: Array = np.where(x > 0, g + c1, np.where(x < 0, g - c1, at_zero))
    return out


class _Found(NamedTuple):
    """A point that a line search accepts; x and g are None: there was none."""

    x: Array | None
    g: Array | None
    loss: float
    evaluations: int


def _search_orthant(
    evaluate: Evaluate, x: Array, slope: Array, direction: Array, loss: float, step: float, c1: float, most: int
) -> _Found:
    """Halve the step until the loss falls enough; weights that would change their sign become 0."""
    orthant = np.where(x != 0, np.sign(x), -np.sign(slope))
    g = np.empty_like(x)
    for n in range(1, most + 1):
        trial = x + step * direction
        trial[trial * orthant <= 0] = 0
        value = evaluate(trial, g) + c1 * float(np.abs(trial).sum())
        if value <= loss + _SUFFICIENT * float((trial - x) @ slope):
            return _Found(trial, g, value, n)
        step /= 2
    return _Found(None, None, loss, most)


def _search(
    evaluate: Evaluate, x: Array, direction: Array, loss: float, descent: float, step: float, linesearch: str, most: int
) -> _Found:
    """Bracket a step that fulfils the conditions, then narrow the bracket (Nocedal & Wright 2006, section 3.5)."""
    g = np.empty_like(x)
    low, low_loss, low_slope = 0.0, loss, descent
    high: float | None = None
    high_loss = high_slope = math.inf
    for n in range(1, most + 1):
        trial = x + step * direction
        value = evaluate(trial, g)
        slope = float(g @ direction)
        falls = value <= loss + _SUFFICIENT * step * descent
        if falls and (linesearch == "Backtracking" or abs(slope) <= -_CURVATURE * descent):
            return _Found(trial, g, value, n)
        if not falls or value >= low_loss or not math.isfinite(value):
            high, high_loss, high_slope = step, value, slope
        elif slope < 0:
            low, low_loss, low_slope = step, value, slope
        else:
            high, high_loss, high_slope = step, value, slope
            low, low_loss, low_slope = (low, low_loss, low_slope) if low < step else (0.0, loss, descent)
        if high is None:
            step *= 2 if linesearch == "StrongBacktracking" else 4
        elif linesearch == "MoreThuente":
            step = _between(low, low_loss, low_slope, high, high_loss, high_slope)
        else:
            step = (low + high) / 2
    return _Found(None, None, loss, most)


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
