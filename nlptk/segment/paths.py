"""Other paths through the lattice of a bigram segmenter than the best: the N best, the best by another model, and why."""

from __future__ import annotations

import math
from heapq import heappop, heappush, nsmallest
from typing import TYPE_CHECKING

from ..errors import ParameterError
from ..ext.bigram import SCALE
from .lattice import Arc
from .lattice import Lattice as ExplainedLattice

if TYPE_CHECKING:
    from collections.abc import Set
    from typing import Any

    from ..ext.bigram import Bigram, Lattice
    from ..lm.model import NgramLM

_BORDER = -1  # the start and the end of the text
_LN10 = math.log(10)


def n_best(lattice: Lattice, text: str, n: int) -> list[tuple[int, list[str]]]:
    """Cost and words of the n best paths, by A* from the end."""
    if n < 1:
        raise ParameterError(f"n={n!r}: expected 1 or more")
    arcs = lattice.arcs()
    if not arcs:
        return [(0, [])]
    # (cost of the whole path, entry number: the newest first, cost from the arc on, arc, the rest of the path)
    heap: list[tuple[int, int, int, int, Any]] = []
    pushed = 0

    def extend(right: int, rest: Any, cost: int) -> None:
        nonlocal pushed
        for left in lattice.before(right):
            behind = cost + sum(lattice.link(left, right))
            pushed += 1
            heappush(heap, (behind + lattice.cost(left), -pushed, behind, left, rest))

    extend(_BORDER, None, 0)
    found: list[tuple[int, list[str]]] = []
    while heap and len(found) < n:
        cost, _, behind, arc, rest = heappop(heap)
        if arc == _BORDER:
            found.append((cost, _words(arcs, rest, text)))
        else:
            extend(arc, (arc, rest), behind)
    return found


def rescored(lattice: Lattice, text: str, lm: NgramLM, weight: float, beam: int) -> tuple[float, list[str]]:
    """Cost and words of the best path if a language model speaks for its words; exact while the beam holds all paths that differ.

    Of paths with the same last word and the same state of the language model only the best goes on.
    """
    arcs = lattice.arcs()
    if not arcs:
        return 0.0, []
    scale = -SCALE * _LN10 * weight
    # place in the text -> {(last arc, state): (cost, path)}
    ways: dict[int, dict[tuple[int, Any], tuple[float, Any]]] = {0: {(_BORDER, lm.begin_state()): (0.0, None)}}
    by_start: dict[int, list[int]] = {}
    for number, (start, _, _) in enumerate(arcs):
        by_start.setdefault(start, []).append(number)

    def step(left: int, right: int, state: Any) -> tuple[float, Any]:
        words, characters = lattice.link(left, right)
        blank = right != _BORDER and arcs[right][2] == "blank"
        if right == _BORDER or blank:
            if left == _BORDER or arcs[left][2] == "blank":
                return 0.0, state
            log10, _ = lm.score_word(state, "</s>")
            return characters + (1 - weight) * words + scale * log10, lm.begin_state()
        start, end, _ = arcs[right]
        word = text[start:end]
        log10, after = lm.score_word(state, word)
        if word not in lm:  # its <unk> is one word of many, and says nothing of how likely new words are, nor which
            return characters + words, after
        return characters + (1 - weight) * words + scale * log10, after

    for place in sorted(by_start):
        here = ways.pop(place, {})
        best = nsmallest(beam, here.items(), key=lambda way: way[1][0]) if len(here) > beam else here.items()
        for (left, state), (cost, path) in best:
            for right in by_start[place]:
                paid, after = step(left, right, state)
                there = ways.setdefault(arcs[right][1], {})
                if (right, after) not in there or cost + paid < there[right, after][0]:
                    there[right, after] = cost + paid, (right, path)
    ends = [(cost + step(left, _BORDER, state)[0], path) for (left, state), (cost, path) in ways[len(text)].items()]
    cost, path = min(ends, key=lambda end: end[0])
    forwards: Any = None
    while path is not None:
        forwards, path = (path[0], forwards), path[1]
    return cost, _words(arcs, forwards, text)


def _words(arcs: list[tuple[int, int, str]], path: Any, text: str) -> list[str]:
    """The words of a path (arc, (arc, ...)); CR LF is one."""
    words: list[str] = []
    while path is not None:
        start, end, _ = arcs[path[0]]
        if words and words[-1] == "\r" and text[start:end] == "\n":
            words[-1] = "\r\n"
        else:
            words.append(text[start:end])
        path = path[1]
    return words


def explain(kernel: Bigram, text: str, user: Set[str]) -> ExplainedLattice:
    """All arcs; the weight of one is how much worse the best path through it is than the best of all, as a logarithm."""
    chosen = {(start, end) for start, end, _ in kernel.spans(text)}
    lattice = kernel.lattice(text)
    arcs = lattice.arcs()
    behind = [math.inf] * len(arcs)  # cost of the best way from the end of the arc to the end of the text

    def reach(right: int, cost: float) -> None:
        for left in lattice.before(right):
            if left != _BORDER:
                behind[left] = min(behind[left], cost + sum(lattice.link(left, right)))

    reach(_BORDER, 0)
    for right in range(len(arcs) - 1, -1, -1):  # arcs are in the order of their starts
        reach(right, behind[right])
    through = [lattice.cost(arc) + behind[arc] for arc in range(len(arcs))]
    best = min(through, default=0)
    sources = {"known": "dictionary", "unknown": "characters", "blank": "blank"}
    listed = {}
    for (start, end, kind), cost in zip(arcs, through, strict=True):
        if cost < math.inf:
            source = "user" if text[start:end] in user else sources[kind]
            listed[start, end] = Arc(start, end, text[start:end], (best - cost) / SCALE, source, (start, end) in chosen)
    for start, end in chosen - listed.keys():  # CR LF, and what is forced
        source = "blank" if text[start:end] == "\r\n" else "user"
        listed[start, end] = Arc(start, end, text[start:end], 0.0, source, True)
    return ExplainedLattice(text, sorted(listed.values()))
