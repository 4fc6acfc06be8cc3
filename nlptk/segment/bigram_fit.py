"""What a bigram segmenter learns from segmented text.

Words. With the counts c of words and of neighbouring words, N words and ends of sentences, T different ones:

    p(w)     = c(w) / (N + T)           p(unknown) = T / (N + T)            (Witten & Bell 1991)
    p(w | v) = weight * c(v w) / c(v) + (1 - weight) * p(w)                 (Jelinek & Mercer 1980)

Characters. A word is a sequence of units, each tagged B, M, E or S by its place in the word. The chain p(unit, tag | unit
before, its tag) over whole sentences is the generative model of Wang, Zong & Su (2009, "Which is more suitable for Chinese
word segmentation, the generative model or the discriminative one?"); the spelling p(unit | unit before) over the words of
the dictionary, each once, says what a word looks like. Both are bigrams with interpolated Kneser-Ney smoothing. Below the
chain's unigrams all units are equal, with the tags that they had in training, so that a comma does not slip into a word next to a
character that training hardly has; and signs (punctuation, symbols, emoji, control characters) count as seen alone, those that
training lacks too.

Units are characters; but a run of digits is one unit, and so is a run of Latin letters, and full-width forms count as ASCII. So
1998年 and ２０２４年 are one word of the model, ``0年``.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING

import numpy as np

from ..errors import CorpusFormatError, NlptkError, ParameterError
from ..ext.bigram import NO_COST, SCALE, SENTENCE_END, UNIT_COSTS, word_numbers
from ..ext.trie import Trie, Words
from ..lexicon.dictionary import Dictionary
from .bigram_model import BigramModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeAlias

    Path: TypeAlias = str | os.PathLike[str]
    Sentences: TypeAlias = Path | Iterable[str] | Iterable[list[str]]
    Array: TypeAlias = Any  # np.ndarray, which is no Buffer to type checkers

_HALF_WIDTH = {c: c - 0xFEE0 for c in range(0xFF01, 0xFF5F)}
_CLASSES = {**_HALF_WIDTH}
for _c in range(128):
    _class = "0" if chr(_c).isdigit() else "a" if chr(_c).isalpha() else chr(_c)
    _CLASSES[_c] = ord(_class)
    if _c + 0xFEE0 in _HALF_WIDTH:
        _CLASSES[_c + 0xFEE0] = ord(_class)
_RUNS = re.compile("00+|aa+")
_SIGN_BLOCKS = (
    *((0x00, 0xC0), (0xD7, 0xD8), (0xF7, 0xF8), (0x200B, 0x2060), (0x20A0, 0x20C0), (0x2100, 0x2150), (0x2190, 0x2300)),
    *((0x2500, 0x27C0), (0x3001, 0x3004), (0x3008, 0x3021), (0xFE30, 0xFE70), (0xFF5F, 0xFF66), (0xFFE0, 0xFFE7)),
    *((0xFEFF, 0xFF00), (0xFFF9, 0xFFFE), (0x1F300, 0x1F700), (0x1F900, 0x1FB00)),
)
SIGNS = "".join(chr(c) for block in _SIGN_BLOCKS for c in range(*block) if not chr(c).isalnum() and not chr(c).isspace())
_SIGN_ALONE = 1000  # times that a sign is taken to have been seen alone, beside those that it was
_ANY_TAG = 0.0625  # times that any unit is taken to have been seen with each tag
_BLOCK = 1 << 20  # words counted at a time
_LONGEST = (1 << 16) - 1  # characters of a word
B, E, M, S = range(4)
_CHAIN = ((B, E), (B, M), (M, E), (M, M), (E, B), (E, S), (S, B), (S, S))  # in the order of the kernel's tables


def shape(word: str) -> str:
    """The units of a word, a character each: ``２０２４年`` is ``0年``, ``iPhone`` is ``a``."""
    return _RUNS.sub(lambda run: run[0][0], word.translate(_CLASSES))


def estimate(sentences: Sentences, weight: float, characters: float, prune: float = 0.0) -> BigramModel:
    """Count and smooth.

    Parameters
    ----------
    sentences : path, iterable of str, or iterable of lists of str
        Sentences of words; in a str (a line of a file) they are separated by blanks.
    weight : float
        Of the bigrams, from 0 to below 1.
    characters : float
        How much the chain counts: its costs are multiplied by this.
    prune : float
        Nats by which a pair must differ from what holds for pairs that never met, or else is left out.
    """
    if not 0 <= weight < 1:
        raise ParameterError(f"weight={weight!r}: expected a number from 0 to below 1")
    if not 0 <= characters <= 16:
        raise ParameterError(f"characters={characters!r}: expected a number from 0 to 16")
    if not 0 <= prune < math.inf:
        raise ParameterError(f"prune={prune!r}: expected a number from 0 on")
    shapes, pairs, counts = _count(sentences)
    left, right = (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    words = np.bincount(right, counts, len(shapes))  # words[0]: sentences
    mass = int(words.sum()) + len(shapes)
    dictionary, numbers = _dictionary(shapes, words)
    trie = dictionary.trie
    unknown, end, backoff = _cost(len(shapes) / mass), _cost(words[0] / mass), _cost(1 - weight)
    p = weight * counts / words[left] + (1 - weight) * words[right] / mass
    costs = _costs(p).astype(np.int64)
    gain = backoff + np.where(right, _costs(np.maximum(words[right], 1) / mass), end) - costs
    kept = np.flatnonzero((gain >= prune * SCALE) & (weight > 0))
    keys = numbers[left[kept]] * trie.n_cells + numbers[right[kept]]  # the border is 0, as in the trie the root is
    order = np.argsort(keys)
    arrays = {"pair_gaps": _gaps(keys[order]), "pair_costs": costs[kept][order].astype(np.uint16)}
    arrays |= _character_tables(shapes, words, left, right, counts, trie, characters, prune)
    return BigramModel(dictionary, arrays, unknown, end, backoff, mass)


def _cost(p: float) -> int:
    return round(-SCALE * math.log(p))


def _costs(p: Array, scale: float = SCALE, most: int = NO_COST - 1) -> Array:
    return np.clip(np.rint(-scale * np.log(p)), 0, most).astype(np.uint16)


def _gaps(keys: Array) -> Array:
    """How many numbers lie between each and the one before it, to base 128: see nlptk_packed_pairs."""
    gaps = np.diff(keys, prepend=-1) - 1
    lengths = np.ones(len(gaps), np.int64)
    while np.any(gaps >> 7 * lengths):
        lengths += gaps >> 7 * lengths > 0
    starts = np.cumsum(lengths) - lengths
    packed = np.zeros(lengths.sum(), np.uint8)
    for digit in range(lengths.max(initial=0)):
        at = np.flatnonzero(lengths > digit)
        packed[starts[at] + digit] = gaps[at] >> 7 * digit & 127 | np.where(lengths[at] > digit + 1, 128, 0)
    return packed


# ---- words


class _Numbers(dict):  # type: ignore[type-arg]
    """The number of a word's shape, given out from 1 on."""

    def __init__(self) -> None:
        self.shapes: dict[str, int] = {"": 0}

    def __missing__(self, word: str) -> int:
        if not isinstance(word, str):
            raise ParameterError(f"word {word!r} is {type(word).__name__}, expected str")
        if not word or word.split() != [word]:
            raise ParameterError(f"word {word!r}: expected a word without blanks")
        if len(word) > _LONGEST:
            raise ParameterError(f"a word of {len(word)} characters ({word[:8]}...), expected at most {_LONGEST}")
        number = self[word] = self.shapes.setdefault(shape(word), len(self.shapes))
        return number


def _count(source: Sentences) -> tuple[list[str], Array, Array]:
    """Shapes of words by number; pairs of neighbours left << 32 | right, in order; their counts.

    0 is the border of a sentence.
    """
    numbers = _Numbers()
    keys: list[Array] = []
    counts: list[Array] = []
    line = [0]
    parted = False

    def add() -> None:
        ids = np.array(line, np.uint64)
        found = np.unique(ids[:-1] << np.uint64(32) | ids[1:], return_counts=True)
        keys.append(found[0])
        counts.append(found[1])

    for words in _sentences(source):
        parted |= len(words) > 1
        try:
            line.extend(map(numbers.__getitem__, words))
        except ParameterError as error:
            raise _error(source, str(error)) from None
        line.append(0)
        if len(line) > _BLOCK:
            add()
            line = [0]
    add()
    if not parted:
        problem = "no two words in a line" if len(numbers) else "no words"
        raise _error(source, f"{problem}: expected segmented text, words separated by blanks")
    pairs, where = np.unique(np.concatenate(keys), return_inverse=True)
    sums = np.bincount(where, np.concatenate(counts))
    kept = pairs > 0  # 0, 0 is an empty sentence
    return list(numbers.shapes), pairs[kept], sums[kept]


def _error(source: object, message: str) -> NlptkError:
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    return CorpusFormatError(message, path=name) if isinstance(name, str) else ParameterError(message)


def _sentences(source: Sentences) -> Iterator[list[str]]:
    if isinstance(source, (str, os.PathLike)):
        from ..corpus import read_tokens

        source = read_tokens(source)
    for words in source:
        yield words.split() if isinstance(words, str) else words


def _dictionary(shapes: list[str], words: Array) -> tuple[Dictionary, Array]:
    """The words as a dictionary, and their numbers in its trie; that of the border is 0."""
    added = Words(expected=2 * len(shapes))
    for unit in f"0a{SIGNS}":  # these have a code in any case
        added.add(unit, 0)
    seen: dict[str, float] = {}
    for word, count in zip(shapes[1:], words[1:].tolist(), strict=True):
        added.add(word, count)
        for unit in word:
            seen[unit] = seen.get(unit, 0) + count
    try:
        trie = Trie.build(added, "".join(sorted(seen, key=lambda unit: (-seen[unit], unit))))
    except OverflowError as error:
        raise ParameterError(str(error)) from None
    if trie.n_cells >= SENTENCE_END:
        raise ParameterError(f"{len(shapes)} words are too many for a bigram segmenter")
    return Dictionary(trie), np.array([0, *word_numbers(trie, shapes[1:])], np.int64)


# ---- characters


class _KneserNey:
    """p(y | x) = max(c(x y) - D, 0) / c(x) + D t(x) / c(x) * p(y), t(x) different symbols after x; and p(y) likewise.

    p(y) has the number of different x before y in place of c(x y), and `base` below it, or else the uniform distribution.
    """

    def __init__(self, left: Array, right: Array, counts: Array, n_symbols: int, base: Array | None = None) -> None:
        keys, where = np.unique(left * n_symbols + right, return_inverse=True)
        c = np.bincount(where, counts)
        x, y = keys // n_symbols, keys % n_symbols
        before = np.bincount(y, minlength=n_symbols).astype(np.float64)
        n_y = np.count_nonzero(before)
        d, d1 = self._discount(c), self._discount(before[before > 0])
        lowest = 1 / (n_y + 1) if base is None else base
        self.single = np.maximum(before - d1, 0) / len(keys) + d1 * n_y / len(keys) * lowest
        total, types = np.bincount(x, c, n_symbols), np.bincount(x, minlength=n_symbols)
        self.leave = np.where(total > 0, d * types / np.maximum(total, 1), 1.0)
        self._keys, self._n = keys, n_symbols
        self._p = np.maximum(c - d, 0) / total[x] + self.leave[x] * self.single[y]

    @staticmethod
    def _discount(counts: Array) -> float:
        once, twice = np.count_nonzero(counts == 1), np.count_nonzero(counts == 2)
        return float(once / (once + 2 * twice)) if once else 0.5

    def _look_up(self, left: Any, right: Any) -> tuple[Array, Array]:
        keys = left * self._n + right
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return at, self._keys[at] == keys

    def met(self, left: Any, right: Any) -> Array:
        """Whether x y was counted."""
        return self._look_up(left, right)[1]

    def __call__(self, left: Any, right: Any) -> Array:
        at, met = self._look_up(left, right)
        return np.where(met, self._p[at], self.leave[left] * self.single[right])


def _lowest(seen: Array, signs: Array) -> Array:
    """The distribution of (unit, tag), and of the start and the end of a sentence, below what is counted."""
    seen[signs, S] += _SIGN_ALONE
    tags = (seen + _ANY_TAG) / (seen + _ANY_TAG).sum(1, keepdims=True)
    return np.append(tags, [0.0, 1.0]) / (len(seen) + 1)


def _character_tables(
    shapes: list[str], words: Array, left: Array, right: Array, counts: Array, trie: Trie, characters: float, prune: float
) -> dict[str, Array]:
    """What is known of single units, and of neighbouring ones."""
    n = trie.n_codes
    code_of = np.zeros(0x110000, np.int64)
    code_of[np.asarray(trie.arrays()[2])[1:]] = np.arange(1, n)
    units = code_of[np.frombuffer("".join(shapes).encode("utf-32-le", "surrogatepass"), np.uint32)]
    lengths = np.array([len(word) for word in shapes], np.int64)
    ends = np.cumsum(lengths)  # ends[i - 1] is where word i starts
    owner = np.repeat(np.arange(len(shapes)), lengths)
    first, last = np.zeros(len(units), bool), np.zeros(len(units), bool)
    first[ends[:-1]], last[ends[1:] - 1] = True, True
    tagged = 4 * units + np.select([first & last, first, last], [S, B, E], M)

    # the chain: symbols 4 * unit + tag, and one each for the start and the end of a sentence
    start, end = 4 * n, 4 * n + 1
    inside = np.flatnonzero(~first)
    ending = np.where(left, tagged[ends[left] - 1], start)
    beginning = np.where(right, tagged[np.minimum(ends[right - 1], len(units) - 1)], end)
    chain = _KneserNey(
        np.concatenate([tagged[inside - 1], ending]),
        np.concatenate([tagged[inside], beginning]),
        np.concatenate([words[owner[inside]], counts]),
        4 * n + 2,
        _lowest(np.bincount(tagged, words[owner], 4 * n).reshape(n, 4), code_of[[ord(sign) for sign in SIGNS]]),
    )
    # the spelling: symbols are units, and one each for the start and the end of a word
    begin, stop = n, n + 1
    spelling = _KneserNey(
        np.concatenate([units[inside - 1], np.full(len(shapes) - 1, begin), units[last]]),
        np.concatenate([units[inside], units[first], np.full(len(shapes) - 1, stop)]),
        np.ones(len(inside) + 2 * (len(shapes) - 1)),
        n + 2,
    )
    scale = SCALE * characters
    alone = np.empty((n, UNIT_COSTS), np.uint16)
    each = np.arange(n)
    alone[:, :4] = _costs(chain.leave[: 4 * n].reshape(n, 4), scale, NO_COST // 2)
    most = NO_COST - 1 - int(alone[:, :4].max())  # so that the sum of both has 16 bits
    alone[:, 4:8] = _costs(chain.single[: 4 * n].reshape(n, 4), scale, most)
    alone[:, 8], alone[:, 9] = _costs(spelling(begin, each)), _costs(spelling(each, stop))
    alone[:, 10], alone[:, 11] = _costs(chain(4 * each + E, end), scale), _costs(chain(4 * each + S, end), scale)
    alone[:, 12], alone[:, 13] = _costs(chain(start, 4 * each + B), scale), _costs(chain(start, 4 * each + S), scale)
    alone[:, 14], alone[:, 15] = _costs(spelling.leave[each]), _costs(spelling.single[each])

    within, between = tagged[inside - 1] // 4 * n + units[inside], ending // 4 * n + beginning // 4
    met = np.unique(np.concatenate([within, between[(left > 0) & (right > 0)]]))
    x, y = met // n, met % n
    pairs = [(chain(4 * x + a, 4 * y + b), chain.met(4 * x + a, 4 * y + b)) for a, b in _CHAIN]
    costs = np.stack([*(_costs(p, scale) for p, _ in pairs), _costs(spelling(x, y))], 1)
    seen = np.stack([*(met for _, met in pairs), spelling.met(x, y)], 1)
    low = np.stack([*(alone[x, a] + alone[y, 4 + b] for a, b in _CHAIN), alone[x, 14] + alone[y, 15]], 1)
    kept = (seen & (np.abs(low.astype(np.int64) - costs) >= prune * SCALE)).any(1)
    return {
        "units": alone.ravel(),
        "neighbour_gaps": _gaps(met[kept]),
        "neighbour_seen": np.packbits(seen[kept, :8], 1, "little").ravel(),
        "neighbour_costs": costs[kept][seen[kept]],
    }
