"""How good vectors are: analogies by section, and similarities of pairs of words against people's judgements."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from ..corpus import read_lines
from ..corpus.files import display_name
from ..errors import CorpusFormatError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    from .word_vectors import WordVectors

    Path: TypeAlias = str | os.PathLike[str]

_CANDIDATES = 5  # of which the first that is no word of the question in other letters is the answer, as in gensim
_CELLS = 1 << 24  # similarities that are there at a time in 3CosMul


@dataclass
class Section:
    """Questions of one kind.

    Attributes
    ----------
    name : str
    correct, asked, unknown : int
        Questions answered rightly, questions asked, and those that were not asked for a word without a vector; with
        ``dummy4unknown`` these count as asked too.
    """

    name: str
    correct: int = 0
    asked: int = 0
    unknown: int = 0

    @property
    def accuracy(self) -> float:
        """Share of questions answered rightly; 0 if none was asked."""
        return self.correct / self.asked if self.asked else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able values."""
        return {**self.__dict__, "accuracy": self.accuracy}


@dataclass
class Analogies:
    """Result of :func:`evaluate_analogies`."""

    sections: list[Section]

    @property
    def total(self) -> Section:
        """All sections together."""
        sums = [sum(getattr(s, name) for s in self.sections) for name in ("correct", "asked", "unknown")]
        return Section("total", *sums)

    @property
    def accuracy(self) -> float:
        """Share of all questions answered rightly."""
        return self.total.accuracy

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able values."""
        return {"sections": [s.to_dict() for s in self.sections], "total": self.total.to_dict()}

    def table(self) -> str:
        """A line a section, and one for all."""
        rows = [*self.sections, self.total]
        wide = max(len(row.name) for row in rows)
        lines = [f"{'section':<{wide}}  accuracy  correct    asked  unknown"]
        lines += [f"{r.name:<{wide}}  {100 * r.accuracy:7.2f}%  {r.correct:7}  {r.asked:7}  {r.unknown:7}" for r in rows]
        return "\n".join(lines)


@dataclass
class Similarities:
    """Result of :func:`evaluate_similarity`.

    Attributes
    ----------
    spearman, pearson : float
        Correlation of ranks, and of values.
    pairs, unknown : int
        Pairs in the file, and those of them with a word without a vector.
    """

    spearman: float
    pearson: float
    pairs: int
    unknown: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able values; what is no number is None."""
        return {name: None if value != value else value for name, value in self.__dict__.items()}


class _Vocabulary:
    """Numbers of the words that questions may be about, in whatever letters."""

    def __init__(self, vectors: WordVectors, restrict: int | None, fold: bool) -> None:
        if restrict is not None and restrict < 1:
            raise ParameterError(f"restrict_vocab={restrict!r}: expected 1 or more, or None")
        self.fold = fold
        words = vectors.words[:restrict]
        self.names = [word.upper() for word in words] if fold else words
        self.numbers = {name: i for i, name in reversed([*enumerate(self.names)])}  # of equal ones the first

    def find(self, word: str) -> int:
        return self.numbers.get(word.upper() if self.fold else word, -1)


def _questions(path: Path, on_error: str) -> Iterator[tuple[str, list[str]]]:
    """(section, four words), and (section, []) where one begins."""
    section = ""
    for number, line in enumerate(read_lines(path, on_error=on_error), 1):
        if line.startswith(":"):
            section = line[1:].strip()
            yield section, []
            continue
        words = line.split()
        if len(words) == 4:
            yield section, words
        elif words and on_error == "stop":
            raise CorpusFormatError(
                f"{len(words)} words, expected 4 or `: section`", path=display_name(path, "<stdin>"), line=number
            )


def evaluate_analogies(
    vectors: WordVectors,
    path: Path,
    *,
    method: str = "3cosadd",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    on_error: str = "stop",
) -> Analogies:
    """Answer questions such as `Athens Greece Beijing China`: is the last word the closest to Greece - Athens + Beijing?

    The figures are those of gensim's ``evaluate_word_analogies``, and of ``compute-accuracy`` of word2vec.

    Parameters
    ----------
    vectors : WordVectors
    path : path
        Four words a line, between blanks, in sections that begin with a line ``: name`` (Mikolov et al. 2013).
    method : {"3cosadd", "3cosmul"}
    restrict_vocab : int or None
        Only so many words, the first ones, are looked at; questions about others are not asked.
    case_insensitive : bool
        Take all words in capitals; of words that differ in this only, the first one stands for all.
    dummy4unknown : bool
        Count questions with unknown words as answered wrongly.
    on_error : {"stop", "skip"}
        What to do with lines that are no question.

    Raises
    ------
    InputError
        The file cannot be read.
    CorpusFormatError
        A line is no question, or there is none.
    """
    if method not in ("3cosadd", "3cosmul"):
        raise ParameterError(f"method={method!r}: expected 3cosadd or 3cosmul")
    known = _Vocabulary(vectors, restrict_vocab, case_insensitive)
    sections: list[Section] = []
    asked: list[list[int]] = []
    owners: list[Section] = []
    for name, words in _questions(path, on_error):
        if not words or not sections:
            sections.append(Section(name))
        if words:
            numbers = [known.find(word) for word in words]
            if min(numbers) >= 0:
                asked.append(numbers)
                owners.append(sections[-1])
            else:
                sections[-1].unknown += 1
                sections[-1].asked += dummy4unknown
    if not asked and not any(section.unknown for section in sections):
        raise CorpusFormatError("no questions, expected four words a line", path=display_name(path, "<stdin>"))
    if asked:
        questions = np.array(asked, np.int64)
        answer = _added if method == "3cosadd" else _multiplied
        for owner, question, found in zip(owners, asked, answer(vectors, questions, len(known.names)), strict=True):
            owner.asked += 1
            owner.correct += _is_right(known.names, question, found.tolist())
    return Analogies(sections)


def _is_right(names: list[str], question: list[int], found: list[int]) -> bool:
    """Whether the first answer that is no word of the question is right."""
    given = {names[number] for number in question[:3]}
    answers = [number for number in found if number >= 0 and number not in question[:3]][:_CANDIDATES]
    first = next((names[number] for number in answers if names[number] not in given), None)
    return first == names[question[3]]


def _units(vectors: WordVectors, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
    norms = vectors.norms[numbers]
    lengths: NDArray[np.float32] = np.where(norms > 0, norms, 1).astype(np.float32)
    return vectors.matrix[numbers] / lengths[:, None]


def _added(vectors: WordVectors, questions: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    a, b, c = (_units(vectors, column) for column in questions.T[:3])
    found, _ = vectors.nearest(b + c - a, _CANDIDATES + 3, restrict_vocab=size)
    return found


def _multiplied(vectors: WordVectors, questions: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    everything = _units(vectors, np.arange(size)).T
    found: list[NDArray[np.int64]] = []
    batch = max(1, _CELLS // size)
    for start in range(0, len(questions), batch):
        columns = questions[start : start + batch].T[:3]
        a, b, c = (0.5 + 0.5 * (_units(vectors, column) @ everything) for column in columns)
        scores: NDArray[np.floating[Any]] = b * c / (a + np.float32(1e-6))
        few = min(size, _CANDIDATES + 3)
        best = np.argpartition(-scores, few - 1, axis=1)[:, :few]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(found)


def _pairs(path: Path, on_error: str) -> Iterator[tuple[str, str, float]]:
    """Two words and what people say of their similarity."""
    for number, line in enumerate(read_lines(path, on_error=on_error), 1):
        fields = [field.strip() for field in line.split("\t")] if "\t" in line else line.split()
        if not line.strip() or line.startswith("#"):
            continue
        try:
            a, b, value = fields
            similarity = float(value)
            if similarity != similarity:
                raise ValueError(value)
        except ValueError:
            if (number == 1 and len(fields) >= 3) or on_error == "skip":  # names of the columns
                continue
            raise CorpusFormatError(
                "expected two words and a number, parted by tabs or blanks", path=display_name(path, "<stdin>"), line=number
            ) from None
        yield a, b, similarity


def evaluate_similarity(
    vectors: WordVectors,
    path: Path,
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    on_error: str = "stop",
) -> Similarities:
    """Correlate cosines with people's judgements, as in WordSim-353; the figures are those of gensim's ``evaluate_word_pairs``.

    Parameters
    ----------
    vectors : WordVectors
    path : path
        Two words and a number a line, parted by tabs or by blanks; lines that begin with ``#`` are left out, and so is a first
        line with names in place of a number.
    restrict_vocab : int or None
        Words behind so many count as unknown.
    case_insensitive : bool
        Take all words in capitals; of words that differ in this only, the first one stands for all.
    dummy4unknown : bool
        Pairs with unknown words have the similarity 0; otherwise they are left out.
    on_error : {"stop", "skip"}
        What to do with lines that are no pair.

    Raises
    ------
    InputError
        The file cannot be read.
    CorpusFormatError
        A line is no pair, or fewer than two pairs are left.
    """
    known = _Vocabulary(vectors, restrict_vocab, case_insensitive)
    gold: list[float] = []
    ours: list[float] = []
    pairs = unknown = 0
    for a, b, similarity in _pairs(path, on_error):
        pairs += 1
        i, j = known.find(a), known.find(b)
        missing = min(i, j) < 0
        unknown += missing
        if not missing or dummy4unknown:
            gold.append(similarity)
            ours.append(0.0 if missing else vectors.similarity(i, j))
    if len(gold) < 2:
        raise CorpusFormatError(
            f"{pairs} pairs, {unknown} with a word without a vector: expected at least 2 others",
            path=display_name(path, "<stdin>"),
        )
    import warnings

    from scipy import stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where all are the same there is no correlation: nan says so
        return Similarities(float(stats.spearmanr(gold, ours)[0]), float(stats.pearsonr(gold, ours)[0]), pairs, unknown)
