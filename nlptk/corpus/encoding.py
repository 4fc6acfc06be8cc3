"""Bytes to lines of text, strictly: a wrong byte is reported with its line, never replaced.

Only the line feed ends a line. U+2028, U+0085, form feeds and NUL are text like any other character.
"""

from __future__ import annotations

import codecs

from ..errors import CorpusEncodingError, ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

_BLOCK = 1 << 18
_MARK = "\ufeff"
_STATEFUL = ("hz", "utf-7", "iso2022")  # the meaning of a byte depends on what came before


def decode_lines(
    binary: BinaryIO, name: str, encoding: str = "utf-8", on_error: str = "stop", *, keep_ends: bool = False
) -> Iterator[str]:
    """Decode a binary file line by line.

    Parameters
    ----------
    binary : BinaryIO
        Read in blocks, from where it stands to its end.
    name : str
        What messages call it.
    encoding : str
        A byte order mark at the start is removed. ``utf-16`` and ``utf-32`` without a mark are taken as little endian.
    on_error : {"stop", "skip"}
        What to do with a line that is not text in this encoding: raise, or leave it out and log at the end how many
        lines were left out.
    keep_ends : bool
        Leave the line ends (``\\n`` or ``\\r\\n``) on the lines.

    Yields
    ------
    str
        One line.

    Raises
    ------
    CorpusEncodingError
        With line and byte, for instance
        ``a.txt:3: byte 5 of the line is 0xFF, not UTF-8 (is it gb18030? use --encoding)``.
    ParameterError
        At once, when `encoding` or `on_error` is unknown.
    """
    return (line for _, lines in decode_blocks(binary, name, encoding, on_error, keep_ends=keep_ends) for line in lines)


def decode_blocks(
    binary: BinaryIO, name: str, encoding: str = "utf-8", on_error: str = "stop", *, keep_ends: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Like `decode_lines`, many lines at a time, each list with the number of its first line (from 1)."""
    check_options(encoding, on_error)
    return _decode(binary, name, codecs.lookup(encoding).name, on_error == "skip", keep_ends)


def check_options(encoding: str, on_error: str = "stop") -> None:
    """Raise ParameterError unless `encoding` is one for text files and `on_error` is known."""
    if on_error not in ("stop", "skip"):
        raise ParameterError(f"on_error is {on_error!r}, possible are 'stop' and 'skip'")
    try:
        codec = codecs.lookup(encoding).name
        width = len(_newline(codec))
    except (LookupError, UnicodeError, ValueError, TypeError):
        width = 0
    if not width or (width > 1 and not codec.startswith(("utf-16", "utf-32"))):
        raise ParameterError(f"encoding {encoding!r} is unknown, possible are utf-8, gb18030, big5, utf-16, ...")


def _decode(binary: BinaryIO, name: str, codec: str, skip: bool, keep_ends: bool) -> Iterator[tuple[int, list[str]]]:
    read: Callable[[int], bytes] = getattr(binary, "read1", None) or binary.read
    head = b""
    if codec in ("utf-16", "utf-32"):
        head = binary.read(4)
        codec += "-be" if head.startswith((b"\xfe\xff", b"\0\0\xfe\xff")) else "-le"
    elif codec == "utf-8-sig":
        codec = "utf-8"
    newline = _newline(codec)
    number = 1  # of the next line
    skipped: list[int] = []
    try:
        for run in _runs(read, newline, head):
            if number == 1:
                _refuse_foreign_mark(run, name, codec)
            lines = None if codec.startswith(_STATEFUL) else _decoded(run, codec, number == 1, keep_ends)
            if lines is not None:
                yield number, lines
                number += len(lines)
                continue
            for line in _split(run, newline):  # something is wrong here: line by line
                lines = _decoded(line, codec, number == 1, keep_ends)
                if lines is not None:
                    yield number, lines
                elif skip:
                    skipped.append(number)
                else:
                    raise wrong_byte(line, name, number, codec)
                number += 1
    finally:
        if skipped:
            import logging

            logging.getLogger("nlptk").warning(
                "%s: skipped %d line(s) that are not %s, the first is line %d",
                name, len(skipped), _shown(codec), skipped[0],
            )  # fmt: skip


def _newline(codec: str) -> bytes:
    if codec in ("utf-16", "utf-32"):
        codec += "-le"
    elif codec == "utf-8-sig":
        codec = "utf-8"
    return "\n".encode(codec)


def _runs(read: Callable[[int], bytes], newline: bytes, head: bytes) -> Iterator[bytes]:
    """Blocks that end where a line ends; the last one ends with the file."""
    pending = bytearray(head)
    searched = 0
    while block := read(_BLOCK):
        pending += block
        cut = _rfind(pending, newline, max(0, searched - len(newline) + 1))
        if cut < 0:
            searched = len(pending)
        else:
            cut += len(newline)
            yield bytes(memoryview(pending)[:cut])
            del pending[:cut]
            searched = len(pending)
    if pending:
        yield bytes(pending)


def _rfind(data: bytearray, newline: bytes, start: int) -> int:
    """Last newline at a multiple of its own width, or -1; matters for utf-16, where U+0A00 also holds the byte 0x0A."""
    width = len(newline)
    cut = data.rfind(newline, start)
    while cut % width and cut >= 0:
        cut = data.rfind(newline, start, cut + width - 1)
    return cut


def _split(run: bytes, newline: bytes) -> list[bytes]:
    """Cut a run into lines that keep their ends."""
    lines, start, at, width = [], 0, 0, len(newline)
    while (at := run.find(newline, at)) >= 0:
        if at % width:
            at += 1
        else:
            at += width
            lines.append(run[start:at])
            start = at
    return [*lines, run[start:]] if start < len(run) else lines


def _decoded(run: bytes, codec: str, first: bool, keep_ends: bool) -> list[str] | None:
    """The lines of a run, or None if it is not text in this encoding."""
    try:
        text = run.decode(codec)
    except UnicodeError:
        return None
    if first:
        text = text.removeprefix(_MARK)
    if keep_ends:
        lines = [line + "\n" for line in text.split("\n")]
        lines[-1] = lines[-1][:-1]
    else:
        lines = (text.replace("\r\n", "\n") if "\r" in text else text).split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _refuse_foreign_mark(run: bytes, name: str, codec: str) -> None:
    """A byte order mark of another encoding is certain news; better told before line 1 fails in a riddle."""
    if not (codec in ("utf-8", "ascii", "big5") or codec.startswith("gb")):
        return
    for mark, other in (
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (codecs.BOM_UTF8, "utf-8"),
    ):
        if run.startswith(mark) and other != codec:
            message = f"starts with a byte order mark of {_shown(other)}, not {_shown(codec)} (use --encoding {other})"
            raise CorpusEncodingError(message, path=name, line=1)


def wrong_byte(line: bytes, name: str, number: int, codec: str) -> CorpusEncodingError:
    """The error for a line that is not text in its encoding, naming the first byte that is wrong."""
    at = 0
    try:
        line.decode(codec)
    except UnicodeDecodeError as error:
        at = error.start
    except UnicodeError:
        pass
    guess = "gb18030" if codec == "utf-8" else "utf-8"
    message = f"byte {at + 1} of the line is 0x{line[at]:02X}, not {_shown(codec)} (is it {guess}? use --encoding)"
    return CorpusEncodingError(message, path=name, line=number)


def _shown(codec: str) -> str:
    return codec.upper() if codec.startswith("utf") else codec
