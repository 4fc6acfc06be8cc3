"""Segmenting files: blocks of lines through the kernel, in order, on several threads."""

from __future__ import annotations

from ..corpus.encoding import check_options, decode_blocks, wrong_byte
from ..errors import ParameterError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO, Protocol

    class LineKernel(Protocol):
        """What can segment a block of UTF-8 lines."""

        def lines(self, text: bytes, format: str = ..., sep: bytes = ...) -> bytes: ...


BLOCK = 1 << 18  # bytes
_UTF8 = ("utf-8", "utf8", "utf-8-sig", "u8")


def segment_stream(
    kernel: LineKernel,
    source: BinaryIO,
    target: BinaryIO,
    *,
    name: str,
    format: str = "text",
    sep: str = " ",
    threads: int = 1,
    encoding: str = "utf-8",
    on_error: str = "stop",
    progress: Callable[[int], object] | None = None,
) -> int:
    """Segment a text file into another, line by line; the result does not depend on the number of threads.

    Parameters
    ----------
    kernel : object with ``lines(bytes, format, sep) -> bytes``
        A segmenter's ``kernel``.
    source, target : BinaryIO
        What is written is UTF-8.
    name : str
        What messages call the source.
    format : {"text", "jsonl", "tsv"}
        Words joined by `sep`; a JSON object a line; or a table of word, start, end with an empty line after each line.
    sep : str
    threads : int
    encoding : str
    on_error : {"stop", "skip"}
        What to do with a line that is not text in this encoding.
    progress : callable, optional
        Called with the number of bytes of the source done, block by block.

    Returns
    -------
    int
        Lines skipped.

    Raises
    ------
    CorpusEncodingError
        Wrong bytes, with line and position.
    """
    if threads < 1:
        raise ParameterError(f"threads={threads}: expected 1 or more")
    if "\n" in sep:
        raise ParameterError("the separator must not hold a line feed: it separates words, not lines")
    check_options(encoding, on_error)
    utf8 = encoding.lower().replace("_", "-") in _UTF8
    blocks = _byte_blocks(source, name) if utf8 else _recoded_blocks(source, name, encoding, on_error)
    separator = sep.encode("utf-8", "surrogatepass")
    skipped: list[int] = []

    def run(block: bytes, first: int) -> bytes:
        try:
            return kernel.lines(block, format, separator)
        except UnicodeDecodeError as error:
            if on_error == "skip":
                good = list(_good_lines(block, first, skipped))
                return kernel.lines(b"".join(good), format, separator)
            start = block.rfind(b"\n", 0, error.start) + 1
            stop = block.find(b"\n", start)
            line = block[start:] if stop < 0 else block[start:stop]
            raise wrong_byte(line, name, first + block.count(b"\n", 0, error.start), "utf-8") from None

    for size, result in _in_order(run, blocks, threads):
        target.write(result)
        if progress is not None:
            progress(size)
    if skipped:
        import logging

        logging.getLogger("nlptk").warning(
            "%s: skipped %d line(s) that are not UTF-8, the first is line %d", name, len(skipped), min(skipped)
        )
    return len(skipped)


def _byte_blocks(source: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
    """(block, number of its first line); a block ends where a line ends."""
    read = getattr(source, "read1", source.read)
    pending: list[bytes] = []
    size, number, start = 0, 1, True
    while block := read(BLOCK):
        if start:
            while len(block) < 3 and (more := read(BLOCK)):
                block += more
            if block.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise wrong_byte(block[:2], name, 1, "utf-8")
            block, start = block.removeprefix(b"\xef\xbb\xbf"), False
        cut = block.rfind(b"\n") + 1
        if not cut or size + cut < BLOCK // 4:  # no line ends here, or a pipe drips: gather
            pending.append(block)
            size += len(block)
            if size < BLOCK or b"\n" not in block:
                continue
            pending.pop()
        whole = b"".join((*pending, block[:cut]))
        yield whole, number
        number += whole.count(b"\n")
        pending = [block[cut:]]
        size = len(block) - cut
    if pending and (rest := b"".join(pending)):
        yield rest, number


def _recoded_blocks(source: BinaryIO, name: str, encoding: str, on_error: str) -> Iterator[tuple[bytes, int]]:
    for number, lines in decode_blocks(source, name, encoding, on_error, keep_ends=True):
        yield "".join(lines).encode("utf-8"), number


def _good_lines(block: bytes, first: int, skipped: list[int]) -> Iterator[bytes]:
    for number, line in enumerate(block.split(b"\n"), first):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            skipped.append(number)
        else:
            yield line + b"\n" if number < first + block.count(b"\n") else line


def _in_order(
    run: Callable[[bytes, int], bytes], blocks: Iterator[tuple[bytes, int]], threads: int
) -> Iterator[tuple[int, bytes]]:
    """(size of the block, what became of it), in order, at most a few blocks ahead."""
    if threads == 1:
        for block, number in blocks:
            yield len(block), run(block, number)
        return
    from collections import deque
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        ahead: deque[tuple[int, Future[bytes]]] = deque()
        try:
            for block, number in blocks:
                ahead.append((len(block), pool.submit(run, block, number)))
                if len(ahead) > 2 * threads:
                    size, future = ahead.popleft()
                    yield size, future.result()
            while ahead:
                size, future = ahead.popleft()
                yield size, future.result()
        finally:
            for _, future in ahead:
                future.cancel()
