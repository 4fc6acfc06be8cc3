"""Scoring a segmentation against a gold standard, as the SIGHAN bakeoff scorer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import CorpusFormatError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable


class SegmentationScore(NamedTuple):
    """Counts over a test set, and the measures made of them.

    Attributes
    ----------
    gold, predicted, correct : int
        Words in the gold standard, in the prediction, and in both at the same place.
    oov, oov_correct : int
        Gold words that the lexicon does not have, and how many of them were found; 0 without a lexicon.
    """

    gold: int
    predicted: int
    correct: int
    oov: int = 0
    oov_correct: int = 0

    @property
    def precision(self) -> float:
        """Correct words among the predicted ones."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Correct words among the gold ones."""
        return self.correct / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.correct / (self.gold + self.predicted) if self.gold + self.predicted else 0.0

    @property
    def oov_rate(self) -> float:
        """Share of gold words that the lexicon does not have."""
        return self.oov / self.gold if self.gold else 0.0

    @property
    def oov_recall(self) -> float:
        """Share of those that were found."""
        return self.oov_correct / self.oov if self.oov else 0.0

    @property
    def iv_recall(self) -> float:
        """Share of the other gold words that were found."""
        known = self.gold - self.oov
        return (self.correct - self.oov_correct) / known if known else 0.0


def evaluate_segmentation(
    gold: Iterable[list[str]], predicted: Iterable[list[str]], lexicon: Container[str] | None = None
) -> SegmentationScore:
    """Compare segmented sentences word by word.

    Parameters
    ----------
    gold, predicted : iterable of lists of str
        The same sentences in the same order.
    lexicon : container of str, optional
        Words known in training; for OOV and IV recall.

    Raises
    ------
    CorpusFormatError
        The two are not segmentations of the same text; names the sentence.
    """
    n_gold = n_predicted = n_correct = n_oov = n_oov_correct = 0
    theirs = iter(predicted)
    number = 0
    for number, words in enumerate(gold, 1):
        found = next(theirs, None)
        if found is None:
            raise CorpusFormatError(f"the prediction ends after {number - 1} sentences, the gold standard goes on", line=number)
        if "".join(words) != "".join(found):
            at = _difference("".join(words), "".join(found))
            raise CorpusFormatError(f"sentence {number}: the texts differ from character {at + 1} on", line=number)
        spans = set(_spans(found))
        n_gold += len(words)
        n_predicted += len(found)
        for span, word in zip(_spans(words), words, strict=True):
            hit = span in spans
            n_correct += hit
            if lexicon is not None and word not in lexicon:
                n_oov += 1
                n_oov_correct += hit
    if next(theirs, None) is not None:
        raise CorpusFormatError(f"the gold standard ends after {number} sentences, the prediction goes on", line=number + 1)
    return SegmentationScore(n_gold, n_predicted, n_correct, n_oov, n_oov_correct)


def _spans(words: list[str]) -> list[tuple[int, int]]:
    out, at = [], 0
    for word in words:
        out.append((at, at + len(word)))
        at += len(word)
    return out


def _difference(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
