"""The layout of a template: its macros grouped by pattern, as the kernel wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..ext.features import FUNCTIONS, SLOTS, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    from .template import Template

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Layout:
    """Macros grouped by pattern: those that are shifts of one another; see ext/include/nlptk/features.h.

    Patterns with a literal text in common (macros without a name of their own) are one family, so that their attributes are the
    same where their text is. ``slots[pattern]``: literal parts of its attributes; ``widths[pattern]``: its number of cells.
    """

    def __init__(self, template: Template) -> None:
        kinds: dict[tuple[str, int, int | str | None], int] = {}
        shapes: dict[tuple[tuple[int, int], ...], list[tuple[int, tuple[str, ...]]]] = {}
        for macro in template.macros:
            low = min((cell.row for cell in macro.cells), default=0)
            cells = tuple((kinds.setdefault((c.function, c.column, c.argument), len(kinds)), c.row - low) for c in macro.cells)
            shapes.setdefault(cells, []).append((low, macro.skeleton))
        self.kinds = list(kinds)
        families = _families([[skeleton for _, skeleton in uses] for uses in shapes.values()])
        self.slots: list[list[tuple[str, ...]]] = []
        self.widths: list[int] = []
        self.seeds: list[int] = []
        self.cells: list[tuple[int, int]] = []
        self.patterns: list[tuple[int, int, int, int, int]] = []
        self.macros: list[tuple[int, int, int]] = []
        for (cells, uses), (family, skeletons) in zip(shapes.items(), families, strict=True):
            places = {skeleton: divmod(i, SLOTS) for i, skeleton in enumerate(skeletons)}
            for part in sorted({places[skeleton][0] for _, skeleton in uses}):
                own = [(shift, places[skeleton][1]) for shift, skeleton in uses if places[skeleton][0] == part]
                self.macros += [(len(self.patterns), slot, shift) for shift, slot in own]
                self.slots.append(skeletons[part * SLOTS : (part + 1) * SLOTS])
                self.widths.append(len(cells))
                self.seeds.append(_seed(family * 256 + part))
                shifts = [shift for shift, _ in own]
                self.patterns.append((len(self.cells), len(cells), min(shifts), max(shifts), len(self.slots[-1])))
            self.cells += cells
        self.mask_dtype = np.min_scalar_type(2 ** max(map(len, self.slots), default=1) - 1)

    def plan(self, template: Template, dictionaries: Mapping[str, list[str]]) -> Plan:
        """The kernel's form of it."""
        words: list[list[str]] = []
        kinds = []
        for function, column, argument in self.kinds:
            if function == "dict":
                words.append(dictionaries[str(argument)])
                argument = len(words) - 1
            kinds.append((FUNCTIONS[function], column, argument or 0))

        def table(values: list[Any], width: int) -> Array:
            return np.array(values, np.int32).reshape(-1, width)

        return Plan(
            template.n_columns,
            table(kinds, 3),
            table(self.cells, 2),
            table(self.patterns, 5),
            np.array(self.seeds, np.uint64),
            table(self.macros, 3),
            words,
        )


def _families(shapes: list[list[tuple[str, ...]]]) -> list[tuple[int, list[tuple[str, ...]]]]:
    """For each pattern, given the literal texts of its macros, its family and all literal texts of that."""
    family_of: dict[tuple[str, ...], int] = {}
    members: dict[int, list[tuple[str, ...]]] = {}
    own = []
    for number, skeletons in enumerate(shapes):
        joined = sorted({family_of[s] for s in skeletons if s in family_of} | {number})
        target = joined[0]
        members.setdefault(target, [])
        for family in joined[1:]:
            members[target] += members.pop(family, [])
        members[target] += [s for s in dict.fromkeys(skeletons) if s not in family_of]
        for skeleton in members[target]:
            family_of[skeleton] = target
        own.append(skeletons[0])
    return [(family_of[first], members[family_of[first]]) for first in own]


def _seed(number: int) -> int:
    """64 bits, not 0 (splitmix64)."""
    x = (number + 1) * 0x9E3779B97F4A7C15 % 2**64
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    return (x ^ x >> 31) or 1
