"""The parameters of GloVe as its kernel has them: in blocks of words, and who learns with whom at the same time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .training import STRIDE, new_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]

_BLOCK_BYTES = 1 << 21  # of parameters: what two blocks have stays in the cache while their pairs are learned
_LEAST_SHIFT, _MOST_SHIFT = 3, 8  # 8 to 256 blocks
_NUMBERS = 1 << 16  # of the words of a block
_BIAS_RATE = 1.0  # as in the authors' tool since 2020; biases find the frequencies of words first


class Rows:
    """Word and context vectors with their biases, and the sums of their squared steps.

    Parameters
    ----------
    vectors, squares : float32 arrays of shape (words, 2, vector_size + 1)
        Of words and of contexts, the bias last.

    Attributes
    ----------
    array : float32 array of shape (2 ** shift, words of a block, 4, stride)
        See ext/include/nlptk/glove.h. Word w is ``array[w % 2 ** shift, w >> shift]``.
    shift : int
    """

    def __init__(self, vectors: Matrix, squares: Matrix) -> None:
        self.n_words, _, width = vectors.shape
        self.vector_size = width - 1
        stride = -(-(width + 1) // STRIDE) * STRIDE
        wanted = max(1, self.n_words * 16 * stride // _BLOCK_BYTES)
        needed = -(-self.n_words // _NUMBERS)
        self.shift = max(_LEAST_SHIFT, min(_MOST_SHIFT, math.ceil(math.log2(wanted))), math.ceil(math.log2(needed)))
        blocks = 1 << self.shift
        height = -(-self.n_words // blocks)
        self.array = new_rows(blocks * height * 4, width + 1).reshape(blocks, height, 4, stride)
        for mine, (at, theirs) in self._pieces(vectors, squares):
            mine[at] = theirs
        for block in self.array:
            block[:, 0, width] = block[:, 2, width - 1] = 1  # what the other's bias is multiplied with

    def __reduce__(self) -> tuple[type[Rows], tuple[Matrix, Matrix]]:
        return Rows, self.unpack()  # a copy of the array itself would lie anywhere

    def unpack(self) -> tuple[Matrix, Matrix]:
        """What the constructor was given."""
        vectors = np.empty((self.n_words, 2, self.vector_size + 1), np.float32)
        squares = np.empty_like(vectors)
        for mine, (at, theirs) in self._pieces(vectors, squares):
            theirs[...] = mine[at]
        return vectors, squares

    def _pieces(self, vectors: Matrix, squares: Matrix) -> Iterator[tuple[Matrix, tuple[tuple[slice, NDArray[np.intp]], Matrix]]]:
        """Each part of a block: where the kernel has it, which places of it, and the same numbers in the arrays of words."""
        places = np.arange(self.vector_size + 1), np.append(np.arange(self.vector_size), self.vector_size + 1)
        for b, block in enumerate(self.array):
            for part, (values, side) in enumerate(((vectors, 0), (squares, 0), (vectors, 1), (squares, 1))):
                theirs = values[b :: len(self.array), side]
                yield block[:, part], ((slice(len(theirs)), places[side]), theirs)

    def rates(self, learning_rate: float) -> tuple[Matrix, Matrix]:
        """Learning rates of the places of a word part and of a context part: 0 for what does not change."""
        size, stride = self.vector_size, self.array.shape[-1]
        words, contexts = np.zeros(stride, np.float32), np.zeros(stride, np.float32)
        words[:size] = contexts[:size] = learning_rate
        words[size] = contexts[size + 1] = _BIAS_RATE
        return words, contexts


def tournament(n: int) -> Iterator[list[tuple[int, int]]]:
    """Rounds in which all of n meet once (n even, or 1): everybody with himself, then everybody with everybody.

    Examples
    --------
    >>> list(tournament(4))
    [[(0, 0), (1, 1), (2, 2), (3, 3)], [(3, 0), (1, 2)], [(3, 1), (2, 0)], [(3, 2), (0, 1)]]
    """
    yield [(a, a) for a in range(n)]
    for k in range(n - 1):  # the last one stays where he is, the others move around him
        yield [(n - 1, k), *(((k + d) % (n - 1), (k - d) % (n - 1)) for d in range(1, n // 2))]
