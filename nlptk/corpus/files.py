"""Binary files as the rest of nlptk wants them: opened by name, unpacked by suffix, written whole or not at all.

``-`` stands for standard input and output. Files ending in .gz, .bz2, .xz or .zst are unpacked and packed on the way.
Everything that can go wrong with a file comes out as InputError or OutputError with its name in front.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import sys

from ..errors import InputError, NlptkError, OutputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, BinaryIO, NoReturn

    from typing_extensions import Buffer

_BUFFER = 1 << 18
_PACKED = {".gz": "gz", ".bz2": "bz2", ".xz": "xz", ".zst": "zst"}  # suffix -> what xopen calls it
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\0": "xz", b"\x28\xb5\x2f\xfd": "zst"}  # how they begin
_EMPTY_ZST = bytes.fromhex("28b52ffd 20 00 010000")  # magic, single segment, size 0, a last block of nothing


def open_input(path: str | os.PathLike[str], *, by_content: bool = False) -> BinaryIO:
    """Open a file for reading bytes.

    Parameters
    ----------
    path : str or path-like
        ``-`` is standard input, which stays open when the result is closed.
    by_content : bool
        Let the first bytes of the file, and not its suffix, say whether it has to be unpacked.

    Returns
    -------
    BinaryIO
        Buffered; its ``read1`` returns what is there without waiting for more.

    Raises
    ------
    InputError
        The file is missing, a directory or not readable; also while reading, when an archive is damaged or cut short.
    """
    name = display_name(path, "<stdin>")
    if name == "<stdin>":
        if getattr(sys.stdin, "buffer", None) is None or sys.stdin.closed:
            raise InputError("standard input is closed or gives no bytes", path=name)
        return io.BufferedReader(_Source(sys.stdin.buffer, name, None, owned=False), _BUFFER)
    packed = None if by_content else _packing(name)
    try:
        inner: Any
        if packed is None:
            inner = io.FileIO(name, "rb")
            if by_content and inner.seekable():
                start = inner.read(6)
                inner.seek(0)
                packed = next((packing for magic, packing in _MAGIC.items() if start.startswith(magic)), None)
        if packed is not None:
            if by_content:
                inner.close()
            from xopen import xopen

            inner = xopen(name, "rb", format=packed, threads=0)
    except Exception as error:
        _raise_input(error, name, packed)
    return io.BufferedReader(_Source(inner, name, packed), _BUFFER)


def open_output(path: str | os.PathLike[str] | None) -> _Output:
    """Open a file for writing bytes; it takes its name only when all has been written.

    Use it in a ``with`` statement. The bytes go to a temporary file in the same folder, which replaces `path` when the
    block ends well and disappears when it ends in an exception. An existing file keeps its permission bits, a symbolic
    link stays a link, and devices and pipes are written directly.

    Parameters
    ----------
    path : str, path-like or None
        ``-`` and None are standard output.

    Raises
    ------
    OutputError
        No such folder, no permission, disk full, ...; a closed pipe stays a BrokenPipeError.

    Examples
    --------
    >>> with open_output("words.txt.gz") as file:  # doctest: +SKIP
    ...     file.write(b"...")
    """
    return _Output(path)


def display_name(path: str | os.PathLike[str] | None, stream: str) -> str:
    """The name that messages use: the path, or `stream` where the path means a standard stream."""
    name = "-" if path is None else os.fspath(path)
    return stream if name == "-" else name


def _packing(name: str) -> str | None:
    return _PACKED.get(os.path.splitext(name)[1].lower())


def _raise_input(error: Exception, name: str, packed: str | None) -> NoReturn:
    """Say it as InputError; call it in an ``except`` clause."""
    if isinstance(error, (NlptkError, MemoryError)):
        raise error
    if isinstance(error, FileNotFoundError):
        reason = "no such file"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
    elif packed is None:
        reason = str(error)
    elif isinstance(error, ImportError):
        reason = f"no package installed that unpacks .{packed} ({error})"
    else:
        reason = f"damaged or truncated .{packed} archive ({error})"
    raise InputError(reason, path=name) from error


def _raise_output(error: Exception, name: str) -> NoReturn:
    """Say it as OutputError; call it in an ``except`` clause."""
    if isinstance(error, BrokenPipeError):
        raise error  # the reader has seen enough: not a fault of this file
    if isinstance(error, FileNotFoundError):
        reason = "no such folder"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror.lower()
    else:
        reason = str(error)
    raise OutputError(reason, path=name) from error


class _Source(io.RawIOBase):
    """Bytes of a plain or unpacked file, with its errors turned into InputError."""

    def __init__(self, inner: Any, name: str, packed: str | None, owned: bool = True) -> None:
        self._inner, self._packed, self._owned = inner, packed, owned
        self._fill = getattr(inner, "readinto1", None) or inner.readinto
        self.name = name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int | None:
        try:
            count: int | None = self._fill(buffer)
        except Exception as error:  # every unpacker has exceptions of its own
            _raise_input(error, self.name, self._packed)
        return count

    def fileno(self) -> int:
        number: int = self._inner.fileno()
        return number

    def isatty(self) -> bool:
        return not self._packed and bool(self._inner.isatty())

    def close(self) -> None:
        if not self.closed:
            try:
                if self._owned:
                    self._inner.close()
            finally:
                super().close()


class _Sink(io.RawIOBase):
    """Where bytes leave the process, with errors turned into OutputError."""

    def __init__(self, inner: Any, name: str, owned: bool = True) -> None:
        self._inner, self._owned = inner, owned
        self.name = name
        self.written = False  # some bytes

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int | None:
        try:
            count: int | None = self._inner.write(data)
        except OSError as error:
            _raise_output(error, self.name)
        self.written = True
        return count

    def sync(self) -> None:
        """Push the bytes one level further: to the disk, or out of the buffer of standard output."""
        try:
            self._inner.flush()
            if self._owned and stat.S_ISREG(os.fstat(self._inner.fileno()).st_mode):
                os.fsync(self._inner.fileno())
        except OSError as error:
            _raise_output(error, self.name)

    def fileno(self) -> int:
        number: int = self._inner.fileno()
        return number

    def close(self) -> None:
        if not self.closed:
            super().close()
            if self._owned:
                try:
                    self._inner.close()
                except OSError as error:  # some network file systems tell only now that the disk is full
                    _raise_output(error, self.name)


class _Output:
    """The context manager behind `open_output`."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self.name = display_name(path, "<stdout>")
        if self.name == "/dev/stdout":  # opening it by name would truncate what is already redirected there
            self.name = "<stdout>"
        self._target = ""  # final name, empty where bytes go straight to their place
        self._temporary = ""
        self._sink: _Sink | None = None
        self._file: BinaryIO | None = None
        self._packer: BinaryIO | None = None

    def __enter__(self) -> BinaryIO:
        try:
            self._sink = self._open()
            self._file = io.BufferedWriter(self._sink, _BUFFER)
            packed = None if self.name == "<stdout>" else _packing(self.name)
            if packed is not None:
                from xopen import xopen

                self._packer = xopen(self._file, "wb", format=packed, threads=0)
        except BaseException as error:
            self._discard()
            if isinstance(error, (OSError, ValueError, ImportError)):
                _raise_output(error, self.name)
            raise
        return self._file if self._packer is None else self._packer

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._discard()
            return
        assert self._file is not None and self._sink is not None
        try:
            if self._packer is not None:
                self._packer.close()
            self._file.flush()
            if self._packer is not None and not self._sink.written:  # only zst makes no file of no data
                self._file.write(_EMPTY_ZST)
                self._file.flush()
            self._sink.sync()
            self._file.close()
            if self._target:
                os.replace(self._temporary, self._target)
        except BaseException as error:
            self._discard()
            if isinstance(error, OSError):
                _raise_output(error, self.name)
            raise

    def _open(self) -> _Sink:
        if self.name == "<stdout>":
            if getattr(sys.stdout, "buffer", None) is None or sys.stdout.closed:
                raise OutputError("standard output is closed or takes no bytes", path=self.name)
            sys.stdout.flush()  # text printed before comes first
            return _Sink(sys.stdout.buffer, self.name, owned=False)
        try:
            mode = os.stat(self.name).st_mode
        except FileNotFoundError:
            mode = None
        if not os.path.basename(self.name) or (mode is not None and stat.S_ISDIR(mode)):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if mode is not None and not stat.S_ISREG(mode):
            return _Sink(io.FileIO(self.name, "wb"), self.name)  # a device or a pipe cannot be replaced
        if mode is not None and not os.access(self.name, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        self._target = os.path.realpath(self.name)
        folder = os.path.dirname(self._target)
        self._temporary = os.path.join(folder, f".nlptk-{os.urandom(6).hex()}.tmp")
        self._sink = _Sink(io.FileIO(self._temporary, "xb"), self.name)  # the umask applies
        if mode is not None:
            os.chmod(self._temporary, mode & 0o777)
        return self._sink

    def _discard(self) -> None:
        """Close everything without a word and remove the temporary file; an exception is already on its way."""
        from contextlib import suppress

        for file in (self._packer, self._file, self._sink):
            if file is not None:
                with suppress(OSError, ValueError, NlptkError):
                    file.close()
        if self._temporary:
            with suppress(OSError):
                os.unlink(self._temporary)
