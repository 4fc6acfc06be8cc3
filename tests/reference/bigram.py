"""The bigram segmenter in plain Python: what it learns, and the path of least cost by trying all predecessors of every word.

Costs are -1024 log p, rounded to whole numbers. A text is read in units: a character; a run of digits or of Latin letters;
full-width forms count as ASCII. A blank is a unit that ends the sentence before it and starts the one behind it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from nlptk import NgramLM
from nlptk.segment.bigram_fit import SIGNS  # which characters they are

START, END = "<s>", "</s>"  # no shape of a word: that would be <a>
LONGEST = 8  # units of an unknown word
SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200B)
}


def cost(p: float, scale: float = 1) -> int:
    return min(round(-1024 * scale * math.log(p)), 65534)


def unit(character: str) -> str:
    if "\uff01" <= character <= "\uff5e":
        character = chr(ord(character) - 0xFEE0)
    if character.isascii() and character.isdigit():
        return "0"
    return "a" if character.isascii() and character.isalpha() else character


def units(text: str) -> list[tuple[str, int, int]]:
    """(unit, start, end) in characters; the unit of a blank is ''."""
    found: list[tuple[str, int, int]] = []
    for i, character in enumerate(text):
        here = "" if character in SPACES else unit(character)
        if found and here in ("0", "a") and found[-1][0] == here:
            found[-1] = here, found[-1][1], i + 1
        else:
            found.append((here, i, i + 1))
    return found


def shape(word: str) -> str:
    return "".join(u for u, _, _ in units(word))


def tags(word: str) -> list[str]:
    return ["S"] if len(word) == 1 else ["B", *"M" * (len(word) - 2), "E"]


# ---- what is learned


class KneserNey:
    """Interpolated Kneser-Ney over pairs of symbols; `base`: the distribution below, uniform unless given."""

    def __init__(self, pairs: Mapping[tuple[object, object], int], base: Callable[[object], float] | None = None) -> None:
        self.pairs = pairs
        self.base = base or (lambda y: 1 / (len(self.before) + 1))
        self.total: Counter[object] = Counter()
        self.types: Counter[object] = Counter()
        self.before: Counter[object] = Counter()
        for (x, y), c in pairs.items():
            self.total[x] += c
            self.types[x] += 1
            self.before[y] += 1
        self.d, self.d1 = self.discount(pairs), self.discount(self.before)

    @staticmethod
    def discount(counts: Mapping[object, int]) -> float:
        once, twice = (sum(c == k for c in counts.values()) for k in (1, 2))
        return once / (once + 2 * twice) if once else 0.5

    def single(self, y: object) -> float:
        n = len(self.pairs)
        return max(self.before[y] - self.d1, 0) / n + self.d1 * len(self.before) / n * self.base(y)

    def leave(self, x: object) -> float:
        return self.d * self.types[x] / self.total[x] if x in self.total else 1.0

    def p(self, x: object, y: object) -> float:
        low = self.leave(x) * self.single(y)
        return max(self.pairs[x, y] - self.d, 0) / self.total[x] + low if (x, y) in self.pairs else low


@dataclass
class Model:
    words: Mapping[str, int]
    pairs: Mapping[tuple[str, str], int]
    unknown: int
    end: int
    backoff: int
    tagged: KneserNey
    spelling: KneserNey
    characters: float
    prune: float
    known_units: set[str] = field(default_factory=set)

    def chain(self, u: str, t: str, v: str, s: str) -> int:
        """Unit v tagged s after unit u tagged t; u or v may be START, END. Units never met share one symbol."""
        x, y = self.symbol(u, t), self.symbol(v, s)
        border = START in (u, v) or END in (u, v)
        if border or ((x, y) in self.tagged.pairs and self.keeps(u, v)):
            return cost(self.tagged.p(x, y), self.characters)
        return self.chain_low(x, y)

    def chain_low(self, x: object, y: object) -> int:
        leave = min(cost(self.tagged.leave(x), self.characters), 32767)
        return leave + min(cost(self.tagged.single(y), self.characters), 65534 - self.highest_leave)

    def spell_low(self, x: object, y: object) -> int:
        return cost(self.spelling.leave(x)) + cost(self.spelling.single(y))

    def keeps(self, u: str, v: str) -> bool:
        """Whether any cost of two units that met is so far from what holds for others that pruning leaves it."""
        if not self.prune:
            return True
        pairs = [(self.symbol(u, t), self.symbol(v, s)) for t in "BMES" for s in "BMES"]
        far = [cost(self.tagged.p(x, y), self.characters) - self.chain_low(x, y) for x, y in pairs if (x, y) in self.tagged.pairs]
        if (u, v) in self.spelling.pairs:
            far.append(cost(self.spelling.p(u, v)) - self.spell_low(u, v))
        return max(map(abs, far), default=0) >= 1024 * self.prune

    @cached_property
    def highest_leave(self) -> int:
        """The sum of both costs is to have 16 bits."""
        return max(min(cost(self.tagged.leave(x), self.characters), 32767) for x in self.tagged.total if x != START)

    def symbol(self, u: str, t: str) -> object:
        return u if u in (START, END) else (u if u in self.known_units else "", t)

    def spell(self, u: str, v: str) -> int:
        x, y = (w if w in self.known_units or w in (START, END) else "" for w in (u, v))
        border = START in (u, v) or END in (u, v)
        if border or ((x, y) in self.spelling.pairs and self.keeps(u, v)):
            return cost(self.spelling.p(x, y))
        return self.spell_low(x, y)


def fit(sentences: Sequence[Sequence[str]], weight: float = 0.5, characters: float = 1.0, prune: float = 0.0) -> Model:
    words: Counter[str] = Counter()
    follow: Counter[tuple[str, str]] = Counter()
    chain: Counter[tuple[object, object]] = Counter()
    for sentence in sentences:
        if not sentence:
            continue
        shapes = [shape(word) for word in sentence]
        words.update(shapes)
        follow.update(pairwise([START, *shapes, END]))
        symbols = [(u, t) for word in shapes for u, t in zip(word, tags(word), strict=True)]
        chain.update(pairwise([START, *symbols, END]))
    n_sentences = sum(c for (v, _), c in follow.items() if v == START)
    mass = sum(words.values()) + n_sentences + len(words) + 1
    p = {word: count / mass for word, count in words.items()} | {END: n_sentences / mass}
    context = words | Counter({START: n_sentences})
    pairs = {vw: cost(weight * c / context[vw[0]] + (1 - weight) * p[vw[1]]) for vw, c in follow.items()} if weight else {}
    if prune:
        pairs = {(v, w): c for (v, w), c in pairs.items() if cost(1 - weight) + cost(p[w]) - c >= 1024 * prune}
    known_units = {u for word in words for u in word} | {"0", "a", *SIGNS}
    tagged = Counter({(sign, "S"): 1000 for sign in SIGNS})
    for word, c in words.items():
        for symbol in zip(word, tags(word), strict=True):
            tagged[symbol] += c

    def base(symbol: object) -> float:
        """All units, the unknown one too, and the end of the sentence alike; of a unit its tags, each seen 1/16 times more."""
        n = len(known_units) + 2
        if symbol == END:
            return 1 / n
        u, _ = symbol
        return (tagged[symbol] + 1 / 16) / (sum(tagged[u, t] for t in "BMES") + 4 / 16) / n

    spelling: Counter[tuple[object, object]] = Counter()
    for word in words:
        spelling.update(pairwise([START, *word, END]))
    return Model(
        {word: cost(p[word]) for word in words},
        pairs,
        cost((len(words) + 1) / mass),
        cost(p[END]),
        cost(1 - weight),
        KneserNey(chain, base),
        KneserNey(spelling),
        characters,
        prune,
        known_units,
    )


# ---- segmentation


class Arc(NamedTuple):
    start: int  # in units
    end: int
    name: str  # shape of a known word; '' of any other; START of a blank
    own: int
    known: bool


def arcs(model: Model, text: str, hmm: bool = True, user: Mapping[str, int | None] | None = None) -> tuple[list, list[Arc]]:
    """Units and arcs. user: words with their costs, or None for what is no word."""
    user = user or {}
    found = units(text)
    if any(c in SPACES for word in user for c in word):
        found = spanned(found, text, user)
    lattice = []
    for i, (first, at, _) in enumerate(found):
        if not first:
            lattice.append(Arc(i, i + 1, START, 0, False))
            continue
        for j in range(i + 1, len(found) + 1):
            span, raw = found[i:j], text[at : found[j - 1][2]]
            name = "".join(u for u, _, _ in span)
            if "" in [u for u, _, _ in span]:
                break
            known = name in model.words and " " not in name
            if known or user.get(raw) is not None:
                own = user[raw] if user.get(raw) is not None else model.words[name]
                if j - i == 1 or raw not in user or user[raw] is not None:
                    lattice.append(Arc(i, j, name if known else "", own, True))
            elif (raw not in user or j - i == 1) and j - i <= (LONGEST if hmm else 1) and (j - i == 1 or " " not in name):
                lattice.append(Arc(i, j, "", model.unknown + spelled(model, name), False))
    return found, lattice


def spanned(found: list, text: str, user: Mapping[str, int | None]) -> list:
    """Blanks inside a user word are units of their own, written ' ', which no unknown word has."""
    marked = set()
    edges = {at for _, at, _ in found} | {len(text)}
    for at in edges:
        ends = [end for end in edges if end > at and user.get(text[at:end]) is not None]
        if ends:
            marked.update(range(at, max(ends)))
    return [(" " if not u and at in marked else u, at, end) for u, at, end in found]


def spelled(model: Model, name: str) -> int:
    return sum(model.spell(u, v) for u, v in pairwise([START, *name, END]))


def link(model: Model, found: list, left: Arc | None, right: Arc | None, hmm: bool = True) -> int:
    """Cost of one arc after another. None, and a blank, stand for the start and the end of a sentence."""
    return sum(link_parts(model, found, left, right, hmm))


def link_parts(model: Model, found: list, left: Arc | None, right: Arc | None, hmm: bool = True) -> tuple[int, int]:
    """The cost of the word, and that of its characters."""
    starts, ends = borders = [arc is None or arc.name == START for arc in (left, right)]
    if all(borders):
        return 0, 0
    v, w = START if starts else left.name, END if ends else right.name
    total = (model.backoff if v else 0) + (model.end if ends else right.own)
    if v and w:
        total = min(total, model.pairs.get((v, w), total))
    if not hmm:
        return total, 0
    symbols = [(START, "")] if starts else [symbols_of(found, left)[-1]]
    symbols += [(END, "")] if ends else symbols_of(found, right)
    return total, sum(model.chain(u, t, v, s) for (u, t), (v, s) in pairwise(symbols))


def symbols_of(found: list, arc: Arc) -> list[tuple[str, str]]:
    name = "".join(u for u, _, _ in found[arc.start : arc.end])
    return list(zip(name, tags(name), strict=True))


def paths(model: Model, text: str, hmm: bool = True, user: Mapping[str, int | None] | None = None) -> list[tuple[int, list[str]]]:
    """Cost and words of every path; for short texts."""
    found, lattice = arcs(model, text, hmm, user)
    costs = [
        (sum(link(model, found, v, w, hmm) for v, w in pairwise([None, *path, None])), [surface(found, text, a) for a in path])
        for path in arc_paths(lattice, len(found))
    ]
    return sorted(costs, key=lambda item: item[0])


def arc_paths(lattice: list[Arc], end: int, at: int = 0) -> Iterator[list[Arc]]:
    if at == end:
        yield []
    for arc in lattice:
        if arc.start == at:
            yield from ([arc, *rest] for rest in arc_paths(lattice, end, arc.end))


def surface(found: list, text: str, arc: Arc) -> str:
    return text[found[arc.start][1] : found[arc.end - 1][2]]


def rescored(model: Model, text: str, lm: NgramLM, weight: float) -> float:
    """Cost of the best of all paths, if a language model says `weight` of what a word costs that it knows."""
    found, lattice = arcs(model, text)
    totals = []
    for path in arc_paths(lattice, len(found)):
        total, state = 0.0, lm.begin_state()
        for left, right in pairwise([None, *path, None]):
            words, characters = link_parts(model, found, left, right)
            ends = right is None or right.name == START
            if ends and (left is None or left.name == START):
                continue
            word = "</s>" if ends else surface(found, text, right)
            log10, state = lm.score_word(state, word)
            if ends or word in lm:
                words = (1 - weight) * words - 1024 * weight * log10 * math.log(10)
            total += words + characters
            state = lm.begin_state() if ends else state
        totals.append(total)
    return min(totals)


def cut(text: str, model: Model, hmm: bool = True, user: Mapping[str, int | None] | None = None) -> list[str]:
    """The words of the path of least cost. Of equal predecessors the one that starts first is taken."""
    found, lattice = arcs(model, text, hmm, user)
    ending: defaultdict[int, list[tuple[int, Arc, list[Arc]]]] = defaultdict(list)
    for arc in sorted(lattice, key=lambda arc: arc.start):
        if arc.start == 0:
            best = link(model, found, None, arc, hmm), -1, []
        else:
            best = min(
                (total + link(model, found, left, arc, hmm), left.start, [*path, left]) for total, left, path in ending[arc.start]
            )
        ending[arc.end].append((best[0], arc, best[2]))
    if not found:
        return []
    ways = [(total + link(model, found, arc, None, hmm), arc.start, [*path, arc]) for total, arc, path in ending[len(found)]]
    words: list[str] = []
    for arc in min(ways)[2]:
        word = text[found[arc.start][1] : found[arc.end - 1][2]]
        if word == "\n" and words and words[-1] == "\r":
            words[-1] = "\r\n"
        else:
            words.append(word)
    return words
