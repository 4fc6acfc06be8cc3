"""N-gram models in plain Python: padding, counting, discounts and the smoothings, from the formulas of the papers.

An n-gram is a tuple of words. A sentence is ``<s> w1 ... wm </s>``; no n-gram spans two sentences, so ``<s>`` can only be
the first word of one. In every formula c is the count of an n-gram hw, S the sum of the counts of all that follow the
history h, T their number, V the number of word types with ``<unk>`` and ``</s>`` but without ``<s>``, p' the probability
after the history without its first word, 1/V after the empty one.

- Kneser-Ney, modified and interpolated (Chen & Goodman 1999: "An Empirical Study of Smoothing Techniques for Language
  Modeling"): ``p = (c - D(c)) / S + gamma p'``, on adjusted counts;
- Witten-Bell: ``p = (c + T p') / (S + T)``;
- Jelinek-Mercer: ``p = weight c / S + (1 - weight) p'``;
- add-k: ``p = (c + k) / (S + k V)``;
- stupid backoff (Brants et al. 2007: "Large Language Models in Machine Translation"): ``c / S``, or else ``backoff`` times
  the score after the shorter history.

The counts of pruned n-grams go to the weight of p'.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

UNK, BOS, EOS = "<unk>", "<s>", "</s>"
LOG_ZERO = -99.0  # what ARPA files have for the logarithm of nothing

Gram = tuple[str, ...]
Discount = tuple[float, float, float]


@dataclass
class Model:
    """What an estimate gives; ``grams[n - 1]`` are the n-grams with the log10 of probability and back-off weight."""

    order: int
    words: list[str]
    counts: list[int]
    discounts: list[Discount] | None
    fallbacks: list[int]  # orders whose discounts are not those of the formula
    tokens: int
    sentences: int
    grams: list[dict[Gram, tuple[float, float]]]


def split(text: str) -> list[list[str]]:
    """The sentences of a text, one a line, words between ASCII white space and NUL; a blank line is one too."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [[word for word in re.split("[ \t\v\f\r\0]", line) if word] for line in lines]


def limited(
    sentences: Sequence[Sequence[str]],
    vocabulary: Collection[str] | None = None,
    max_vocabulary: int | None = None,
    min_count: int = 1,
) -> list[list[str]]:
    """The sentences with ``<unk>`` for each word outside the vocabulary."""
    counts = Counter(word for sentence in sentences for word in sentence if word != UNK)  # as the words appear first
    kept = [word for word, count in counts.items() if count >= min_count and (vocabulary is None or word in vocabulary)]
    if max_vocabulary is not None:
        kept = sorted(kept, key=lambda word: -counts[word])[:max_vocabulary]
    known = set(kept)
    return [[word if word in known else UNK for word in sentence] for sentence in sentences]


def raw_counts(sentences: Iterable[Sequence[str]], order: int) -> list[Counter[Gram]]:
    """How often each n-gram occurs, for n = 1 to `order`; the unigram ``<s>`` is not counted, as it is never predicted."""
    counts: list[Counter[Gram]] = [Counter() for _ in range(order)]
    for sentence in sentences:
        padded = (BOS, *sentence, EOS)
        for n in range(1, order + 1):
            counts[n - 1].update(padded[i : i + n] for i in range(len(padded) - n + 1))
    del counts[0][(BOS,)]
    return counts


def adjusted_counts(raw: Sequence[Counter[Gram]]) -> list[Counter[Gram]]:
    """Counts of the words seen before an n-gram; raw ones for the highest order and where ``<s>`` leaves no word before."""
    adjusted = [Counter(gram[1:] for gram in longer) for longer in raw[1:]]
    for n, counts in enumerate(adjusted):
        counts.update({gram: count for gram, count in raw[n].items() if gram[0] == BOS})
    return [*adjusted, raw[-1]]


def discounts_of(counts: Collection[int]) -> Discount | None:
    """D1, D2 and D3+ of one order, equation 26 of Chen & Goodman; None where these counts have none that makes sense."""
    t = [sum(count == k for count in counts) for k in range(5)]
    if not (t[1] and t[2] and t[3]):
        return None
    y = t[1] / (t[1] + 2 * t[2])
    found = [k - (k + 1) * y * t[k + 1] / t[k] for k in (1, 2, 3)]
    return (found[0], found[1], found[2]) if all(0 <= d <= k for k, d in enumerate(found, 1)) else None


def last_raw(raw: Sequence[Counter[Gram]], adjusted: Sequence[Counter[Gram]], words: Sequence[str]) -> list[Counter[Gram]]:
    """The adjusted counts as lmplz counts them for its discounts: raw for the last n-gram of each order.

    It writes out an n-gram when it meets the next one, sorted by the last word and so on; for what is left at the end it
    takes the raw count. The difference is in the third digit of a discount, but without it no discount would be equal.
    """
    place = {word: i for i, word in enumerate(words)}
    whole = [gram for n, grams in enumerate(raw, 1) for gram in grams if n in (1, len(raw)) or gram[0] == BOS]
    last = max(whole, key=lambda gram: [place[word] for word in reversed(gram)])
    counts = [Counter(grams) for grams in adjusted]
    for n in range(min(len(last), len(raw))):
        counts[n][last[-n - 1 :]] = raw[n][last[-n - 1 :]]
    return counts


def estimate(
    sentences: Sequence[Sequence[str]],
    order: int,
    smoothing: str = "kneser-ney",
    *,
    prune: Sequence[int] = (),
    vocabulary: Collection[str] | None = None,
    max_vocabulary: int | None = None,
    min_count: int = 1,
    discount_fallback: Discount = (0.5, 1.0, 1.5),
    weight: float = 0.5,
    k: float = 1.0,
    backoff: float = 0.4,
) -> Model:
    """The model of the sentences. N-grams that occur `prune` times or less, one number for each order, are left out.

    Words of a `vocabulary` that the text lacks are types that occur 0 times, unless `max_vocabulary` leaves them out.
    """
    unseen = sorted({*vocabulary}.difference([UNK, BOS, EOS], *sentences)) if vocabulary and max_vocabulary is None else []
    sentences = limited(sentences, vocabulary, max_vocabulary, min_count)
    raw = raw_counts(sentences, order)
    for word in (UNK, *unseen):
        raw[0][(word,)] += 0
    thresholds = [*prune, *[prune[-1] if prune else 0] * order][:order]
    kept = [
        {gram for gram, count in counts.items() if count > threshold or not threshold or gram in ((UNK,), (EOS,))}
        for counts, threshold in zip(raw, thresholds, strict=True)
    ]
    types = len(kept[0])

    words = list(dict.fromkeys([UNK, BOS, EOS, *(word for sentence in sentences for word in sentence), *unseen]))
    counts = adjusted_counts(raw) if smoothing == "kneser-ney" else raw
    for word in (UNK, *unseen):
        counts[0][(word,)] += 0
    discounts, fallbacks = [], []
    for n, grams in enumerate(last_raw(raw, counts, words)):
        found = discounts_of(grams.values())
        discounts.append(found or discount_fallback)
        if found is None:
            fallbacks.append(n + 1)

    probability: list[dict[Gram, float]] = []
    gamma: dict[Gram, float] = {}  # of each history
    for n in range(order):
        followers: defaultdict[Gram, list[Gram]] = defaultdict(list)
        for gram in counts[n]:
            followers[gram[:-1]].append(gram)
        probability.append({})
        for history, grams in followers.items():
            total = sum(counts[n][gram] for gram in grams)
            seen = sum(counts[n][gram] > 0 for gram in grams)  # all but <unk> and words that the text lacks
            left = [gram for gram in grams if gram in kept[n]]
            pruned = total - sum(counts[n][gram] for gram in left)
            full = n == order - 1 or history[:1] == (BOS,)  # no word before this history can be known
            if smoothing == "kneser-ney":
                taken = {gram: discounts[n][min(counts[n][gram], 3) - 1] if counts[n][gram] else 0.0 for gram in left}
                own = {gram: (counts[n][gram] - taken[gram]) / total for gram in left}
                gamma[history] = (sum(taken.values()) + pruned) / total
            elif smoothing == "witten-bell":
                own = {gram: counts[n][gram] / (total + seen) for gram in left}
                gamma[history] = (seen + pruned) / (total + seen)
            elif smoothing == "jelinek-mercer":
                own = {gram: weight * counts[n][gram] / total for gram in left}
                gamma[history] = 1 - weight + weight * pruned / total
            elif smoothing == "add-k":
                own = {gram: counts[n][gram] / (total + k * types) if full else 0.0 for gram in left}
                gamma[history] = (k * types + pruned) / (total + k * types) if full else 1.0
            else:
                own = {gram: (counts[n][gram] or backoff) / total for gram in left}  # <unk>: as if seen once, and backed off to
                gamma[history] = backoff
            for gram in left:
                lower = probability[n - 1][gram[1:]] if n else 1 / types
                rest = 0.0 if smoothing == "stupid-backoff" else gamma[history] * lower
                probability[n][gram] = own[gram] + rest

    logs: list[dict[Gram, tuple[float, float]]] = [{(BOS,): (0.0, log10(gamma.get((BOS,), 1.0)))}]
    logs += [{} for _ in range(order - 1)]
    for n in range(order):
        for gram, p in probability[n].items():
            logs[n][gram] = (min(log10(p), 0.0), log10(gamma.get(gram, 1.0)) if n < order - 1 else 0.0)
    return Model(
        order=order,
        words=[word for word in words if word == BOS or (word,) in kept[0]],
        counts=[len(grams) for grams in logs],
        discounts=discounts if smoothing == "kneser-ney" else None,
        fallbacks=fallbacks,
        tokens=sum(map(len, sentences)),
        sentences=len(sentences),
        grams=logs,
    )


def log10(p: float) -> float:
    """With 7 decimals."""
    return round(math.log10(p), 7) if p > 0 else LOG_ZERO


def log_probability(model: Model, history: Sequence[str], word: str) -> float:
    """log10 of the probability of a word after others: of the longest n-gram known, and the weights of the histories left."""
    words = [w if (w,) in model.grams[0] else UNK for w in (*history, word)]
    gram = tuple(words[max(len(words) - model.order, 0) :])
    weight = 0.0
    while gram not in model.grams[len(gram) - 1]:
        weight += model.grams[len(gram) - 2].get(gram[:-1], (0.0, 0.0))[1]
        gram = gram[1:]
    return weight + model.grams[len(gram) - 1][gram][0]


def suffix_sorted(model: Model, n: int) -> list[Gram]:
    """The n-grams by their last word, then by the one before and so on; words by their places in ``model.words``."""
    place = {word: i for i, word in enumerate(model.words)}
    return sorted(model.grams[n - 1], key=lambda gram: [place[word] for word in reversed(gram)])


def arpa(model: Model) -> str:
    """The model as an ARPA file."""
    lines = ["\\data\\", *(f"ngram {n}={count}" for n, count in enumerate(model.counts, 1)), ""]
    for n in range(1, model.order + 1):
        lines.append(f"\\{n}-grams:")
        for gram in suffix_sorted(model, n):
            log_p, log_backoff = model.grams[n - 1][gram]
            lines.append(f"{log_p:.7f}\t{' '.join(gram)}" + (f"\t{log_backoff:.7f}" if n < model.order else ""))
        lines.append("")
    return "\n".join([*lines, "\\end\\", ""])
