"""Bias of word vectors along a direction such as he - she: measured, and taken out (Bolukbasi et al. 2016: "Man is to computer
programmer as woman is to homemaker? Debiasing word embeddings")."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import ParameterError
from .word_vectors import WordVectors, unit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    Vector: TypeAlias = NDArray[np.float32]
    Matrix: TypeAlias = NDArray[np.float32]


class Weat(NamedTuple):
    """Result of :func:`weat`."""

    effect: float
    p_value: float


def bias_direction(vectors: WordVectors, pairs: Iterable[tuple[str, str]]) -> Vector:
    """The direction in which the words of pairs such as ``("he", "she")`` differ, a vector of length 1.

    The first principal component of the words' unit vectors less the mean of their pair; it points to the first words.

    Parameters
    ----------
    vectors : WordVectors
    pairs : iterable of (str, str)

    Raises
    ------
    UnknownWordError
        A word has no vector.
    ParameterError
        There are no pairs, or their words do not differ.
    """
    both = np.array([[vectors.get_vector(word, norm=True) for word in pair] for pair in pairs], np.float64)
    if both.ndim != 3 or both.shape[1] != 2:
        raise ParameterError("expected at least one pair of words")
    differences = (both[:, 0] - both[:, 1]) / 2  # each word less the mean of its pair, but for the sign
    _, lengths, components = np.linalg.svd(differences, full_matrices=False)
    if not lengths[0] > 1e-8:
        raise ParameterError("the words of all pairs have the same direction")
    direction = components[0] * (1 if (differences @ components[0]).sum() >= 0 else -1)
    pointing: Vector = direction.astype(np.float32)
    return pointing


def neutralize(matrix: Matrix, direction: Vector) -> Matrix:
    """Take a direction out of vectors, and give them the length 1 again."""
    unit_direction = unit(np.asarray(direction, np.float32))
    rest = _units(np.asarray(matrix, np.float32))
    return _units(rest - np.outer(rest @ unit_direction, unit_direction))


def equalize(matrix: Matrix, direction: Vector) -> Matrix:
    r"""Words of a set such as he and she, as vectors of length 1 that differ in the direction only.

    Each becomes :math:`\nu + \sqrt{1 - |\nu|^2}\,(w_B - \mu_B) / |w_B - \mu_B|`, where B means the part along the direction,
    :math:`\mu` the mean of the set and :math:`\nu = \mu - \mu_B`.

    Raises
    ------
    ParameterError
        The words do not differ in the direction.
    """
    unit_direction = unit(np.asarray(direction, np.float32))
    units = _units(np.asarray(matrix, np.float32))
    mean = units.mean(axis=0)
    along = units @ unit_direction - mean @ unit_direction
    if not np.abs(along).min() > 1e-8:
        raise ParameterError("the words of a set do not differ in the direction")
    common = mean - (mean @ unit_direction) * unit_direction
    height = np.sqrt(max(0.0, 1.0 - float(common @ common)))
    moved: Matrix = (common + height * np.outer(np.sign(along), unit_direction)).astype(np.float32)
    return moved


def debias(
    vectors: WordVectors,
    pairs: Sequence[tuple[str, str]],
    *,
    keep: Iterable[str] = (),
    equal: Iterable[Sequence[str]] = (),
) -> WordVectors:
    """Hard debiasing: new vectors, of length 1, without the direction in which pairs of words differ.

    Parameters
    ----------
    vectors : WordVectors
    pairs : sequence of (str, str)
        They define the direction; their words keep their part in it.
    keep : iterable of str
        Other words that keep it, such as "king" and "beard" for gender.
    equal : iterable of sequences of str
        Sets of words that in the end differ in the direction only, and so are as close as each other to all other words.

    Raises
    ------
    UnknownWordError
        A word of the pairs or sets has no vector.
    """
    direction = bias_direction(vectors, pairs)
    matrix = _units(vectors.matrix)
    kept = {vectors.index(word) for word in [*keep, *(each for pair in pairs for each in pair)] if word in vectors}
    neutral = np.ones(len(matrix), bool)
    neutral[list(kept)] = False
    matrix[neutral] = neutralize(matrix[neutral], direction)
    for words in equal:
        numbers = [vectors.index(word) for word in words]
        matrix[numbers] = equalize(_units(vectors.matrix[numbers]), direction)
    return WordVectors(vectors.words, matrix, vectors.counts)


def direct_bias(vectors: WordVectors, words: Sequence[str], direction: Vector, strictness: float = 1.0) -> float:
    r"""How much words that should be neutral lean to either side: the mean of :math:`|\cos(w, g)|^c`.

    Parameters
    ----------
    vectors : WordVectors
    words : sequence of str
    direction : float32 array of shape (dimensions,)
    strictness : float
        c; 0 counts any leaning as much as any other.
    """
    if not words:
        raise ParameterError("expected at least one word")
    cosines = _units(vectors.vectors_of(words)) @ unit(np.asarray(direction, np.float32))
    return float(np.mean(np.abs(cosines.astype(np.float64)) ** strictness))


def weat(
    vectors: WordVectors,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    *,
    permutations: int = 10_000,
    seed: int | None = 0,
) -> Weat:
    r"""Word embedding association test (Caliskan et al. 2017): are words X closer to A than to B, more so than words Y?

    With :math:`s(w) = \mathrm{mean}_{a \in A} \cos(w, a) - \mathrm{mean}_{b \in B} \cos(w, b)` the effect is the difference of
    the means of s over X and Y, divided by its standard deviation over both: from -2 to 2.

    Parameters
    ----------
    vectors : WordVectors
    x, y, a, b : sequences of str
        Words without a vector are left out.
    permutations : int
        Random partitions of X and Y; the p-value is the share of them whose difference is at least as large.
    seed : int, optional

    Returns
    -------
    (effect, p_value)
    """
    sides = [_units(vectors.vectors_of([word for word in words if vectors.knows(word)])) for words in (x, y, a, b)]
    for name, side in zip("xyab", sides, strict=True):
        if not len(side):
            raise ParameterError(f"no word of {name} has a vector")
    targets, attributes_a, attributes_b = np.concatenate(sides[:2]), sides[2], sides[3]
    s = (targets @ attributes_a.T).mean(axis=1) - (targets @ attributes_b.T).mean(axis=1)
    n = len(sides[0])
    difference = float(s[:n].mean() - s[n:].mean())
    spread = float(s.std(ddof=1))
    rng = np.random.default_rng(seed)
    more = 0
    for _ in range(permutations):
        shuffled = rng.permutation(s)
        more += shuffled[:n].mean() - shuffled[n:].mean() >= difference - 1e-12
    return Weat(difference / spread if spread else 0.0, (more + 1) / (permutations + 1))


def _units(matrix: Matrix) -> Matrix:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    units: Matrix = (matrix / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)
    return units
