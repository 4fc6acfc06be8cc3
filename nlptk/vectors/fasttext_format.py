"""fastText's binary files, version 12: reading and writing ``.bin``, every length checked before memory is taken for it.

All numbers are little-endian: magic and version (int32); twelve arguments (int32) and ``t`` (double); the dictionary: sizes, then
of each word its bytes, a NUL, its count (int64) and whether it is a label (int8); then, each after a byte that says whether it is
quantised, the matrix of input rows (words, then buckets of n-grams) and that of output rows.
"""

from __future__ import annotations

import io
import os
import struct
import sys
from dataclasses import dataclass, field

import numpy as np

from ..corpus.files import open_input, open_output
from ..errors import ModelFormatError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    from numpy.typing import NDArray

    Path: TypeAlias = str | os.PathLike[str]
    Matrix: TypeAlias = NDArray[np.float32]

MAGIC, VERSION = 793712314, 12
END_OF_SENTENCE = "</s>"  # the one word that has no n-grams
LOSSES = {"hs": 1, "ns": 2, "softmax": 3, "ova": 4}
MODELS = {"cbow": 1, "skipgram": 2, "supervised": 3}
_HEAD = struct.Struct("<14id")  # magic, version, twelve arguments, t
_SIZES = struct.Struct("<3i2q")
_SHAPE = struct.Struct("<2q")
_PIECE = 1 << 24  # bytes read or written at a time
_LONGEST_WORD = 1 << 20  # bytes
_LIMIT = 1 << 20  # dimensions, and characters of an n-gram


@dataclass
class FastTextArguments:
    """What fastText was called with, by its own names; defaults are those of ``fasttext skipgram``."""

    dim: int = 100
    ws: int = 5
    epoch: int = 5
    min_count: int = 5
    neg: int = 5
    word_ngrams: int = 1
    loss: int = LOSSES["ns"]
    model: int = MODELS["skipgram"]
    bucket: int = 2_000_000
    minn: int = 3
    maxn: int = 6
    lr_update_rate: int = 100
    t: float = 1e-4


@dataclass
class FastTextFile:
    """What a fastText ``.bin`` file holds.

    Attributes
    ----------
    arguments : FastTextArguments
    words, labels : list of str
    counts, label_counts : int64 arrays
    tokens : int
        Of the corpus.
    input : float32 array of shape (words + buckets, dim)
    output : float32 array of shape (words or labels, dim)
    """

    arguments: FastTextArguments
    words: list[str]
    counts: NDArray[np.int64]
    tokens: int
    input: Matrix
    output: Matrix
    labels: list[str] = field(default_factory=list)
    label_counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


def is_fasttext(content: bytes) -> bool:
    """Whether these bytes begin like a ``.bin`` file of fastText."""
    return content[:4] == MAGIC.to_bytes(4, "little")


def write_fasttext(path: Path, model: FastTextFile) -> None:
    """Write a ``.bin`` file that fastText and gensim read.

    Raises
    ------
    ParameterError
        The parts do not fit each other, or a word holds a NUL.
    OutputError
        The file cannot be written.
    """
    arguments = model.arguments
    names = [*model.words, *model.labels]
    counts = [*model.counts.tolist(), *model.label_counts.tolist()]
    rows = len(model.words) + (arguments.bucket if arguments.maxn else 0)
    if len(counts) != len(names) or model.input.shape != (rows, arguments.dim) or model.output.shape[1:] != (arguments.dim,):
        raise ParameterError(
            f"{len(names)} words, {len(counts)} counts, input {model.input.shape}, output {model.output.shape}: "
            f"expected as many counts as words, an input of {(rows, arguments.dim)} and an output of {arguments.dim} columns"
        )
    numbers = [getattr(arguments, name) for name in FastTextArguments.__dataclass_fields__]
    with open_output(path) as file:
        file.write(_HEAD.pack(MAGIC, VERSION, *numbers))
        file.write(_SIZES.pack(len(names), len(model.words), len(model.labels), model.tokens, -1))
        for i, (name, count) in enumerate(zip(names, counts, strict=True)):
            text = name.encode("utf-8", "surrogatepass")
            if 0 in text:
                raise ParameterError(f"word {name!r} holds a NUL, which ends words in this format")
            file.write(text + b"\0" + struct.pack("<qb", count, i >= len(model.words)))
        for matrix in (model.input, model.output):
            file.write(b"\0" + _SHAPE.pack(*matrix.shape))
            lines = max(1, _PIECE // (4 * arguments.dim))
            for start in range(0, len(matrix), lines):
                file.write(np.ascontiguousarray(matrix[start : start + lines], "<f4").tobytes())


def read_fasttext(path: Path, *, errors: str = "strict", output: bool = True) -> FastTextFile:
    """Read a ``.bin`` file of fastText.

    Parameters
    ----------
    path : path
        May be compressed.
    errors : {"strict", "replace", "ignore"}
        What to do with words that are not UTF-8.
    output : bool
        Read also the matrix of outputs, which only training needs; otherwise it has no rows.

    Raises
    ------
    InputError
        The file cannot be read.
    ModelFormatError
        It is no such file, damaged, truncated, of another version or quantised; the message says at which byte.
    """
    if errors not in ("strict", "replace", "ignore"):
        raise ParameterError(f"errors={errors!r}: expected strict, replace or ignore")
    name = os.fspath(path)
    if os.path.isfile(name) and os.access(name, os.R_OK):
        with io.FileIO(name) as plain:
            if is_fasttext(plain.read(4)):  # so it is not packed
                plain.seek(0)
                return _Reader(plain, name, errors, os.path.getsize(name)).model(output)
    with open_input(path, by_content=True) as file:
        return _Reader(file, name, errors, None).model(output)


class _Reader:
    """A file read in order, which says at which byte something is wrong."""

    def __init__(self, file: Any, path: str, errors: str, size: int | None) -> None:
        self.file, self.path, self.errors = file, path, errors
        self.buffer, self.at, self.before = b"", 0, 0  # the next byte is buffer[at]; `before` bytes came before the buffer
        self.size = size  # of the file, if that is known: what is said to be longer is not even tried

    def refuse(self, problem: str) -> ModelFormatError:
        return ModelFormatError(f"{problem} (at byte {self.before + self.at})", path=self.path)

    def need(self, size: int, what: str) -> None:
        """Complain before memory is taken for what cannot be there."""
        if self.size is not None and size > self.size - self.before - self.at:
            raise self.refuse(f"truncated: {what} takes {size} bytes, {self.size - self.before - self.at} are left")

    def fill(self) -> bool:
        """Read more; False at the end."""
        more = self.file.read(_PIECE >> 4)
        self.before += self.at
        self.buffer, self.at = self.buffer[self.at :] + more, 0
        return bool(more)

    def take(self, size: int, what: str) -> bytes:
        while len(self.buffer) - self.at < size:
            if not self.fill():
                raise self.refuse(f"truncated: {what} takes {size} bytes, {len(self.buffer)} are left")
        self.at += size
        return self.buffer[self.at - size : self.at]

    def model(self, output: bool) -> FastTextFile:
        head = self.take(_HEAD.size, "the head of a fastText file")
        magic, version, *numbers = _HEAD.unpack(head)
        if magic != MAGIC:
            self.at = 0
            raise self.refuse(f"no fastText .bin file: it begins with {head[:4]!r}, expected {MAGIC.to_bytes(4, 'little')!r}")
        if version != VERSION:
            self.at = 4
            raise self.refuse(f"fastText format {version}, expected {VERSION}")
        arguments = FastTextArguments(*numbers)
        if not 0 < arguments.dim <= _LIMIT or arguments.bucket < 0 or max(arguments.minn, arguments.maxn) > _LIMIT:
            raise self.refuse(f"arguments that cannot be: {arguments}")
        entries, n_words, n_labels, tokens, pruned = _SIZES.unpack(self.take(_SIZES.size, "the sizes of the dictionary"))
        if n_words < 0 or n_labels < 0 or entries != n_words + n_labels or pruned < -1:
            raise self.refuse(f"{entries} entries of the dictionary, {n_words} words and {n_labels} labels")
        self.need(entries * 10, f"a dictionary of {entries} entries")
        names, counts = self.entries(n_words, n_labels)
        if pruned > 0:
            self.take(8 * pruned, "the buckets that are kept")
        buckets = arguments.bucket if arguments.maxn > 0 else 0
        rows = self.matrix("input", arguments.dim, n_words + buckets, True)
        outputs = self.matrix("output", arguments.dim, n_labels if arguments.model == MODELS["supervised"] else n_words, output)
        if len(self.buffer) > self.at or self.file.read(1):
            raise self.refuse("more bytes behind the end of the model")
        return FastTextFile(
            arguments, names[:n_words], counts[:n_words], tokens, rows, outputs, names[n_words:], counts[n_words:]
        )  # fmt: skip

    def entries(self, n_words: int, n_labels: int) -> tuple[list[str], NDArray[np.int64]]:
        """The words, then the labels."""
        names: list[str] = []
        counts: list[int] = []
        for i in range(n_words + n_labels):
            while (stop := self.buffer.find(b"\0", self.at)) < 0 or stop + 10 > len(self.buffer):
                if (stop < 0 and len(self.buffer) - self.at > _LONGEST_WORD) or not self.fill():
                    raise self.refuse(f"word {i} of {n_words + n_labels} does not end, or the file is truncated")
            try:
                name = str(self.buffer[self.at : stop], "utf-8", self.errors)
            except UnicodeDecodeError:
                raise self.refuse(f"word {i}, {self.buffer[self.at : stop][:40]!r}, is not UTF-8") from None
            count, kind = struct.unpack_from("<qb", self.buffer, stop + 1)
            if kind != (i >= n_words) or count < 0:
                raise self.refuse(f"entry {i} of the dictionary has kind {kind} and count {count}")
            names.append(name)
            counts.append(count)
            self.at = stop + 10
        return names, np.array(counts, np.int64)

    def matrix(self, which: str, dim: int, expected: int, wanted: bool) -> Matrix:
        """A matrix, read straight into its place."""
        quantised = self.take(1, f"the {which} matrix")[0]
        if quantised:
            raise self.refuse(f"the {which} matrix is quantised (.ftz); expected the .bin file that it was made of")
        rows, columns = _SHAPE.unpack(self.take(_SHAPE.size, f"the shape of the {which} matrix"))
        if (rows, columns) != (expected, dim):
            raise self.refuse(f"the {which} matrix has shape {(rows, columns)}, expected {(expected, dim)}")
        size = 4 * rows * columns
        self.need(size, f"an {which} matrix of shape {(rows, columns)}")
        if not wanted and self.size is not None:
            self.file.seek(self.before + self.at + size)
            self.before, self.buffer, self.at = self.before + self.at + size, b"", 0
            return np.empty((0, dim), np.float32)
        try:
            matrix = np.empty((rows, columns), np.float32)
        except MemoryError:
            raise self.refuse(f"an {which} matrix of shape {(rows, columns)} does not fit in memory") from None
        target = matrix.reshape(-1).view(np.uint8).data if size else memoryview(bytearray())
        done = min(size, len(self.buffer) - self.at)
        target[:done] = self.buffer[self.at : self.at + done]
        self.at += done
        while done < size:
            got = self.file.readinto(target[done : done + _PIECE])
            if not got:
                raise self.refuse(f"truncated: the {which} matrix takes {size} bytes, {done} are there")
            done += got
            self.before += got
        if not np.isfinite(matrix.sum(dtype=np.float64)) and not np.isfinite(matrix).all():
            row = int(np.flatnonzero(~np.isfinite(matrix).all(axis=1))[0])
            raise self.refuse(f"row {row} of the {which} matrix holds what is no finite number")
        return matrix if sys.byteorder == "little" else matrix.byteswap()
