"""How well a language model predicts a text: perplexity."""

from __future__ import annotations

import os
from collections import namedtuple
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import NamedTuple, TypeAlias

    from .model import NgramLM

    Path: TypeAlias = str | os.PathLike[str]

    class Evaluation(NamedTuple):
        """Perplexity of a text, with and without the words that the model does not know, and what was counted."""

        perplexity: float
        perplexity_without_oov: float
        oov: int
        words: int
        sentences: int
        log10: float
else:
    Evaluation = namedtuple("Evaluation", ["perplexity", "perplexity_without_oov", "oov", "words", "sentences", "log10"])
    Evaluation.__doc__ = "Perplexity of a text, with and without the words that the model does not know, and what was counted."

_BATCH = 4096  # sentences


def evaluate(lm: NgramLM, corpus: Path | Iterable[str] | Iterable[Sequence[str]], *, encoding: str = "utf-8") -> Evaluation:
    """Perplexity of a text, as KenLM's ``query`` counts it.

    With T words and S sentences, ``10 ** (-log10 p / (T + S))``: the end of a sentence is predicted too, its beginning is given.
    Without unknown words, neither their probabilities nor their number count; they stay in the context of others.

    Parameters
    ----------
    lm : NgramLM
    corpus : path, iterable of str or of sequences of str
        Sentences; in a file one a line, with blanks between words. An empty line is an empty sentence.
    encoding : str
        Of a file.

    Returns
    -------
    (perplexity, perplexity_without_oov, oov, words, sentences, log10)
        NaN where there is nothing to be predicted; `log10` is the sum over all sentences.
    """
    if isinstance(corpus, (str, os.PathLike)):
        from ..corpus.lines import read_lines

        corpus = read_lines(corpus, encoding)
    total = known = 0.0
    predicted = oov = sentences = 0
    rest = iter(corpus)
    while batch := list(islice(rest, _BATCH)):
        log10, known_log10, n, unknown = lm.total(batch)
        total, known = total + log10, known + known_log10
        predicted, oov, sentences = predicted + n, oov + unknown, sentences + len(batch)
    return Evaluation(
        _perplexity(total, predicted), _perplexity(known, predicted - oov), oov, predicted - sentences, sentences, total
    )


def _perplexity(log10: float, n: int) -> float:
    try:
        return 10.0 ** (-log10 / n) if n else float("nan")
    except OverflowError:
        return float("inf")
