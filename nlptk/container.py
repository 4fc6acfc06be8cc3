"""The one model file format: arrays and a manifest in the safetensors layout, opened by mmap.

A file is an 8-byte little-endian header length, a JSON header, then the arrays, contiguous and each on a 64-byte boundary
(spaces after the header and arrays named ``pad.N`` see to that). The header's ``__metadata__`` holds the manifest (kind,
versions, parameters, licence, a checksum per array) as one JSON string, and the checksum of the header itself. Any byte
string ends in a :class:`Container` or in :class:`~nlptk.errors.ModelFormatError`; opening one runs no code from it.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import sys
from itertools import pairwise

from .errors import InputError, ModelFormatError, NlptkError
from .ext.checksum import xxh64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    import numpy as np

FORMAT_VERSION = 1
_ALIGNMENT = 64
_MAX_HEADER = 100_000_000  # bytes; safetensors' own limit
_START = b'{"__metadata__":{"checksum":"'  # every header we write begins so; 16 hex digits follow
_DIGITS = slice(8 + len(_START), 8 + len(_START) + 16)
# safetensors' name of a dtype -> (struct format, item size)
_FORMATS: dict[str, tuple[Any, int]] = {
    "BOOL": ("?", 1), "U8": ("B", 1), "U16": ("H", 2), "U32": ("I", 4), "U64": ("Q", 8),
    "I8": ("b", 1), "I16": ("h", 2), "I32": ("i", 4), "I64": ("q", 8), "F16": ("e", 2), "F32": ("f", 4), "F64": ("d", 8),
}  # fmt: skip
_DTYPES = {code: name for name, (code, _) in _FORMATS.items()} | {"c": "U8"}


def _header_checksum(header: bytes) -> str:
    """Checksum of the length and the header, its own 16 digits read as zeros."""
    return f"{xxh64(header[: _DIGITS.start] + b'0' * 16 + header[_DIGITS.stop :]):016x}"


def pack_strings(strings: Iterable[str]) -> tuple[bytes, memoryview]:
    """A table of strings as (UTF-8 blob, int64 offsets of shape (n + 1,))."""
    from array import array

    blob, offsets = bytearray(), array("q", [0])
    for string in strings:
        blob += string.encode("utf-8", "surrogatepass")
        offsets.append(len(blob))
    return bytes(blob), memoryview(offsets)


def unpack_strings(blob: memoryview | bytes, offsets: memoryview) -> list[str]:
    """What :func:`pack_strings` packed; ModelFormatError if the offsets do not fit the blob."""
    raw, bounds = bytes(blob), offsets.tolist()
    if not bounds or bounds[0] != 0 or bounds[-1] != len(raw) or any(a > b for a, b in pairwise(bounds)):
        raise ModelFormatError("offsets of a string table do not fit it")
    try:
        return [raw[a:b].decode("utf-8", "surrogatepass") for a, b in pairwise(bounds)]
    except UnicodeDecodeError as error:
        raise ModelFormatError(f"a string table is not UTF-8: {error}") from None


def write(
    path: str | os.PathLike[str],
    kind: str,
    arrays: Mapping[str, Any],
    *,
    parameters: Mapping[str, Any] | None = None,
    learned: Mapping[str, Any] | None = None,
    licence: str = "",
    training_data: str = "",
    scores: Mapping[str, float] | None = None,
) -> None:
    """Write a model file; the same arguments give the same bytes.

    Parameters
    ----------
    path : str or path-like
        Written to a temporary file beside it, synced and renamed: it is the old file or the new one, never half of it.
    kind : str
        What the file holds; the loader is looked up by it.
    arrays : mapping of name to buffer
        C-contiguous buffers of numbers (NumPy arrays, memoryviews, bytes).
    parameters, learned : mapping, optional
        JSON values: what the model was made with, and what it learned beside its arrays.
    licence, training_data : str
        Licence of the model, and what it was trained on.
    scores : mapping, optional
        Measured quality, name to value.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    from .corpus.files import open_output

    if sys.byteorder != "little":
        raise NlptkError("model files are little-endian; this machine is not")
    pieces: list[memoryview | bytes] = []
    entries: dict[str, Any] = {}
    checksums: dict[str, str] = {}
    at = 0

    def add(name: str, dtype: str, shape: list[int], data: memoryview | bytes) -> None:
        nonlocal at
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        checksums[name] = f"{xxh64(data):016x}"
        pieces.append(data)
        at += len(data)

    for name, array in arrays.items():
        if name == "__metadata__" or name.startswith("pad."):
            raise NlptkError(f"array {name!r}: this name has a meaning of its own in a model file")
        if at % _ALIGNMENT:
            gap = _ALIGNMENT - at % _ALIGNMENT
            add(f"pad.{len(entries)}", "U8", [gap], bytes(gap))
        view = memoryview(array)
        code = view.format.lstrip("<=@")
        if code in "lL":  # as wide as the platform has it
            code = {("l", 4): "i", ("l", 8): "q", ("L", 4): "I", ("L", 8): "Q"}[code, view.itemsize]
        if code not in _DTYPES or not view.c_contiguous:
            raise NlptkError(f"array {name!r}: a C-contiguous buffer of numbers expected, not format {view.format!r}")
        add(name, _DTYPES[code], list(view.shape or ()), _bytes_of(view))
    manifest = {
        "kind": kind,
        "format": FORMAT_VERSION,
        "library": _library_version(),
        "parameters": parameters or {},
        "learned": learned or {},
        "licence": licence,
        "training_data": training_data,
        "scores": scores or {},
        "checksums": checksums,
    }
    metadata = {
        "checksum": "0" * 16,
        "manifest": json.dumps(manifest, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False),
    }
    text = json.dumps({"__metadata__": metadata, **entries}, separators=(",", ":")).encode()
    text += b" " * (-(8 + len(text)) % _ALIGNMENT)
    header = len(text).to_bytes(8, "little") + text
    digits = _header_checksum(header).encode()
    with open_output(path) as file:
        file.write(header[: _DIGITS.start] + digits + header[_DIGITS.stop :])
        for piece in pieces:
            file.write(piece)


def _bytes_of(view: memoryview) -> memoryview | bytes:
    if not view.nbytes:
        return b""
    return view.tobytes() if view.format == "e" else view.cast("B")  # half precision cannot be cast


def _library_version() -> str:
    from . import __version__

    return __version__


class Container:
    """An open model file.

    Attributes
    ----------
    path : str
    kind : str
        What the file holds.
    manifest, parameters, learned : dict
        See :func:`write`.
    """

    def __init__(
        self, path: str, data: memoryview, manifest: dict[str, Any], entries: dict[str, tuple[str, list[int], int, int]]
    ) -> None:
        self.path = path
        self.manifest = manifest
        self.kind: str = manifest["kind"]
        self.parameters: dict[str, Any] = manifest["parameters"]
        self.learned: dict[str, Any] = manifest["learned"]
        self._data = data
        self._entries = entries

    def __repr__(self) -> str:
        return f"<Container {self.path!r}: {self.kind}, {len(self.names())} arrays>"

    def names(self) -> list[str]:
        """Names of the arrays, without padding."""
        return [name for name in self._entries if not name.startswith("pad.")]

    def array(self, name: str, dtype: str | None = None, shape: tuple[int | None, ...] | None = None) -> memoryview:
        """A read-only view of an array, typed and shaped, without a copy.

        Parameters
        ----------
        name : str
        dtype : str, optional
            safetensors' name (``I32``, ``F64``, ...) that it must have.
        shape : tuple, optional
            The shape it must have; None where any size will do.

        Raises
        ------
        ModelFormatError
            No such array, or another dtype or shape.
        """
        if name not in self._entries:
            raise ModelFormatError(f"no array {name!r} in a file of kind {self.kind!r}", path=self.path)
        found, sizes, start, end = self._entries[name]
        fits = shape is None or (len(shape) == len(sizes) and all(a is None or a == b for a, b in zip(shape, sizes, strict=True)))
        if (dtype is not None and found != dtype) or not fits:
            raise ModelFormatError(
                f"array {name!r} is {found} {tuple(sizes)}, expected {dtype or found} {shape or tuple(sizes)}",
                path=self.path,
            )
        code, _ = _FORMATS[found]
        flat = self._data[start:end]
        if found == "F16":
            code = "H"  # a memoryview has no half-precision numbers: their bits; numpy() gives the numbers
        if not flat.nbytes or not sizes:
            return flat.cast(code) if not flat.nbytes or flat.nbytes == _FORMATS[found][1] else flat
        return flat.cast(code, sizes)

    def numpy(self, name: str) -> np.ndarray[Any, Any]:
        """The same as a read-only NumPy array."""
        import numpy as np

        if name not in self._entries:
            raise ModelFormatError(f"no array {name!r} in a file of kind {self.kind!r}", path=self.path)
        found, sizes, start, end = self._entries[name]
        return np.frombuffer(self._data[start:end], dtype=np.dtype(_FORMATS[found][0])).reshape(sizes)

    def strings(self, name: str) -> list[str]:
        """The table of strings in arrays ``name.blob`` and ``name.offsets``."""
        try:
            return unpack_strings(self.array(f"{name}.blob", "U8"), self.array(f"{name}.offsets", "I64", (None,)))
        except ModelFormatError as error:
            raise error if error.path else ModelFormatError(str(error), path=self.path) from None

    def part(self, prefix: str, learned: dict[str, Any], parameters: dict[str, Any], kind: str) -> Container:
        """The arrays whose names begin with ``prefix`` as a container of their own (a step of a pipeline)."""
        manifest = {**self.manifest, "kind": kind, "learned": learned, "parameters": parameters}
        return Container(
            self.path,
            self._data,
            manifest,
            {n.removeprefix(prefix): e for n, e in self._entries.items() if n.startswith(prefix)},
        )


def is_model(content: bytes) -> bool:
    """Whether these bytes begin like a model file."""
    return content[8 : 8 + len(_START)] == _START


def is_model_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins like a model file; False if it cannot be read."""
    try:
        with io.open(os.fspath(path), "rb") as file:  # noqa: UP020 - `open` is this module's own
            return is_model(file.read(64))
    except OSError:
        return False


def open(path: str | os.PathLike[str], *, kind: str | None = None, verify: bool = True) -> Container:
    """Map a model file into memory.

    Parameters
    ----------
    path : str or path-like
    kind : str, optional
        What the file must hold.
    verify : bool
        Compare every array with its checksum (about 10 GB/s); the header is always checked. Without it a file of any size opens
        in milliseconds.

    Raises
    ------
    InputError
        The file cannot be read.
    ModelFormatError
        It is no model file, damaged, of a newer version, or of another kind.
    """
    name = os.fspath(path)

    def refuse(problem: str) -> ModelFormatError:
        return ModelFormatError(problem, path=name)

    data = _map(name)
    if len(data) < 8 + len(_START) + 16:
        raise refuse(f"{len(data)} bytes: no nlptk model file (or a truncated one)")
    length = int.from_bytes(data[:8], "little")
    if data[8 : 8 + len(_START)] != _START:
        raise refuse("no nlptk model file")
    if length > _MAX_HEADER or 8 + length > len(data):
        raise refuse("truncated or damaged: the header does not fit in the file")
    header = bytes(data[: 8 + length])
    if header[_DIGITS] != _header_checksum(header).encode():
        raise refuse("damaged: the header does not agree with its checksum")
    try:
        parsed = json.loads(header[8:].decode("utf-8"), object_pairs_hook=_no_duplicates)
        metadata = parsed.pop("__metadata__")
        manifest = json.loads(metadata["manifest"], object_pairs_hook=_no_duplicates)
        checksums = manifest["checksums"]
        versions = manifest["format"], manifest["kind"]
        well_formed = isinstance(versions[0], int) and isinstance(versions[1], str) and isinstance(checksums, dict)
        well_formed = well_formed and isinstance(manifest["parameters"], dict) and isinstance(manifest["learned"], dict)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise refuse(f"damaged header: {error!r}") from None
    if not well_formed:
        raise refuse("damaged header: the manifest has not the expected fields")
    if manifest["format"] > FORMAT_VERSION:
        raise refuse(
            f"written in format {manifest['format']} by nlptk {manifest.get('library')}; this one reads up to {FORMAT_VERSION}"
        )
    if kind is not None and manifest["kind"] != kind:
        raise refuse(f"holds a {manifest['kind']!r}, expected a {kind!r}")
    entries = _entries(parsed, 8 + length, len(data), refuse)
    if entries.keys() != checksums.keys():
        raise refuse("damaged header: checksums and arrays are not the same")
    if verify:
        for entry, (_, _, start, end) in entries.items():
            if f"{xxh64(data[start:end]):016x}" != checksums[entry]:
                raise refuse(f"damaged: array {entry!r} does not agree with its checksum")
    return Container(name, data, manifest, entries)


def _map(name: str) -> memoryview:
    try:
        with io.open(name, "rb", buffering=0) as file:  # noqa: UP020 - `open` is this module's own
            size = os.fstat(file.fileno()).st_size
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else memoryview(b"")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be opened: {getattr(error, 'strerror', None) or error}", path=name) from None


def _entries(parsed: dict[str, Any], start: int, size: int, refuse: Any) -> dict[str, tuple[str, list[int], int, int]]:
    """Check dtype, shape and place of every array: contiguous, in order, without holes, to the end of the file."""
    entries: dict[str, tuple[str, list[int], int, int]] = {}
    at = 0
    for name, entry in parsed.items():
        try:
            dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
            count = _FORMATS[dtype][1]
            for extent in shape:
                if type(extent) is not int or extent < 0:
                    raise ValueError(f"shape {shape}")
                count *= extent
        except (ValueError, KeyError, TypeError) as error:
            raise refuse(f"damaged header: array {name!r}: {error}") from None
        if type(begin) is not int or type(end) is not int or begin != at or end != begin + count or start + end > size:
            raise refuse(f"damaged header: array {name!r} is not where it should be")
        if (start + begin) % _ALIGNMENT and not name.startswith("pad.") and end > begin:
            raise refuse(f"damaged header: array {name!r} does not begin at a multiple of {_ALIGNMENT} bytes")
        entries[name] = dtype, shape, start + begin, start + end
        at = end
    if start + at != size:
        raise refuse(f"{size - start - at} bytes too many after the last array")
    return entries


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a name is given twice")
    return out
