"""A back-off model as a dictionary: ``{("the", "cat"): (log10 probability, log10 back-off), ...}``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log10

import numpy as np

Ngrams = dict[tuple[str, ...], tuple[float, float]]
SPECIAL = ("<unk>", "<s>", "</s>")


class Backoff:
    """Scores by the definition, in single precision, added up in the order in which KenLM does."""

    def __init__(self, ngrams: Ngrams) -> None:
        self.ngrams = ngrams
        self.order = max(map(len, ngrams))

    def word(self, context: Sequence[str], word: str) -> tuple[np.float32, int, bool]:
        """log10 probability, length of the n-gram that matched, whether the word is unknown."""
        known = [w if (w,) in self.ngrams else "<unk>" for w in (*context, word)]
        history, w = known[:-1][-(self.order - 1) :] if self.order > 1 else [], known[-1]
        n = max(n for n in range(1, len(history) + 2) if (*history[len(history) - n + 1 :], w) in self.ngrams)
        score = np.float32(self.ngrams[(*history[len(history) - n + 1 :], w)][0])
        for k in range(n, len(history) + 1):
            score += np.float32(self.ngrams.get(tuple(history[-k:]), (0, 0))[1])
        return score, n, w == "<unk>"

    def full_scores(self, words: Sequence[str], bos: bool = True, eos: bool = True) -> list[tuple[float, int, bool]]:
        before, out = ["<s>"] * bos, []
        for word in [*words, *["</s>"] * eos]:
            score, n, unknown = self.word(before, word)
            out.append((float(score), n, unknown))
            before.append(word)
        return out

    def score(self, words: Sequence[str], bos: bool = True, eos: bool = True) -> float:
        total = np.float32(0)
        for score, _, _ in self.full_scores(words, bos, eos):
            total += np.float32(score)
        return float(total)

    def distribution(self, context: Sequence[str]) -> dict[str, float]:
        return {w: 10.0 ** float(self.word(context, w)[0]) for (w, *rest) in self.ngrams if not rest and w != "<s>"}


class Estimated:
    """The n-grams as an estimator hands them over: by their last word, then the one before, ...; each with its suffix."""

    def __init__(self, ngrams: Ngrams) -> None:
        self.ngrams = ngrams
        self.order = max(map(len, ngrams))
        self.words = [*SPECIAL, *(n[0] for n in ngrams if len(n) == 1 and n[0] not in SPECIAL)]
        self.discounts = [(0.5, 1.0, 1.5)] * self.order
        self.ids = {word: i for i, word in enumerate(self.words)}
        self.orders = range(1, self.order + 1)
        self.sorted = {n: sorted((g for g in ngrams if len(g) == n), key=self._from_its_end) for n in self.orders}
        self.counts = [len(self.sorted[n]) for n in self.orders]

    def _from_its_end(self, gram: tuple[str, ...]) -> list[int]:
        return [self.ids[word] for word in reversed(gram)]

    def chunks(self, n: int) -> Iterator[tuple[np.ndarray, ...]]:
        grams = self.sorted[n]
        place = {gram: i for i, gram in enumerate(self.sorted.get(n - 1, []))}
        for start in range(0, len(grams), 7):
            some = grams[start : start + 7]
            yield (
                np.array([place.get(gram[1:], 0) for gram in some], np.uint32),
                np.array([self.ids[gram[0]] for gram in some], np.uint32),
                np.array([self.ngrams[gram][0] for gram in some], np.float32),
                np.array([self.ngrams[gram][1] for gram in some], np.float32),
            )


def interpolated(sentences: Iterable[Sequence[str]], order: int, weight: float = 2.0) -> Ngrams:
    """A model whose distributions add up to 1: ``p(w|h) = (c(hw) + weight p(w|h')) / (c(h) + weight)``."""
    padded = [["<s>", *words, "</s>"] for words in sentences]
    counts = Counter(tuple(s[i : i + n]) for s in padded for n in range(1, order + 1) for i in range(len(s) - n + 1))
    words = ["<unk>", *dict.fromkeys(w for s in padded for w in s[1:])]
    totals: Counter[tuple[str, ...]] = Counter()
    for gram, count in counts.items():
        if gram != ("<s>",):
            totals[gram[:-1]] += count

    def p(gram: tuple[str, ...]) -> float:
        lower = p(gram[1:]) if len(gram) > 1 else 1 / len(words)
        return (counts[gram] + weight * lower) / (totals[gram[:-1]] + weight)

    def backoff(gram: tuple[str, ...]) -> float:
        return round(log10(weight / (totals[gram] + weight)), 7) if len(gram) < order and totals[gram] else 0.0

    out: Ngrams = {("<unk>",): (round(log10(p(("<unk>",))), 7), 0.0), ("<s>",): (0.0, backoff(("<s>",)))}
    for gram in sorted({*counts, *((w,) for w in words)} - set(out), key=len):
        out[gram] = (round(log10(p(gram)), 7), backoff(gram))
    return out


def to_arpa(ngrams: Ngrams) -> str:
    """The model as an ARPA file."""
    orders = range(1, max(map(len, ngrams)) + 1)
    lines = ["\\data\\", *(f"ngram {n}={sum(len(g) == n for g in ngrams)}" for n in orders)]
    for n in orders:
        lines += ["", f"\\{n}-grams:"]
        for gram, (log_prob, log_backoff) in ngrams.items():
            if len(gram) == n:
                lines.append(f"{log_prob:.9g}\t{' '.join(gram)}" + (f"\t{log_backoff:.9g}" if n < orders[-1] else ""))
    return "\n".join([*lines, "", "\\end\\", ""])
