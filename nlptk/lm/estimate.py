"""Estimate n-gram models from text of any size, within a cap of memory.

The formulas stand beside the loops in ``ext/ngram_estimate.c``. Kneser-Ney is the modified, interpolated one of Chen and Goodman
1998 ("An Empirical Study of Smoothing Techniques for Language Modeling"), with discounts of each order from its counts of counts,
as implemented by lmplz (Heafield, Pouzyrevsky, Clark, Koehn 2013: "Scalable Modified Kneser-Ney Language Model Estimation").
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from ..corpus.blocks import WORD_BREAK, sentence_blocks, split_words
from ..corpus.lines import read_lines
from ..corpus.sizes import parse_size
from ..errors import CorpusFormatError, InputError, OutputError, ParameterError
from ..ext.ngram_estimate import BLOCK_UNIT, MAX_ORDER, MAX_PARTS, SMOOTHINGS, Ngrams, Reader, SentenceMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, BinaryIO, TypeAlias

    from numpy.typing import NDArray
    from typing_extensions import Self

    from ..corpus.blocks import Block, Corpus, Progress

    Path: TypeAlias = str | os.PathLike[str]
    Chunk: TypeAlias = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]

MARKS = ("<unk>", "<s>", "</s>")
_LEAST = 1 << 20  # bytes of memory
_MOST_BLOCK = 1 << 18  # bytes
_RECORD = 32  # bytes of workspace for a record that is sorted
_CONTEXT = 40  # and for a context that is summed up
_CHUNK = 1 << 14  # n-grams handed over at a time
_MARK = re.compile(rb"(?<![^ \t\n\v\f\r\0])</?s>(?![^ \t\n\v\f\r\0])")

_log = logging.getLogger("nlptk")


def estimate(
    corpus: Corpus,
    *,
    order: int = 5,
    smoothing: str = "kneser-ney",
    prune: Iterable[int] = (),
    vocabulary: Path | Iterable[str] | None = None,
    max_vocabulary: int | None = None,
    min_count: int = 1,
    discount_fallback: Sequence[float] | None = (0.5, 1.0, 1.5),
    weight: float = 0.5,
    k: float = 1.0,
    backoff: float = 0.4,
    memory: str | int = "1G",
    folder: str | None = None,
    threads: int = 1,
    encoding: str = "utf-8",
    progress: Progress | None = None,
) -> Estimate:
    """Count the n-grams of a corpus and estimate their probabilities.

    Parameters
    ----------
    corpus : path, or iterable of str, of lists of str, or of pathlib.Path
        A file with a sentence a line, words separated by blanks (``-`` is standard input); sentences; or several files. As in
        lmplz an empty line is an empty sentence.
    order : int
        Words of the longest n-grams, 1 to 20.
    smoothing : {"kneser-ney", "witten-bell", "jelinek-mercer", "add-k", "stupid-backoff"}
        Unigrams are interpolated with the uniform distribution over the vocabulary, except in stupid backoff.
    prune : sequence of int
        For each order: n-grams that occur at most so often are left out; the last number goes for all higher orders. The numbers
        may not fall. (lmplz: ``--prune``)
    vocabulary : path or iterable of str, optional
        Words of the model, in a file separated by white space; all others count as ``<unk>``.
    max_vocabulary, min_count : int
        Only the most frequent words, and words that occur so often; all others count as ``<unk>``.
    discount_fallback : (float, float, float) or None
        Kneser-Ney discounts for an order whose own cannot be estimated, as in very small corpora; a warning says so. None: an
        error.
    weight : float
        Of the higher order in Jelinek-Mercer smoothing: lambda in ``lambda p_ML + (1 - lambda) p(lower order)``.
    k : float
        What add-k adds to each count.
    backoff : float
        The factor of stupid backoff.
    memory : str or int
        Cap on buffers, such as ``"1G"``; the vocabulary comes on top. The result does not depend on it.
    folder : str, optional
        For the temporary file with what does not fit; default: that of :mod:`tempfile`. It is gone whatever happens.
    threads : int
        With 2 or more an ARPA file is written while it is made. The result does not depend on it.
    encoding : str
        Of files.
    progress : callable, optional
        Called with numbers of bytes, twice for each byte of the files: read, and counted.

    Raises
    ------
    CorpusFormatError
        There is not a word in the corpus, or it has ``<s>`` or ``</s>`` as a word.
    CorpusEncodingError
        A file is not text in `encoding`.
    OutputError
        The temporary file cannot be written.
    ParameterError
        A parameter makes no sense; Kneser-Ney discounts cannot be estimated and there is no fallback.

    Examples
    --------
    >>> with estimate(["a b", "a c"], order=2, smoothing="witten-bell") as model:
    ...     model.counts
    [6, 5]
    """
    if smoothing not in SMOOTHINGS:
        raise ParameterError(f"smoothing={smoothing!r}: possible are {', '.join(SMOOTHINGS)}")
    if not 0 <= weight <= 1:
        raise ParameterError(f"weight={weight!r}: expected 0 to 1")
    if not (0 < k < float("inf") and 0 < backoff <= 1):
        raise ParameterError(f"k={k!r}, backoff={backoff!r}: expected k above 0 and a backoff in (0, 1]")
    if min_count < 1 or (max_vocabulary is not None and max_vocabulary < 1) or threads < 1:
        raise ParameterError("min_count, max_vocabulary and threads: expected 1 or more")
    fallback = _discounts(discount_fallback)
    thresholds = _thresholds(prune, _order(order))
    allowed = None if vocabulary is None else _words(vocabulary, encoding)
    result = Estimate(order, _memory(memory), folder, threads)
    try:
        result._read(sentence_blocks(corpus, encoding, progress))
        result._limit_vocabulary(allowed, max_vocabulary, min_count, thresholds[0])
        result._ngrams.set_smoothing(smoothing, weight, k, backoff, thresholds)
        result._count(_Share(progress, result._read_bytes, order))
        result._estimate(fallback if smoothing == "kneser-ney" else None, smoothing == "kneser-ney")
    except BaseException:
        result.close()
        raise
    return result


def count_ngrams(
    corpus: Corpus,
    order: int,
    *,
    memory: str | int = "1G",
    folder: str | None = None,
    encoding: str = "utf-8",
    progress: Progress | None = None,
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Count the n-grams of one length, those with ``<s>`` and ``</s>`` included.

    The parameters and errors are those of :func:`estimate`.

    Yields
    ------
    ngram : tuple of str
        Sorted by the last word, then the one before it, ...; words in order of first appearance.
    count : int

    Examples
    --------
    >>> dict(count_ngrams(["a b", "a c"], 2))["<s>", "a"]
    2
    """
    with Estimate(_order(order), _memory(memory), folder, 1) as counting:
        counting._read(sentence_blocks(corpus, encoding, progress))
        counting._limit_vocabulary(None, None, 1, 0)
        counting._count(_Share(progress, counting._read_bytes, order))
        words = counting.words
        for ids, counts in counting._counts(order):
            for ngram, count in zip(ids.tolist(), counts.tolist(), strict=True):
                if count:  # the vocabulary has <unk> even where no word is unknown
                    yield tuple(words[i] for i in ngram), count


class Estimate:
    """What :func:`estimate` found: the n-grams of each order with log10 probabilities and back-off weights.

    They lie in memory or in a temporary file; use it in a ``with`` statement, or call `close`.

    Attributes
    ----------
    order : int
    words : list of str
        By number: ``<unk>``, ``<s>``, ``</s>``, then in order of first appearance.
    counts : list of int
        N-grams of each order that are not pruned.
    discounts : list of (float, float, float) or None
        D1, D2 and D3+ of each order, for Kneser-Ney.
    tokens, sentences : int
        Words of the corpus, and lines.
    """

    def __init__(self, order: int, memory: int, folder: str | None, threads: int) -> None:
        self.order = order
        self.words: list[str] = []
        self.counts: list[int] = []
        self.discounts: list[tuple[float, float, float]] | None = None
        self._memory = memory
        self._folder = folder
        self._threads = threads
        self._read_bytes = 0
        self._block = max(min(memory // 2048, _MOST_BLOCK) // BLOCK_UNIT, 16) * BLOCK_UNIT
        self._file: BinaryIO | None = None
        self._no_file: OSError | None = None
        try:
            self._file = tempfile.TemporaryFile(dir=folder, prefix=".nlptk-", buffering=0)  # noqa: SIM115
        except OSError as error:  # matters only if something has to go there
            self._no_file = error
        blocks = memory // 2 // self._block
        self._ngrams = Ngrams(order, self._block, blocks, -1 if self._file is None else self._file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back memory and the temporary file."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.__dict__.pop("_ngrams", None)

    @contextmanager
    def _spilling(self) -> Iterator[None]:
        """Say what went wrong with the temporary file."""
        try:
            yield
        except OSError as error:
            error = self._no_file or error
            size = f"{self._ngrams.spilled_bytes / 1e6:.0f} MB so far"
            message = f"{(error.strerror or str(error)).lower()}, in a temporary file of n-grams ({size})"
            raise OutputError(message, path=self._folder or tempfile.gettempdir()) from error
        except OverflowError as error:
            raise ParameterError(f"the corpus has {error}, which is the limit") from None

    # ---- text

    def _read(self, blocks: Iterable[Block]) -> None:
        rest = b""
        name = None
        for block, place in blocks:
            name = place.name
            text = rest + (block or b"")
            try:
                with self._spilling():
                    done = self._ngrams.read(text, block is None)
                    if block is None:
                        self._ngrams.read_end()
            except UnicodeDecodeError as error:
                raise place.wrong(text, error.start) from None
            except SentenceMark as error:
                found = _MARK.search(text, error.args[0])
                assert found
                message = f"{found[0].decode()} is a word of the text; sentences get it by themselves, so leave it out"
                raise CorpusFormatError(message, path=name, line=place.line + text.count(b"\n", 0, found.start())) from None
            rest = text[done:]
            place.advance(text[:done])
            self._read_bytes += len(block or b"")
        self.sentences: int = self._ngrams.n_sentences
        self.tokens: int = self._ngrams.n_positions - 2 * self.sentences
        if not self.tokens:
            raise CorpusFormatError("not a word in the corpus: expected a sentence a line", path=name)

    def _limit_vocabulary(self, allowed: list[str] | None, most: int | None, least: int, pruned: int) -> None:
        """Number the words anew, if not all of them belong to the model, and start."""
        read, counts = self._ngrams.read_words()
        words = read
        counts[1:3] = self.sentences
        names = None
        if allowed is not None or most is not None or least > 1:
            kept = counts >= least
            if allowed is not None:
                wanted = set(allowed)
                kept &= np.fromiter((word in wanted for word in read), bool, len(read))
            kept[:3] = True
            if most is not None and kept.sum() > most + 3:
                candidates = np.flatnonzero(kept)[3:]
                order = np.lexsort((candidates, -counts[candidates].astype(np.int64)))  # the first of equally frequent ones
                kept[candidates[order[most:]]] = False
            names = np.where(kept, np.cumsum(kept) - 1, 0).astype(np.uint32)
            known = [word for word, keep in zip(read, kept, strict=True) if keep]
            more = [] if allowed is None or most is not None else sorted(set(allowed).difference(read, MARKS))
            summed = np.zeros(len(known) + len(more), np.uint64)
            np.add.at(summed, names, counts)
            words, counts = known + more, summed
        self.words = [word for word, count in zip(words, counts, strict=True) if count > pruned or not pruned or word in MARKS]
        positions = self._ngrams.n_positions
        vocabulary = self._ngrams.vocabulary_bytes
        longest = max(positions, len(words))
        wanted_parts = max(positions >> 14, 8 * _CONTEXT * longest // self._memory + 1)
        parts = max(1, min(MAX_PARTS, self._memory // 8 // self._block, wanted_parts))
        needed = 8 * longest // parts * _CONTEXT
        if needed > self._memory:
            raise ParameterError(
                f"a memory of {self._memory} bytes is too small for {positions:,} tokens, expected {needed} or more"
            )
        # the blocks that are being filled have a quarter, what is sorted has an eighth
        blocks = max(0, self._memory * 5 // 8 - vocabulary) // self._block
        with self._spilling():
            self._ngrams.start(counts, names, blocks, max(1, self._memory // 8 // _RECORD), parts)

    # ---- counts and probabilities

    def _count(self, progress: _Share) -> None:
        ngrams = self._ngrams
        with self._spilling():
            for n in range(2, self.order + 1):
                ngrams.distribute(n)
                for part in range(ngrams.n_parts):
                    ngrams.sort_part(n, part)
                ngrams.sort_end(n)
                ngrams.adjust(n - 1)
                progress.step()
            ngrams.adjust(self.order)
            progress.step()

    def _estimate(self, fallback: tuple[float, float, float] | None, kneser_ney: bool) -> None:
        ngrams = self._ngrams
        if kneser_ney:
            self.discounts = [self._discounts(n, fallback) for n in range(1, self.order + 1)]
            for n, discounts in enumerate(self.discounts, 1):
                ngrams.set_discounts(n, discounts)
        with self._spilling():
            ngrams.unigrams()
            for n in range(2, self.order + 1):
                ngrams.contexts(n)
                for part in range(ngrams.n_parts):
                    ngrams.context_part(n, part)
                ngrams.interpolate(n)
                for part in range(ngrams.n_parts):
                    ngrams.interpolate_part(n, part)
                ngrams.interpolate_end()
        self.counts = [ngrams.n_grams(n)[1] for n in range(1, self.order + 1)]

    def _discounts(self, n: int, fallback: tuple[float, float, float] | None) -> tuple[float, float, float]:
        """D_k = k - (k + 1) Y t[k+1] / t[k] with Y = t1 / (t1 + 2 t2), t[k] the number of n-grams with adjusted count k."""
        t = self._ngrams.count_of_counts(n)
        if self._ngrams.n_grams(n)[0] == 0:  # sentences are shorter: no discount is ever used
            return fallback or (0.0, 0.0, 0.0)
        problem = ""
        if 0 in t[:3]:
            problem = f"none of them has an adjusted count of {t.index(0) + 1}"
        else:
            y = t[0] / (t[0] + 2 * t[1])
            found = 1 - 2 * y * t[1] / t[0], 2 - 3 * y * t[2] / t[1], 3 - 4 * y * t[3] / t[2]
            if all(0 <= d <= k for k, d in enumerate(found, 1)):
                return found
            problem = f"they would be {', '.join(f'{d:.3f}' for d in found)}"
        message = f"Kneser-Ney discounts of {n}-grams cannot be estimated: {problem}"
        if fallback is None:
            raise ParameterError(f"{message}; use discount_fallback or another smoothing")
        _log.warning("%s; using %s instead (is the corpus very small?)", message, " ".join(f"{d:g}" for d in fallback))
        return fallback

    # ---- results

    def read(self, n: int) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]]:
        """N-grams in suffix order: by the last word, then the one before it, ...

        Yields
        ------
        ids : (k, n) uint32
            The words, in the order of the text.
        log_prob, log_backoff : (k,) float32
            log10, rounded to 7 decimals; back-off weights of the highest order are 0.
        """
        for words, _, log_prob, log_backoff in self._chunks(n):
            yield words, log_prob, log_backoff

    def write_arpa(self, target: BinaryIO) -> None:
        """Write the model as an ARPA file."""
        from .arpa import write_arpa

        write_arpa(target, self.counts, self.words, self.read, self._threads)

    def chunks(self, n: int) -> Iterator[Chunk]:
        """N-grams in suffix order, as links to those of order n - 1.

        Yields
        ------
        suffix : (k,) uint32
            Which n-gram of order n - 1 is left when the first word is taken away, in the order they are yielded; 0 for n = 1.
        first : (k,) uint32
            The first word.
        log_prob, log_backoff : (k,) float32
            log10, rounded to 7 decimals; back-off weights of the highest order are 0.
        """
        for words, suffix, log_prob, log_backoff in self._chunks(n):
            yield suffix, words[:, 0].copy(), log_prob, log_backoff

    def _counts(self, n: int) -> Iterator[tuple[NDArray[np.uint32], NDArray[np.uint32]]]:
        """Words (k, n) and how often they occur (k,), before estimation."""
        reader = Reader(self._ngrams, n)
        with self._spilling():
            while len((chunk := reader.read_counts(_CHUNK))[0]):
                yield chunk

    def _chunks(self, n: int) -> Iterator[tuple[Any, Any, Any, Any]]:
        reader = Reader(self._ngrams, n)
        with self._spilling():
            while len((chunk := reader.read(_CHUNK))[0]):
                yield chunk


class _Share:
    """Progress of the second half: the bytes of the text once more, over so many steps."""

    def __init__(self, progress: Progress | None, total: int, steps: int) -> None:
        self._progress, self._total, self._steps = progress, total, steps
        self._done = 0

    def step(self) -> None:
        self._done += 1
        if self._progress is not None:
            before, now = (self._total * done // self._steps for done in (self._done - 1, self._done))
            self._progress(now - before)


def _order(order: int) -> int:
    if isinstance(order, bool) or not isinstance(order, int) or not 1 <= order <= MAX_ORDER:
        raise ParameterError(f"order={order!r}: expected 1 to {MAX_ORDER}")
    return order


def _memory(memory: str | int) -> int:
    size = parse_size(memory, "memory")
    if size < _LEAST:
        raise ParameterError(f"memory={memory!r}: expected 1M or more")
    return size


def _words(vocabulary: Path | Iterable[str], encoding: str) -> list[str]:
    if isinstance(vocabulary, (str, os.PathLike)):
        found = [word for line in read_lines(vocabulary, encoding) for word in split_words(line)]
        if not found:
            raise InputError("not a word in the vocabulary", path=vocabulary)
        return found
    found = list(vocabulary)
    for word in found:
        if not isinstance(word, str) or not word or WORD_BREAK.search(word):
            raise ParameterError(f"vocabulary: {word!r:.50} is no word, expected a str without blanks")
    return [word.encode("utf-8", "replace").decode() for word in found]


def _thresholds(prune: Iterable[int], order: int) -> list[int]:
    thresholds = list(prune) or [0]
    if (
        not all(isinstance(t, int) and 0 <= t < 1 << 32 for t in thresholds)
        or thresholds != sorted(thresholds)
        or len(thresholds) > order
    ):
        raise ParameterError(f"prune={thresholds!r}: expected at most {order} numbers from 0 that do not fall, such as 0 0 1")
    return thresholds + thresholds[-1:] * (order - len(thresholds))


def _discounts(fallback: Sequence[float] | None) -> tuple[float, float, float] | None:
    if fallback is None:
        return None
    found = tuple(fallback)
    if len(found) != 3 or not all(0 <= d <= k for k, d in enumerate(found, 1)):
        raise ParameterError(f"discount_fallback={found!r}: expected three numbers, the k-th between 0 and k")
    return found[0], found[1], found[2]
