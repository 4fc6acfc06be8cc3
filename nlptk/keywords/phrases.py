"""Phrases: adjacent content words joined to terms of up to four words, scored and freed of doubles.

Every run of up to four content words is a candidate, a single word too. Its score is

    f * sum over its words of sqrt(salience) * idf / length^0.8 * (2 - first place) * closed * form

f: how often it occurs; salience: what the method gives a word (frequency, TextRank score); first place: 0 at the beginning of the
text to 1 at its end; closed: from 1/2 to 1, how often it begins and ends where nothing could be added; form: a discount for short
single words, very long terms, and terms that begin with a verb or end in an adjective.
"""

from __future__ import annotations

from math import sqrt

from .tagging import is_modifier, is_verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .units import Units

LONGEST = 4  # words
_LENGTH_POWER = 0.8
_SHORT = {2: 0.7, 3: 0.85}  # characters of a term in Han: such short ones are seldom what a text is about
_SINGLE_LATIN = 0.35  # English terms are mostly of two words and more
_LONG = 8  # characters of a term in Han: longer ones are discounted
_VERB_FIRST = 0.8
_MODIFIER_LAST = 0.5
_COVERED = 0.7  # a part of a chosen term goes when the term has at least this share of its occurrences


class _Candidate:
    __slots__ = ("closed", "places")

    def __init__(self) -> None:
        self.places: list[tuple[int, int]] = []  # its occurrences, as unit numbers
        self.closed = 0  # ends of occurrences (two each) where no content word is next to it


def rank_phrases(
    units: Units,
    content: list[bool],
    salience: Mapping[str, float],
    idf: Callable[[str], float] | None,
    least: int,
    top: int | None,
) -> list[tuple[str, float]]:
    """The best phrases of a text and their scores, the best one's being 1.

    Parameters
    ----------
    units : Units
    content : list of bool
        Which units may be part of a phrase.
    salience : mapping of term to float
        How much each word matters to this text; 0 for words that it does not have.
    idf : callable, optional
        How rare a word is; default: all words alike.
    least : int
        Characters that a phrase needs.
    top : int, optional
        How many; default: all.
    """
    found = _candidates(units, content)
    weights = {term: sqrt(value) * (1.0 if idf is None else idf(term)) for term, value in salience.items()}
    scored = []
    for surface, candidate in found.items():
        if len(surface) >= least:
            score = _score(units, surface, candidate, weights)
            if score > 0:
                scored.append((score, surface, candidate))
    scored.sort(key=lambda item: -item[0])  # stable: of equals, the one met first
    return _without_parts(units, scored, top)


def _candidates(units: Units, content: list[bool]) -> dict[str, _Candidate]:
    found: dict[str, _Candidate] = {}
    n = len(units)
    start = 0
    while start < n:
        if not content[start]:
            start += 1
            continue
        end = start + 1
        while end < n and content[end] and units.joined[end]:
            end += 1
        for first in range(start, end):
            for last in range(first + 1, min(end, first + LONGEST) + 1):
                surface = units.surface(first, last)
                candidate = found.get(surface)
                if candidate is None:
                    candidate = found[surface] = _Candidate()
                candidate.places.append((first, last))
                candidate.closed += (first == start) + (last == end)
        start = end
    return found


def _score(units: Units, surface: str, candidate: _Candidate, weights: Mapping[str, float]) -> float:
    (start, end), count = candidate.places[0], len(candidate.places)
    score: float = sum(weights.get(units.terms[i], 0.0) for i in range(start, end)) / (end - start) ** _LENGTH_POWER
    score *= count * (2 - start / len(units)) * (0.5 + candidate.closed / (4 * count))
    if not any(units.latin[start:end]):
        score *= _SHORT.get(len(surface), 1.0) if len(surface) <= _LONG else _LONG / len(surface)
    elif end - start == 1:
        score *= _SINGLE_LATIN
    if units.tags is not None:
        if is_verb(units.tags[start]):
            score *= _VERB_FIRST
        if is_modifier(units.tags[end - 1]):
            score *= _MODIFIER_LAST
    return score


def _without_parts(units: Units, scored: list[tuple[float, str, _Candidate]], top: int | None) -> list[tuple[str, float]]:
    """Leave out what better terms leave little of: their parts that hardly ever stand alone, and what only crosses them."""
    covered: dict[str, int] = {}  # part of a chosen term -> most occurrences of such a term
    inside = [False] * (len(units) + 1)  # a chosen term stands on both sides of the boundary before this unit
    out: list[tuple[str, float]] = []
    for score, surface, candidate in scored:
        count = len(candidate.places)
        if covered.get(surface, 0) >= _COVERED * count:
            continue
        if surface not in covered and all(inside[start] or inside[end] for start, end in candidate.places):
            continue
        out.append((surface, score / scored[0][0]))
        if len(out) == top:
            break
        first, last = candidate.places[0]
        for start in range(first, last):
            for end in range(start + 1, last + 1):
                part = units.surface(start, end)
                covered[part] = max(covered.get(part, 0), count)
        for start, end in candidate.places:
            inside[start + 1 : end] = [True] * (end - start - 1)
    return out
