"""Segmentation by labels of characters in plain Python: scores added up feature by feature, labels by trying all predecessors.

Labels are B M E S: a character begins a word, is inside one, ends one, is one. Weights are whole numbers.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tests.reference.bigram import SPACES, unit

B, M, E, S = range(4)
ALLOWED = ((B, M), (B, E), (M, M), (M, E), (E, B), (E, S), (S, B), (S, S))
NUMERALS = "零〇○一二三四五六七八九十百千万亿两壹贰叁肆伍陆柒捌玖拾佰仟"
LONGEST = 8  # characters of a known word
PARTS = 10  # of the training data
BORDER = ""  # the character before and behind a sentence
UNKNOWN = "unknown"

Row = Sequence[int]


def character_class(character: str) -> int:
    if character == BORDER:
        return 7
    c = unit(character)
    if c in "0a":
        return 1 if c == "0" else 3
    if c in SPACES:
        return 6
    if c in NUMERALS:
        return 2
    if c in "年月日时分秒":
        return 4
    sign = c.isascii() or "\u2010" <= c <= "\u206f" or ("\u3001" <= c <= "\u301f" and c != "々") or c == "·"
    return 5 if sign else 0


class Model(NamedTuple):
    chars: Mapping[str, Sequence[Row]]  # of each character, the border, and what is unknown: 5 + 5 + 5 rows
    pairs: Mapping[tuple[str, str], Sequence[Row]]
    words: Mapping[str, bool]  # known words: whether their characters mostly are one
    matches: Sequence[Row]
    context: Sequence[Row]
    types: Sequence[Row]
    repeats: Sequence[Row]
    transitions: Sequence[int]


def of(model: Any) -> Model:
    """The tables of a TaggerModel, by what they are about."""
    names = [UNKNOWN, *map(chr, model.characters), BORDER]
    return Model(
        {names[i]: rows.tolist() for i, rows in enumerate(model.chars)},
        {
            (names[p >> 16], names[p & 0xFFFF]): (rows.astype(int) * 8).tolist()
            for p, rows in zip(model.pairs.tolist(), model.bigrams, strict=True)
        },
        {word: mostly == 2 for word, mostly in zip(model.words, model.mostly.tolist(), strict=True)},
        model.matches.tolist(),
        model.context.tolist(),
        model.types.tolist(),
        model.repeats.tolist(),
        model.transitions,
    )


def number(length: int, mostly: bool) -> int:
    return 1 + 2 * (min(length, 5) - 2) + mostly


def matches(units: Sequence[str], words: Mapping[str, bool]) -> tuple[list[int], list[int], list[int]]:
    """Of each place: the longest known word that begins, that ends there, that has it inside (of equally long ones the first)."""
    n = len(units)
    found = [
        (length, start, words["".join(units[start : start + length])])
        for start in range(n)
        for length in range(2, min(LONGEST, n - start) + 1)
        if "".join(units[start : start + length]) in words
    ]

    def longest(here: list[tuple[int, int, bool]]) -> int:
        best = max(here, key=lambda w: (w[0], -w[1]), default=None)
        return 0 if best is None else number(best[0], best[2])

    return (
        [longest([w for w in found if w[1] == i]) for i in range(n)],
        [longest([w for w in found if w[1] + w[0] == i + 1]) for i in range(n)],
        [longest([w for w in found if w[1] < i < w[1] + w[0] - 1]) for i in range(n)],
    )


def sentence_scores(model: Model, text: str) -> list[list[int]]:
    """Scores of the labels of a sentence without blanks."""
    units = [unit(c) for c in text]
    begins, ends, insides = matches(units, model.words)

    def at(i: int) -> str:
        return units[i] if 0 <= i < len(units) else BORDER

    def kind(found: list[int], i: int) -> int:
        return (found[i] + 1) // 2 if 0 <= i < len(units) else 5

    def same(i: int, j: int) -> int:
        return int(at(i) == at(j) and at(i) in model.chars)

    def rows_of(i: int) -> Sequence[Row]:
        return model.chars[at(i) if at(i) in model.chars else UNKNOWN]

    scores = []
    for i in range(len(units)):
        rows: list[Row] = [rows_of(i + o)[2 - o] for o in range(-2, 3)]
        rows += [rows_of(i)[5 + kind(begins, i)], rows_of(i)[10 + kind(ends, i)]]
        rows += [model.pairs[at(i + o), at(i + o + 1)][1 - o] for o in range(-2, 2) if (at(i + o), at(i + o + 1)) in model.pairs]
        rows.append(model.matches[(begins[i] * 9 + ends[i]) * 9 + insides[i]])
        rows.append(model.context[((kind(ends, i - 1) * 5 + kind(begins, i)) * 5 + kind(ends, i)) * 6 + kind(begins, i + 1)])
        before, here, behind = (
            character_class(text[j] if 0 <= j < len(units) and units[j] not in model.chars else at(j)) for j in (i - 1, i, i + 1)
        )
        rows.append(model.types[(before * 8 + here) * 8 + behind])
        rows.append(model.repeats[same(i, i - 1) + 2 * same(i, i - 2) + 4 * same(i + 1, i - 1) + 8 * same(i, i + 1)])
        scores.append([sum(row[label] for row in rows) for label in range(4)])
    return scores


def best_labels(scores: Sequence[Sequence[float]], transitions: Sequence[int]) -> list[int]:
    """Ties go to the predecessor that comes first."""
    if not scores:
        return []
    step = dict(zip(ALLOWED, transitions, strict=True))
    best: list[dict[int, tuple[float, int]]] = [{label: (scores[0][label], -1) for label in (B, S)}]
    for row in scores[1:]:
        here: dict[int, tuple[float, int]] = {}
        for a, b in ALLOWED:
            if a in best[-1] and (b not in here or best[-1][a][0] + step[a, b] + row[b] > here[b][0]):
                here[b] = best[-1][a][0] + step[a, b] + row[b], a
        best.append(here)
    label = max((E, S), key=lambda y: best[-1].get(y, (-math.inf, 0))[0])
    labels = []
    for here in reversed(best):
        labels.append(label)
        label = here[label][1]
    return labels[::-1]


def without_parted_runs(text: str, scores: Sequence[Sequence[float]]) -> list[list[float]]:
    """No word begins inside a run of digits or of letters."""
    return [
        [s - (1e9 if i and label in (B, S) and runs_on(text[i - 1], text[i]) else 0) for label, s in enumerate(row)]
        for i, row in enumerate(scores)
    ]


def inside(length: int) -> list[int]:
    return [S] if length == 1 else [B, *[M] * (length - 2), E]


def runs_on(left: str, right: str) -> bool:
    return unit(left) == unit(right) and unit(left) in ("0", "a")


def user_spans(text: str, user: Mapping[str, int]) -> list[tuple[int, int]]:
    """Where words of the user may stand, by start, the longest first."""
    return [
        (i, j)
        for i in range(len(text))
        for j in range(len(text), i, -1)
        if text[i:j] in user
        and not (i and runs_on(text[i - 1], text[i]))
        and not (j < len(text) and runs_on(text[j - 1], text[j]))
    ]


def cut(text: str, model: Model, user: Mapping[str, int] | None = None, force: bool = False) -> list[str]:
    """user: word -> what each of its labels is favoured by."""
    user = user or {}
    spans = user_spans(text, user)
    if force:
        taken: list[tuple[int, int]] = []
        for i, j in spans:
            if not taken or i >= taken[-1][1]:
                taken.append((i, j))
        spans = taken
    bridged = {k for i, j in spans for k in range(i, j)}
    biases: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0, 0])
    for i, j in spans:
        for k, label in zip(range(i, j), inside(j - i), strict=True):
            if force:
                biases[k] = [0 if y == label else -1e9 for y in range(4)]
            else:
                biases[k][label] = max(biases[k][label], user[text[i:j]])
    words: list[str] = []
    start = 0
    while start < len(text):
        if text[start] in SPACES and start not in bridged:
            end = start + (2 if text[start : start + 2] == "\r\n" and start + 1 not in bridged else 1)
            words.append(text[start:end])
            start = end
            continue
        end = start
        while end < len(text) and (text[end] not in SPACES or end in bridged):
            end += 1
        sentence = text[start:end]
        scores = [
            [s + b for s, b in zip(row, biases[start + k], strict=True)] for k, row in enumerate(sentence_scores(model, sentence))
        ]
        scores = without_parted_runs(sentence, scores)
        for c, label in zip(sentence, best_labels(scores, model.transitions), strict=True):
            if label in (B, S):
                words.append(c)
            else:
                words[-1] += c
        start = end
    return words


# ---- what is learned


def cross_fitted(sentences: Sequence[Sequence[str]]) -> list[tuple[list[int], list[int], list[int]]]:
    """Matches in the training text itself: each part knows only words of the others."""
    shapes = [["".join(map(unit, word)) for word in words] for words in sentences]
    part = [i * PARTS // len(sentences) for i in range(len(sentences))]
    out = []
    for p, words in zip(part, shapes, strict=True):
        known = known_words([w for q, w in zip(part, shapes, strict=True) if q != p])
        out.append(matches(list("".join(words)), known))
    return out


def known_words(shapes: Sequence[Sequence[str]]) -> dict[str, bool]:
    counts = Counter(word for words in shapes for word in words if 2 <= len(word) <= LONGEST)
    times: Counter[str] = Counter()
    for words in shapes:
        text = "".join(words)
        times.update(text[i : i + n] for n in range(2, LONGEST + 1) for i in range(len(text) - n + 1))
    return {word: counts[word] > 0.5 * times[word] for word in counts}
