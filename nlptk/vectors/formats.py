"""Files of word vectors: word2vec's text and binary formats, GloVe's text, fastText's, our own; the bytes tell which."""

from __future__ import annotations

import codecs
import logging
import os
import re
import sys
from importlib import import_module
from itertools import pairwise

import numpy as np

from .. import container
from ..corpus.files import display_name, open_input, open_output
from ..errors import ModelFormatError, ParameterError
from ..ext import vector_text as kernel
from .fasttext_format import is_fasttext
from .words import Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, TypeAlias

    from numpy.typing import NDArray

    from .word_vectors import WordVectors

    Path: TypeAlias = str | os.PathLike[str]

_BLOCK = 1 << 22  # bytes read or written at a time
_HEADER = re.compile(rb"[ \t]*(\d{1,19})[ \t]+(\d{1,9})[ \t\r]*(?:\n|\Z)")
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f]")
_LARGEST = 1 << 40  # values: what a header promises beyond this is a mistake
_WIDEST = 1 << 20  # dimensions
_LONGEST = 1 << 24  # bytes of a line, beside 64 for each number
_FEW = 1 << 19  # values there is room for at first
FORMATS = ("nlptk", "binary", "text", "glove", "fasttext")

# kind of a trainer's model, of which the vectors are taken -> module:class
_TRAINERS = {"word2vec": "word2vec:Word2Vec", "fasttext": "fasttext:FastText", "glove": "glove:GloVe"}

logger = logging.getLogger(__name__)


def load_vectors(path: Path, *, limit: int | None = None, errors: str = "strict", on_error: str = "stop") -> WordVectors:
    """Open word vectors in any format: ours, word2vec's two, GloVe's, fastText's ``.vec`` or ``.bin``; or those of a model.

    Parameters
    ----------
    path : path
        May be compressed.
    limit : int, optional
        Only so many vectors, the first ones.
    errors : {"strict", "replace", "ignore"}
        What to do with words that are not UTF-8.
    on_error : {"stop", "skip"}
        What to do with rows that are wrong: another number of values, values that are not finite, words that were there before.

    Returns
    -------
    WordVectors
        :class:`SubwordVectors` for a ``.bin`` of fastText and for what holds subwords too, unless there is a limit.

    Raises
    ------
    InputError
        The file cannot be read.
    ModelFormatError
        It is in no such format, damaged or truncated; the message names the line or the byte.
    """
    from .subwords import SubwordVectors
    from .word_vectors import WordVectors

    check_options(limit, errors, on_error)
    name = os.fspath(path)
    if container.is_model_file(name):
        kind = container.open(name, verify=False).kind
        if kind in _TRAINERS:
            module, _, trainer = _TRAINERS[kind].partition(":")
            trained: WordVectors = getattr(import_module(f".{module}", __package__), trainer).load(name).vectors_
            return trained if limit is None else trained[:limit]
        if kind not in (WordVectors.kind, SubwordVectors.kind):
            raise ModelFormatError(f"holds a {kind!r}, expected word vectors", path=name)
        found = (SubwordVectors if kind == SubwordVectors.kind else WordVectors).load(name)
        return found if limit is None else found[:limit]
    if name != "-" and is_fasttext(_start(name)):
        found = SubwordVectors.load_fasttext(name, errors=errors)
        return found if limit is None else found[:limit]
    return WordVectors.load_word2vec_format(path, limit=limit, errors=errors, on_error=on_error)


def _start(path: str) -> bytes:
    with open_input(path, by_content=True) as file:
        return file.read(8)


def check_options(limit: int | None, errors: str, on_error: str) -> None:
    """Complain about values that make no sense."""
    if errors not in ("strict", "replace", "ignore"):
        raise ParameterError(f"errors={errors!r}: expected strict, replace or ignore")
    if on_error not in ("stop", "skip"):
        raise ParameterError(f"on_error={on_error!r}: expected stop or skip")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ParameterError(f"limit={limit!r}: expected 1 or more, or None")


def read_word2vec(
    path: Path, binary: bool | None, limit: int | None, errors: str, on_error: str
) -> tuple[Words, NDArray[np.float32]]:
    """Words and vectors of a file in word2vec's text or binary format or in GloVe's text format.

    Parameters are those of :meth:`WordVectors.load_word2vec_format`.
    """
    check_options(limit, errors, on_error)
    with open_input(path, by_content=True) as file:
        return _Reader(file, display_name(path, "<stdin>"), binary, limit, errors, on_error == "skip").read()


class _Reader:
    """Rows out of a file, a block at a time."""

    def __init__(self, file: BinaryIO, path: str, binary: bool | None, limit: int | None, errors: str, skip: bool) -> None:
        self.file, self.path, self.limit, self.errors, self.skip = file, path, limit, errors, skip
        self.text, self.ended = b"", False
        self.line, self.byte = 1, 0  # where the text begins
        self.rows = self.skipped = 0
        self.binary = bool(binary)
        while not self.ended and b"\n" not in self.text and len(self.text) < _LONGEST:
            self.fill()
        self.text = self.text.removeprefix(codecs.BOM_UTF8)
        header = _HEADER.match(self.text)
        if header is None:
            if binary:
                raise self.refuse(f"{self.text[:40]!r}, expected the number of words and of dimensions")
            if not self.text.strip():
                raise ModelFormatError("empty, expected word vectors", path=path)
            self.promised, self.dim = None, kernel.count(self.text.partition(b"\n")[0])
            if self.text[:2] == b"\x80\x04":
                raise self.refuse("a pickle, which may run any code: let gensim write it by save_word2vec_format")
            if not 0 < self.dim <= _WIDEST or _CONTROL.search(self.text[:200]):
                raise self.refuse(f"{self.text[:40]!r}, expected word vectors")
            return
        self.promised, self.dim = int(header[1]), int(header[2])
        if not 0 < self.dim <= _WIDEST or self.promised * self.dim > _LARGEST:
            raise self.refuse(f"a header that promises {self.promised} vectors of {self.dim} dimensions")
        self.drop(header.end(), 1)
        if not self.text:
            self.fill()
        if binary is None:
            first = self.text.partition(b"\n")[0]
            last = first.split()[-1:]
            odd = last and not _NUMBER.fullmatch(last[0]) and not self.text[:200].isascii()
            self.binary = kernel.count(first) != self.dim and bool(_CONTROL.search(self.text[:4096]) or odd)

    def refuse(self, problem: str) -> ModelFormatError:
        if self.binary:
            return ModelFormatError(f"{problem} (vector {self.rows + self.skipped + 1}, byte {self.byte})", path=self.path)
        return ModelFormatError(problem, path=self.path, line=self.line)

    def fill(self) -> None:
        more = self.file.read(_BLOCK)
        self.text += more
        self.ended = not more

    def drop(self, size: int, lines: int) -> None:
        """Go on behind so many bytes."""
        self.text = self.text[size:]
        self.byte += size
        self.line += lines

    def read(self) -> tuple[Words, NDArray[np.float32]]:
        target = _LARGEST if self.promised is None else self.promised
        target = min(target, self.limit or target)
        matrix = np.empty((min(target, -(-_FEW // self.dim)), self.dim), np.float32)
        blob, offsets = bytearray(), np.zeros(len(matrix) + 1, np.int64)
        while self.rows + self.skipped < target:
            if self.rows == len(matrix):  # grow in place where the system can, so that there are never two
                matrix.resize((min(target, 2 * len(matrix)), self.dim), refcheck=False)
                offsets.resize(len(matrix) + 1, refcheck=False)
            stop = min(len(matrix), target - self.skipped)
            at, rows, lines, problem = kernel.read(
                self.text,
                0,
                self.ended,
                self.binary,
                self.errors != "strict",
                matrix[self.rows : stop],
                blob,
                offsets[self.rows + 1 : stop + 1],
            )
            self.drop(at, lines)
            self.rows += rows
            if problem is not None:
                self.leave_out(problem)
            elif self.rows < stop:
                if self.ended:
                    break
                if len(self.text) > _LONGEST + 64 * self.dim:
                    raise self.refuse("a line that does not end")
                self.fill()
        self.check_end()
        matrix.resize((self.rows, self.dim), refcheck=False)
        if self.binary and sys.byteorder != "little":
            matrix.byteswap(inplace=True)
        words, matrix = self.without_doubles(bytes(blob), offsets[: self.rows + 1].copy(), matrix)
        if self.skipped:
            logger.warning("%s: %d rows left out", self.path, self.skipped)
        return words, matrix

    def leave_out(self, problem: str) -> None:
        """Go on behind a row that is wrong, or complain."""
        size = self.text.find(b"\n") + 1 or len(self.text)
        if self.binary:
            size = self.text.find(b" ") + 1 + 4 * self.dim
        if not self.skip or size > len(self.text) or "not end" in problem:
            raise self.refuse(problem)
        self.drop(size, 1)
        self.skipped += 1

    def check_end(self) -> None:
        """Complain about a file that is shorter or longer than its header says."""
        if self.limit is not None and self.rows + self.skipped >= self.limit:
            return
        problem = ""
        total = self.rows + self.skipped
        while not self.ended and not self.text.strip():
            self.drop(len(self.text), self.text.count(b"\n"))
            self.fill()
        if self.promised is not None and total < self.promised:
            problem = f"truncated: {total} vectors, the header promises {self.promised}"
        elif self.text.strip():
            problem = f"more than the {self.promised} vectors that the header promises"
        if problem:
            if not self.skip:
                raise self.refuse(problem)
            logger.warning("%s: %s", self.path, problem)

    def without_doubles(
        self, blob: bytes, offsets: NDArray[np.int64], matrix: NDArray[np.float32]
    ) -> tuple[Words, NDArray[np.float32]]:
        """Words and vectors; of equal words the first one, or an error."""
        packed: list[str] | tuple[bytes, NDArray[np.int64]] = (blob, offsets)
        if self.errors != "strict":
            bounds = offsets.tolist()
            packed = [blob[a:b].decode("utf-8", self.errors) for a, b in pairwise(bounds)]
        words = Words(packed, unique=False)
        if not words.repeated:
            return words, matrix
        first = words.find_all(words.list())
        again = np.flatnonzero(first != np.arange(len(first)))
        if not self.skip:
            one = int(again[0])
            raise ModelFormatError(
                f"word {words[one]!r} has two vectors, number {first[one] + 1} and number {one + 1}", path=self.path
            )
        self.skipped += len(again)
        keep = np.flatnonzero(first == np.arange(len(first)))
        return Words([words[i] for i in keep.tolist()]), matrix[keep]


def write_word2vec(path: Path, words: Words, matrix: NDArray[np.float32], binary: bool, header: bool, blank: str | None) -> None:
    """Write vectors in word2vec's text or binary format; parameters are those of :meth:`WordVectors.save_word2vec_format`."""
    blob, offsets = words.packed
    text = bytes(blob)
    if any(c in text for c in b" \t\r\n") or (np.diff(offsets) == 0).any():
        names = words.list()
        if blank is not None:
            names = [re.sub(r"[ \t\r\n]", lambda _: blank, name) for name in names]
        wrong = next((name for name in names if not name or re.search(r"[ \t\r\n]", name)), None)
        if wrong is not None:
            raise ParameterError(f"word {wrong!r} cannot be written in this format, where words hold no blanks; see `blank`")
        blob, offsets = Words(names).packed
    ends = np.asarray(offsets)
    wide = int(np.diff(ends).max(initial=0)) + matrix.shape[1] * 25 + 2  # bytes of a row at most
    buffer = np.empty(max(_BLOCK, wide), np.uint8)
    rows = max(1, len(buffer) // wide)
    with open_output(path) as file:
        if header:
            file.write(b"%d %d\n" % matrix.shape)
        for start in range(0, len(matrix), rows):
            part = np.ascontiguousarray(matrix[start : start + rows])
            try:
                size, _ = kernel.write(buffer, binary, blob, ends[start : start + len(part) + 1], part)
            except ValueError as error:
                raise ParameterError(str(error)) from None
            file.write(buffer[:size].data)


def target_format(path: Path, format: str = "auto") -> str:
    """The format that the name of a file asks for: ``nlptk``, ``binary``, ``text``, ``glove`` or ``fasttext``.

    ``.nlptk``, ``.bin`` (word2vec's) and ``.txt`` or ``.vec``, also followed by ``.gz`` and the like; the others have no
    suffix of their own.

    Raises
    ------
    ParameterError
        The name tells nothing.
    """
    if format not in ("auto", *FORMATS):
        raise ParameterError(f"format={format!r}: expected {', '.join(FORMATS)} or auto")
    if format != "auto":
        return format
    name = re.sub(r"\.(gz|bz2|xz|zst)$", "", os.fspath(path).lower())
    suffixes = {".nlptk": "nlptk", ".bin": "binary", ".txt": "text", ".vec": "text"}
    for suffix, found in suffixes.items():
        if name.endswith(suffix):
            return found
    raise ParameterError(f"{os.fspath(path)}: expected a name that ends in {', '.join(suffixes)}, or a format")


def save_vectors(vectors: WordVectors, path: Path, format: str = "auto", *, blank: str | None = None) -> None:
    """Write word vectors in any format.

    Parameters
    ----------
    vectors : WordVectors
    path : path
    format : {"auto", "nlptk", "binary", "text", "glove", "fasttext"}
        ``binary`` and ``text`` are word2vec's; ``auto`` goes by the name, see :func:`target_format`.
    blank : str, optional
        What stands for blanks inside words, which all but ``nlptk`` and ``fasttext`` cannot hold.

    Raises
    ------
    ParameterError
        The name tells no format, or the vectors do not suit it.
    OutputError
        The file cannot be written.
    """
    from .subwords import SubwordVectors

    wanted = target_format(path, format)
    if wanted == "nlptk":
        vectors.save(path)
    elif wanted == "fasttext":
        if not isinstance(vectors, SubwordVectors):
            vectors = SubwordVectors(vectors.words, vectors.matrix, 0, 0, 0, vectors.counts)
        vectors.save_fasttext(path)
    else:
        vectors.save_word2vec_format(path, wanted == "binary", header=wanted != "glove", blank=blank)
