"""Learning to segment from segmented text: features of characters, known words, and weights."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import CorpusFormatError, ParameterError
from ..ext.char_tagger import (
    BIGRAM_ROWS,
    BIGRAM_SCALE,
    CHAR_ROWS,
    CONTEXT_ROWS,
    MAX_MATCH,
    N_KINDS,
    N_MATCHES,
    N_TYPES,
    REPEAT_ROWS,
    SCALE,
    TYPE_ROWS,
    WORD_ROWS,
    Trainer,
    character_class,
    fold,
)
from .trained import TaggerModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from ..errors import NlptkError

    Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
    Sentences: TypeAlias = str | os.PathLike[str] | Iterable[str] | Iterable[list[str]]
    Progress: TypeAlias = Callable[[int, float], object]

B, M, E, S = range(4)
_FOLDED = np.arange(0x10000, dtype=np.int32)
for _c in (*range(128), *range(0xFF00, 0xFF60)):
    _FOLDED[_c] = fold(_c)
_PARTS = 10  # of the training data: the words that a part knows are those of the others
_MOSTLY = 0.5  # of the places where a word's characters stand, it is a word in more than this share
_RATE, _AVERAGED = 0.1, 4  # AdaGrad; passes at the end whose weights are averaged
_HMM_ADDED = 0.1  # to each count of a hidden Markov model


class _Text(NamedTuple):
    """Sentences end to end."""

    characters: Array  # folded code points
    labels: Array
    starts: Array


# ---- reading


def _error(source: object, message: str) -> NlptkError:
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else getattr(source, "name", None)
    return CorpusFormatError(message, path=name) if isinstance(name, str) else ParameterError(message)


def _sentences(source: Sentences) -> Iterator[list[str]]:
    if isinstance(source, (str, os.PathLike)):
        from ..corpus import read_tokens

        source = read_tokens(source)
    for words in source:
        yield words.split() if isinstance(words, str) else words


def read(source: Sentences) -> _Text:
    """The characters of sentences with their labels.

    Parameters
    ----------
    source : path, iterable of str, or iterable of lists of str
        Sentences of words; in a str (a line of a file) they are separated by blanks.
    """
    text: list[str] = []
    lengths: list[int] = []
    ends = [0]
    for words in _sentences(source):
        for word in words:
            if not isinstance(word, str):
                raise ParameterError(f"word {word!r} is {type(word).__name__}, expected str")
            if not word or word.split() != [word]:
                raise ParameterError(f"word {word!r}: expected a word without blanks")
        text.extend(words)
        lengths.extend(map(len, words))
        if words:
            ends.append(len(lengths))
    if len(lengths) == len(ends) - 1:
        problem = "no two words in a line" if lengths else "no words"
        raise _error(source, f"{problem}: expected segmented text, words separated by blanks")
    raw = np.frombuffer("".join(text).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int32)
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    labels = np.full(len(raw), M, np.uint8)
    labels[bounds[:-1]] = B
    labels[bounds[1:] - 1] = np.where(np.asarray(lengths) == 1, S, E)
    return _Text(np.where(raw < len(_FOLDED), _FOLDED[raw & 0xFFFF], raw), labels, bounds[ends])


def _codes(text: _Text) -> tuple[Array, Array]:
    """Numbers of the characters from 1 on, the commonest first, and which characters these are."""
    values, where, counts = np.unique(text.characters, return_inverse=True, return_counts=True)
    order = np.lexsort((values, -counts))
    if len(values) >= 0xFFFE:
        raise ParameterError(f"{len(values)} different characters are too many for a trained segmenter")
    code_of = np.empty(len(values), np.int64)
    code_of[order] = np.arange(1, len(values) + 1)
    return code_of[where], values[order].astype(np.uint32)


# ---- known words


def _grams(codes: Array, sentence: Array, n: int, before: Array) -> Array:
    """A number for the n characters from each place on, the same for the same characters; -1 where they leave the sentence.

    before: these numbers for n - 1 characters.
    """
    out = np.full(len(codes), -1, np.int64)
    first = max(len(codes) - n + 1, 0)
    inside = np.flatnonzero((before[:first] >= 0) & (sentence[:first] == sentence[len(codes) - first :]))
    keys = before[inside] * (int(codes.max(initial=0)) + 1) + codes[inside + n - 1]
    out[inside] = np.unique(keys, return_inverse=True)[1]
    return out


def _longest_words(text: _Text, codes: Array) -> tuple[dict[str, int], Array, Array, Array]:
    """The known words, and at each place the match of the longest that begins, ends there, and has it inside.

    A place knows only words that the other parts of the data have: so that known words are trusted no more than in a text that
    was not seen.
    """
    n, n_sentences = len(codes), len(text.starts) - 1
    sentence = np.repeat(np.arange(n_sentences), np.diff(text.starts))
    part = sentence * _PARTS // max(n_sentences, 1)
    begins = np.flatnonzero((text.labels == B) | (text.labels == S))
    lengths = np.flatnonzero(text.labels >= E) - begins + 1
    found = np.zeros((3, n), np.uint8)
    words: dict[str, int] = {}
    grams = codes.astype(np.int64)
    for length in range(2, MAX_MATCH + 1):
        grams = _grams(codes, sentence, length, grams)
        places = np.flatnonzero(grams >= 0)
        here = begins[lengths == length]
        n_grams = int(grams.max(initial=-1)) + 1
        if not len(here):
            continue
        as_word = np.bincount(grams[here], minlength=n_grams)
        all_times = np.bincount(grams[places], minlength=n_grams)
        places = places[as_word[grams[places]] > 0]
        g, p = grams[places], part[places]
        own = np.unique(g)  # few: words only
        index = np.full(n_grams, -1, np.int64)
        index[own] = np.arange(len(own))
        as_word_here = np.bincount(index[grams[here]] * _PARTS + part[here], minlength=len(own) * _PARTS)
        all_here = np.bincount(index[g] * _PARTS + p, minlength=len(own) * _PARTS)
        times = as_word[g] - as_word_here[index[g] * _PARTS + p]
        mostly = times > _MOSTLY * (all_times[g] - all_here[index[g] * _PARTS + p])
        known = times > 0
        at, match = places[known], (2 * min(length, 5) - 3 + mostly[known]).astype(np.uint8)
        found[0, at] = match
        found[1, at + length - 1] = match
        for offset in range(length - 2, 0, -1):  # of equally long ones the first is heard
            found[2, at + length - 1 - offset] = match
        first = np.unique(grams[here], return_index=True)[1]
        for place in here[first].tolist():
            word = "".join(map(chr, text.characters[place : place + length].tolist()))
            words[word] = 1 + int(as_word[grams[place]] > _MOSTLY * all_times[grams[place]])
    return words, found[0], found[1], found[2]


# ---- features


class _Features(NamedTuple):
    indices: Array  # (characters, features)
    tables: dict[str, tuple[int, int]]  # name -> rows of its weights
    pairs: Array
    n: int


def _shifted(values: Array, text: _Text, offset: int, border: int) -> Array:
    """values[t + offset], or the border's where that is in another sentence."""
    n = len(values)
    sentence = np.repeat(np.arange(len(text.starts) - 1), np.diff(text.starts))
    at = np.clip(np.arange(n) + offset, 0, n - 1)
    inside = (np.arange(n) + offset == at) & (sentence[at] == sentence)
    return np.where(inside, values[at], border)


def _features(text: _Text, codes: Array, n_codes: int, matches: tuple[Array, Array, Array]) -> _Features:
    """What the kernel looks at, with the tables in its order."""
    border = n_codes
    chars = {o: _shifted(codes, text, o, border) for o in range(-2, 3)}
    keys = {o: chars[o] << 16 | chars[o + 1] for o in range(-2, 2)}
    pairs, where = np.unique(np.concatenate(list(keys.values())), return_inverse=True)
    order = np.argsort(-np.bincount(where), kind="stable")  # the commonest first: they lie together
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    where = rank[where].reshape(4, -1)
    begins, ends, insides = (m.astype(np.int64) for m in matches)
    begin_kinds, end_kinds = (begins + 1) // 2, (ends + 1) // 2
    classes = np.array([0] + [character_class(c) for c in range(1, 0x10000)], np.int64)
    types = np.where(text.characters < 0x10000, classes[text.characters & 0xFFFF], 0)
    here = chars[0].astype(np.int64)
    columns: list[Array] = []
    tables: dict[str, tuple[int, int]] = {}
    n = 0

    def table(name: str, rows: int, *indices: Array) -> None:
        nonlocal n
        tables[name] = n, n + rows
        columns.extend(n + index for index in indices)
        n += rows

    of_chars = [chars[o].astype(np.int64) * CHAR_ROWS + (2 - o) for o in range(-2, 3)]
    of_chars += [here * CHAR_ROWS + 5 + begin_kinds, here * CHAR_ROWS + 5 + N_KINDS + end_kinds]
    table("chars", (n_codes + 1) * CHAR_ROWS, *of_chars)
    table("bigrams", len(pairs) * BIGRAM_ROWS, *(where[k] * BIGRAM_ROWS + 3 - k for k in range(4)))
    table("matches", WORD_ROWS, (begins * N_MATCHES + ends) * N_MATCHES + insides)
    context = _shifted(end_kinds, text, -1, N_KINDS) * N_KINDS + begin_kinds
    table("context", CONTEXT_ROWS, (context * N_KINDS + end_kinds) * (N_KINDS + 1) + _shifted(begin_kinds, text, 1, N_KINDS))
    around = [_shifted(types, text, o, N_TYPES) for o in (-1, 0, 1)]
    table("types", TYPE_ROWS, (around[0] * (N_TYPES + 1) + around[1]) * (N_TYPES + 1) + around[2])
    same = (chars[0] == chars[-1]) + 2 * (chars[0] == chars[-2]) + 4 * (chars[1] == chars[-1]) + 8 * (chars[0] == chars[1])
    table("repeats", REPEAT_ROWS, same)
    return _Features(np.stack([c.astype(np.int32) for c in columns], 1), tables, pairs[order], n)


# ---- weights


def _train_crf(
    trainer: Trainer,
    features: _Features,
    n_sentences: int,
    *,
    epochs: int,
    c2: float,
    cost: float,
    seed: int,
    progress: Progress | None,
) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    weights, squares = np.zeros((features.n, 4), np.float32), np.zeros((features.n, 4), np.float32)
    transitions, transition_squares = np.zeros(8, np.float32), np.zeros(8, np.float32)
    shares = (1 / np.maximum(np.bincount(features.indices.ravel(), minlength=features.n), 1)).astype(np.float32)
    averaged = min(_AVERAGED, epochs)
    mean, mean_transitions = np.zeros_like(weights), np.zeros_like(transitions)
    for done in range(epochs):
        order = rng.permutation(n_sentences)
        loss = trainer.crf(order, weights, squares, shares, transitions, transition_squares, _RATE, c2, cost)
        if not np.isfinite(loss):
            raise ParameterError(f"training does not converge: the loss is {loss} (c2={c2}, cost={cost})")
        if done >= epochs - averaged:
            mean += weights / np.float32(averaged)
            mean_transitions += transitions / np.float32(averaged)
        if progress is not None:
            progress(done + 1, loss)
    return mean, mean_transitions


def _train_perceptron(
    trainer: Trainer, features: _Features, n_sentences: int, *, epochs: int, seed: int, progress: Progress | None
) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    weights, totals = np.zeros((features.n, 4), np.float32), np.zeros((features.n, 4), np.float32)
    transitions, transition_totals = np.zeros(8, np.float32), np.zeros(8, np.float32)
    for done in range(epochs):
        wrong = trainer.perceptron(
            rng.permutation(n_sentences), weights, totals, transitions, transition_totals, done * n_sentences
        )
        if progress is not None:
            progress(done + 1, float(wrong))
    seen = np.float32(max(epochs * n_sentences, 1))
    return weights - totals / seen, transitions - transition_totals / seen


def _count_hmm(text: _Text, codes: Array, features: _Features, n_codes: int) -> tuple[Array, Array]:
    """log p(character | label) and log p(label | label) as weights."""
    counts = np.bincount(codes * 4 + text.labels, minlength=(n_codes + 1) * 4).reshape(-1, 4) + _HMM_ADDED
    weights = np.zeros((features.n, 4), np.float32)
    weights[2 : (n_codes + 1) * CHAR_ROWS : CHAR_ROWS] = np.log(counts / counts.sum(0))
    weights[2 + n_codes * CHAR_ROWS] = 0  # the border is no character
    follows = np.zeros((4, 4))
    inside = np.ones(len(codes), bool)
    inside[text.starts[:-1][np.diff(text.starts) > 0]] = False
    at = np.flatnonzero(inside)
    np.add.at(follows, (text.labels[at - 1], text.labels[at]), 1)
    possible = ((B, M), (B, E), (M, M), (M, E), (E, B), (E, S), (S, B), (S, S))
    sums = {a: sum(follows[a, b] + 1 for x, b in possible if x == a) for a in range(4)}
    return weights, np.log(np.array([(follows[a, b] + 1) / sums[a] for a, b in possible])).astype(np.float32)


def _whole(weights: Array) -> Array:
    """Weights as the kernel has them; larger ones than it can add up are cut off."""
    whole: Array = np.clip(np.rint(weights * SCALE), -2000, 2000).astype(np.int16)
    return whole


def train(
    source: Sentences,
    *,
    model: str,
    epochs: int,
    c2: float,
    cost: float,
    prune: float,
    seed: int,
    progress: Progress | None = None,
) -> TaggerModel:
    """Learn from segmented sentences; see :class:`~nlptk.segment.trained.TaggedSegmenter`."""
    text = read(source)
    codes, values = _codes(text)
    n_codes = len(values) + 1
    words, *matches = _longest_words(text, codes)
    features = _features(text, codes, n_codes, (matches[0], matches[1], matches[2]))
    n_sentences = len(text.starts) - 1
    if model == "hmm":
        weights, transitions = _count_hmm(text, codes, features, n_codes)
    else:
        trainer = Trainer(text.starts.astype(np.int64), features.indices, text.labels, features.n)
        if model == "crf":
            weights, transitions = _train_crf(
                trainer, features, n_sentences, epochs=epochs, c2=c2, cost=cost, seed=seed, progress=progress
            )
        else:
            weights, transitions = _train_perceptron(trainer, features, n_sentences, epochs=epochs, seed=seed, progress=progress)
            weights, transitions = _like_crf(weights, transitions)
    tables = {name: _whole(weights[lo:hi]) for name, (lo, hi) in features.tables.items()}
    lo, hi = features.tables["bigrams"]
    bigrams = weights[lo:hi].reshape(-1, BIGRAM_ROWS, 4)
    kept = np.abs(bigrams).max(axis=(1, 2), initial=0) > prune
    return TaggerModel(
        values,
        list(words),
        np.array(list(words.values()), np.uint8),
        features.pairs[kept].astype(np.uint32),
        tables["chars"].reshape(-1, CHAR_ROWS, 4),
        np.clip(np.rint(bigrams[kept] * BIGRAM_SCALE), -127, 127).astype(np.int8),
        tables["matches"],
        tables["context"],
        tables["types"],
        tables["repeats"],
        np.rint(transitions * SCALE).astype(int).tolist(),
    )


def _like_crf(weights: Array, transitions: Array) -> tuple[Array, Array]:
    """A perceptron's weights made as large as those of a CRF: only their proportions matter."""
    largest = np.abs(weights).max(initial=1e-6)
    factor = np.float32(min(7.0 / largest, 1.0))
    return weights * factor, transitions * factor
